// One rollout: question, completion as it is read, and what each part of the suite gave with its reason.
import type { JobDetail } from '../../core/contract/jobs.ts';
import type { Rollout } from '../../core/contract/run-views.ts';
import { goldInWords } from '../gold-in-words.ts';
import { useQuery } from '../queries.ts';
import { stageAt, stepInWords } from '../run-stages.ts';
import { verdictInWords, verdictTone } from '../run-state.ts';
import { Choices } from '../ui/choices.tsx';
import { CompletionView } from '../ui/completion-view.tsx';
import { formatCount, formatSigned, joinPieces } from '../ui/format.ts';
import { PartsTable } from '../ui/parts-table.tsx';
import { Pill } from '../ui/pill.tsx';
import screen from '../ui/screen.module.css';
import { useStages } from '../use-stages.ts';
import { EARLIER_SUITE, useSuite } from '../use-suite.ts';
import styles from './rollout-pane.module.css';
import { groupSizeOf, partsOf } from './run-facts.ts';

export function RolloutPane({ run, rollout }: { run: JobDetail; rollout: Rollout }) {
  const stages = useStages(run);
  const stage = stageAt(stages, rollout.step);
  const reading = useQuery('rewards.score', {
    rowId: rollout.rowId,
    completion: rollout.completion,
    suite: run.suite?.name ?? '',
    tokens: rollout.tokens,
    truncated: rollout.truncated,
  });
  const source = useQuery('datasets.row', { id: rollout.rowId, template: run.spec.prompt.id });
  const suite = useSuite(run.suite?.hash);
  const why = (suite && reading.data?.why) ?? {};
  return (
    <article className={styles.pane}>
      <header>
        <small>
          {joinPieces(
            stepInWords(stages, rollout.step),
            `sample ${rollout.sample + 1} of ${groupSizeOf(run.spec, stage?.id)}`,
            `${formatCount(rollout.tokens)} tokens`,
            source.data && goldInWords(source.data.row),
          )}
        </small>
        <p className={styles.question}>{rollout.question}</p>
        <Choices choices={source.data?.row.choices} gold={source.data?.row.answer ?? null} />
      </header>
      <CompletionView
        code={source.data?.row.answerType === 'code'}
        text={rollout.completion}
        parsed={reading.error ? null : reading.data?.parsed}
        truncated={rollout.truncated}
        verdict={{
          tone: verdictTone(rollout.verdict),
          word: verdictInWords(rollout.verdict),
          why: why.answer,
        }}
      />
      <section>
        <div className={styles.head}>
          <h2>What it earned</h2>
          {rollout.advantage !== null && (
            <Pill tone={rollout.advantage > 0 ? 'good' : rollout.advantage < 0 ? 'bad' : 'neutral'}>
              {`advantage ${formatSigned(rollout.advantage)}`}
            </Pill>
          )}
        </div>
        <PartsTable
          total={rollout.total}
          max={run.suite?.max ?? 1}
          parts={partsOf(run.spec).map((part) => ({
            id: part.id,
            weight: part.weight,
            score: rollout.parts[part.id] ?? null,
            why: why[part.id],
          }))}
        />
        {suite === null && <p className={screen.quiet}>{EARLIER_SUITE}</p>}
        {reading.error && <small>{`The reasons could not be read: ${reading.error.message}`}</small>}
      </section>
    </article>
  );
}
