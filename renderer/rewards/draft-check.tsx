// What is wrong with a draft of a suite, with the way to the part at fault, or its range and what to know about its balance.
import type { Suite } from '../../core/contract/reward.ts';
import type { SuiteCheck } from '../../core/contract/rewards.ts';
import { ErrorCard } from '../ui/error-card.tsx';
import { formatNumber } from '../ui/format.ts';
import { Pill } from '../ui/pill.tsx';
import styles from './draft-effect.module.css';
import { goToPart } from './part-editor.tsx';

interface DraftCheckProps {
  check: SuiteCheck | undefined;
  /** The check itself could not be made. */
  error: Error | null;
  /** It is of an earlier state of the draft. */
  pending: boolean;
  suite: Suite;
}

export function DraftCheck({ check, error, pending, suite }: DraftCheckProps) {
  if (error) return <ErrorCard what="The draft could not be checked" error={error} />;
  if (!check) return null;
  return (
    <section className={styles.part}>
      <div className={styles.check} aria-live="polite">
        <Pill tone={check.ok ? 'good' : 'bad'}>{check.ok ? 'can be used' : 'cannot be used yet'}</Pill>
        {check.ok && <span>{`total from ${formatNumber(check.min)} to ${formatNumber(check.max)}`}</span>}
        {pending && <small className={styles.pending}>being checked again…</small>}
      </div>
      {check.problems.map(({ part, message }) => {
        const id = part === null ? undefined : suite.parts[part]?.id;
        return part === null || id === undefined ? (
          <p key={message} className={styles.problem}>
            {message}
          </p>
        ) : (
          <button
            key={`${part}${message}`}
            type="button"
            className={styles.problem}
            onClick={() => goToPart(part)}
          >
            {message}
          </button>
        );
      })}
      {check.warnings.map((warning) => (
        <p key={warning}>
          <Pill tone="warn">balance</Pill> {warning}
        </p>
      ))}
    </section>
  );
}
