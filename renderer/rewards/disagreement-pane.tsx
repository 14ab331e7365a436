// One completion on which two suites disagree: the text, and what each part of both gave.
import { FlaskConical, X } from 'lucide-react';
import type { Disagreement, SuiteSpread } from '../../core/contract/rewards.ts';
import { parseCompletion } from '../../core/rewards/parse.ts';
import { compileSuite } from '../../core/rewards/suite.ts';
import { useQuery } from '../queries.ts';
import { adjust, go } from '../route.ts';
import { verdictInWords, verdictTone } from '../run-state.ts';
import { Button, IconButton } from '../ui/button.tsx';
import { CompletionView } from '../ui/completion-view.tsx';
import { formatNumber } from '../ui/format.ts';
import { PartsTable } from '../ui/parts-table.tsx';
import { useHandler } from '../view.ts';
import styles from './disagreement-pane.module.css';
import { setPlayground } from './playground-state.ts';
import { keyOf, titleOf, useSuites } from './suite-names.ts';

interface DisagreementPaneProps {
  row: Disagreement;
  left: SuiteSpread;
  right: SuiteSpread;
}

export function DisagreementPane({ row, left, right }: DisagreementPaneProps) {
  const suites = useSuites();
  const leftSuite = suites.data?.find(({ hash }) => hash === left.hash);
  const structure = leftSuite && compileSuite(leftSuite.suite).structure;
  const close = () => adjust({ params: { row: null } });
  useHandler('item.close', close);
  const toPlayground = () => {
    setPlayground({
      subject: { rowId: row.rowId },
      completion: row.completion,
      tokens: null,
      truncated: false,
      suite: keyOf(left),
    });
    go('rewards');
  };
  return (
    <article className={styles.pane} aria-label="The completion">
      <header className={styles.head}>
        <small>{`gold ${row.gold ?? 'open'} · ${row.rowId}`}</small>
        <Button icon={FlaskConical} onClick={toPlayground}>
          To the playground
        </Button>
        <IconButton icon={X} label="Close the completion (Esc)" onClick={close} />
      </header>
      <p className={styles.question}>{row.question}</p>
      <CompletionView
        compact
        text={row.completion}
        parsed={structure ? parseCompletion(row.completion, structure) : undefined}
        verdict={{ tone: verdictTone(row.left.verdict), word: verdictInWords(row.left.verdict) }}
      />
      <div className={styles.sides}>
        <Side spread={left} judged={row.left} row={row} />
        <Side spread={right} judged={row.right} row={row} />
      </div>
    </article>
  );
}

interface SideProps {
  spread: SuiteSpread;
  judged: Disagreement['left'];
  row: Disagreement;
}

function Side({ spread, judged, row: { rowId, completion } }: SideProps) {
  const suites = useSuites();
  const suite = suites.data?.find(({ hash }) => hash === spread.hash);
  // The report has no reasons; they are those of the same score. Of a row from a file there are none.
  const again = useQuery('rewards.score', { rowId, completion, suite: keyOf(spread) });
  const whyOf = (id: string, score: number | null) => {
    const outcome = again.data?.outcomes.find((each) => each.id === id);
    return outcome && outcome.score === score ? outcome.why : undefined;
  };
  const weightOf = (id: string) => suite?.suite.parts.find((part) => part.id === id)?.weight;
  const parts = Object.entries(judged.parts).filter(([, score]) => score !== null);
  return (
    <section aria-label={titleOf(spread)}>
      <h3>{titleOf(spread)}</h3>
      <small>{`${verdictInWords(judged.verdict)}, percentile ${formatNumber(100 * judged.rank, 0)} of the set`}</small>
      <PartsTable
        total={judged.total}
        min={spread.min}
        max={spread.max}
        parts={parts.map(([id, score]) => ({ id, score, weight: weightOf(id), why: whyOf(id, score) }))}
      />
    </section>
  );
}
