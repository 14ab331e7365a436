// The playground: a question, a completion to write in, and what it earns from the chosen suite while one writes.
import { ChevronDown, FileQuestion } from 'lucide-react';
import type { SuiteInfo } from '../../core/contract/rewards.ts';
import { ActionButton } from '../action-button.tsx';
import { goldInWords } from '../gold-in-words.ts';
import { adjust, useRoute } from '../route.ts';
import { Button } from '../ui/button.tsx';
import { Choices } from '../ui/choices.tsx';
import { classNames } from '../ui/class-names.ts';
import { ErrorCard } from '../ui/error-card.tsx';
import { formatCount, joinPieces, nameInWords } from '../ui/format.ts';
import { Menu } from '../ui/menu.tsx';
import screen from '../ui/screen.module.css';
import { Segmented } from '../ui/segmented.tsx';
import { Select } from '../ui/select.tsx';
import { openDialog, useHandler } from '../view.ts';
import { CompletionEditor } from './completion-editor.tsx';
import { MeasuredFields } from './measured-fields.tsx';
import styles from './playground.module.css';
import { setPlayground, usePlayground, writeCompletion } from './playground-state.ts';
import { ReadingTable } from './reading-table.tsx';
import { ScorePane } from './score-pane.tsx';
import { startsFor } from './starts.ts';
import { findSuite, keyOf, suiteOptions, titleOf, useSuites } from './suite-names.ts';
import { useScore, useSubject } from './use-score.ts';

export function Playground() {
  const chosen = usePlayground((now) => now.suite);
  const asTable = useRoute((route) => route.params.view === 'table');
  const suites = useSuites();
  const suite = findSuite(suites.data, chosen);
  const score = useScore();
  const { row } = useSubject(usePlayground((now) => now.subject));
  const code = row?.answerType === 'code';
  const explain = () => adjust({ params: { view: asTable ? null : 'table' } });
  useHandler('rewards.row', () => openDialog('pick-row'));
  useHandler('rewards.explain', explain);
  return (
    <>
      <div className={classNames(screen.bar, styles.bar)}>
        <ActionButton action="rewards.row" icon={FileQuestion}>
          Question
        </ActionButton>
        <StartMenu suite={suite} />
        <Select
          label="Suite"
          className={styles.suite}
          options={suiteOptions(suites.data)}
          value={suite ? keyOf(suite) : null}
          onChange={(key) => setPlayground({ suite: key })}
        />
        <span className={screen.count} />
        <Segmented
          label="How it is explained"
          options={[
            { value: 'text', label: 'In the text' },
            { value: 'table', label: 'As a table' },
          ]}
          value={asTable ? 'table' : 'text'}
          onChange={(next) => adjust({ params: { view: next === 'table' ? 'table' : null } })}
        />
      </div>
      <div className={classNames(screen.panes, styles.panes)}>
        <div className={styles.sheet}>
          <Question />
          <Completion score={score} asTable={asTable} code={code} />
        </div>
        <aside
          className={classNames(screen.reading, styles.score)}
          aria-label="What it earns"
          aria-busy={score.isFetching}
        >
          {score.error && <ErrorCard what="This completion was not scored" error={score.error} />}
          {!score.error && <Earned score={score} by={suite && titleOf(suite)} code={code} />}
          <MeasuredFields />
        </aside>
      </div>
    </>
  );
}

/** Apart from the rest, which does not change with every letter. */
function Completion(props: { score: ReturnType<typeof useScore>; asTable: boolean; code: boolean }) {
  const { data, scoredText } = props.score;
  const completion = usePlayground((now) => now.completion);
  if (props.asTable && data) return <ReadingTable text={scoredText ?? completion} explained={data} />;
  return (
    <CompletionEditor
      text={completion}
      onChange={writeCompletion}
      explained={data}
      scoredText={scoredText}
      code={props.code}
    />
  );
}

/** What the suite gave; never what another one gave while it is still at it. */
function Earned(props: { score: ReturnType<typeof useScore>; by: string | undefined; code: boolean }) {
  const { score, by, code } = props;
  const { data } = score;
  const own = data && (by === undefined || titleOf(data.suite) === by);
  return (
    <>
      {(!own || score.isPlaceholderData) && by && (
        <p className={styles.computing}>{`${by} is scoring it…`}</p>
      )}
      {own && <ScorePane explained={data} code={code} />}
    </>
  );
}

function StartMenu({ suite }: { suite: SuiteInfo | undefined }) {
  const entries = (suite ? startsFor(suite) : []).map(({ title, change }) => ({
    title,
    onSelect: () => setPlayground(change),
  }));
  return (
    <Menu
      align="start"
      trigger={
        <Button>
          Start from
          <ChevronDown size={14} strokeWidth={1.75} aria-hidden="true" />
        </Button>
      }
      entries={[
        ...entries,
        { title: 'A completion of an evaluation…', onSelect: () => openDialog('pick-completion') },
      ]}
    />
  );
}

function Question() {
  const subject = usePlayground((now) => now.subject);
  const { row, source, error } = useSubject(subject);
  if (error) return <ErrorCard what="The question could not be read" error={error} />;
  if (!row) return null;
  return (
    <header className={styles.question}>
      <small>
        {joinPieces(
          source?.dataset,
          source?.split,
          source && `row ${formatCount(source.index)}`,
          nameInWords(row.domain ?? ''),
          goldInWords(row),
        )}
      </small>
      {row.context && (
        <details>
          <summary>Passage</summary>
          {row.context}
        </details>
      )}
      <p>{row.question}</p>
      <Choices choices={row.choices} gold={row.answer} />
    </header>
  );
}
