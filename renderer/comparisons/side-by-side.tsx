// One question, two answers beside each other, folded by section together.
import type { Comparison, PairRow } from '../../core/contract/comparisons.ts';
import type { StoredCompletion } from '../../core/contract/evals.ts';
import { goldInWords } from '../gold-in-words.ts';
import { useQuery } from '../queries.ts';
import { verdictInWords, verdictTone } from '../run-state.ts';
import { Card } from '../ui/card.tsx';
import { Choices } from '../ui/choices.tsx';
import { CompletionView } from '../ui/completion-view.tsx';
import { formatCount, joinPieces, nameInWords } from '../ui/format.ts';
import { Pill } from '../ui/pill.tsx';
import styles from './side-by-side.module.css';

interface SideBySideProps {
  row: PairRow;
  comparison: Comparison;
  folded: boolean;
}

export function SideBySide({ row, comparison, folded }: SideBySideProps) {
  const { left } = row;
  const read = useQuery('evals.completion', { id: left.runId, index: left.index });
  // Whether it is open or decided by tests is known with the row only, which may be gone.
  const gold =
    left.gold === null
      ? read.data && goldInWords({ answer: null, answerType: read.data.row.answerType })
      : `gold ${left.gold}`;
  return (
    <article>
      <header className={styles.head}>
        <small>{joinPieces(nameInWords(left.domain), gold, row.rowId)}</small>
        <p className={styles.question}>{left.question}</p>
        <Choices choices={read.data?.row.choices} gold={left.gold} />
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
        parsed={read.error ? null : read.data?.result.parsed}
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
