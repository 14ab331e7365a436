// What the completion earns: verdict, the total on the range of its row, and each part with its reason.
import type { Explained } from '../../core/contract/rewards.ts';
import { verdictInWords, verdictTone } from '../run-state.ts';
import { ErrorCard } from '../ui/error-card.tsx';
import { formatNumber } from '../ui/format.ts';
import { PartsTable } from '../ui/parts-table.tsx';
import { Pill } from '../ui/pill.tsx';
import styles from './score-pane.module.css';

/** `code`: the answer is a program. */
export function ScorePane({ explained, code }: { explained: Explained; code: boolean }) {
  const { verdict, extracted, outcomes, error, total, min, max, unjudged } = explained;
  const idle = outcomes.filter(({ applies }) => !applies);
  return (
    <div className={styles.pane}>
      <div className={styles.verdict}>
        <Pill tone={verdictTone(verdict)} why={explained.why.answer}>
          {verdictInWords(verdict)}
        </Pill>
        {extracted && (
          <b className={styles.answer} data-code={code || undefined}>
            {firstLine(extracted.answer)}
          </b>
        )}
      </div>
      {error ? (
        <ErrorCard what={`The part ${error.part} failed`} error={new Error(error.message)} />
      ) : (
        <PartsTable total={total} min={min} max={max} parts={outcomes.filter(({ applies }) => applies)} />
      )}
      {unjudged !== null && (
        <small>{`${formatNumber(unjudged)} in training and evaluations, where no judge is asked.`}</small>
      )}
      {idle.length > 0 && <small>{`Not for such questions: ${idle.map(({ id }) => id).join(', ')}.`}</small>}
    </div>
  );
}

/** Of a program only how it begins: the whole stands in the text. */
function firstLine(answer: string): string {
  const line = answer.trim().split('\n', 1)[0]!.slice(0, 200);
  return line === answer.trim() ? line : `${line} …`;
}
