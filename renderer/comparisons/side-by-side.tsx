// One question, two answers beside each other, folded by section together.
import type { Comparison, PairRow } from '../../core/contract/comparisons.ts';
import type { StoredCompletion } from '../../core/contract/evals.ts';
import { useQuery } from '../queries.ts';
import { verdictInWords, verdictTone } from '../run-state.ts';
import { Card } from '../ui/card.tsx';
import { CompletionView } from '../ui/completion-view.tsx';
import { formatCount } from '../ui/format.ts';
import { Pill } from '../ui/pill.tsx';
import styles from './side-by-side.module.css';

interface SideBySideProps {
  row: PairRow;
  comparison: Comparison;
  folded: boolean;
}

export function SideBySide({ row, comparison, folded }: SideBySideProps) {
  return (
    <article>
      <header className={styles.head}>
        <p className={styles.question}>{row.left.question}</p>
        <small>{`${row.left.domain.replaceAll('-', ' ')} · gold ${row.left.gold ?? 'open'} · ${row.rowId}`}</small>
      </header>
      <div className={styles.sides}>
        <Side name={comparison.left.name} completion={row.left} folded={folded} />
        <Side name={comparison.right.name} completion={row.right} folded={folded} />
      </div>
    </article>
  );
}

interface SideProps {
  name: string;
  completion: StoredCompletion;
  folded: boolean;
}

function Side({ name, completion, folded }: SideProps) {
  const read = useQuery('evals.completion', { id: completion.runId, index: completion.index });
  return (
    <Card label={name}>
      <header className={styles.sideHead}>
        <h2>{name}</h2>
        <small>{`${formatCount(completion.tokens)} tokens`}</small>
        <Pill tone={verdictTone(completion.verdict)} why={read.data?.result.why.answer}>
          {completion.answer === null
            ? verdictInWords(completion.verdict)
            : `${completion.answer} · ${verdictInWords(completion.verdict)}`}
        </Pill>
      </header>
      <CompletionView
        compact
        text={completion.text}
        parsed={read.data?.result.parsed ?? null}
        truncated={completion.truncated}
        folded={folded}
        verdict={{
          tone: verdictTone(completion.verdict),
          word: verdictInWords(completion.verdict),
          why: read.data?.result.why.answer,
        }}
      />
      {read.error && <small>{`How it was read is not known: ${read.error.message}`}</small>}
    </Card>
  );
}
