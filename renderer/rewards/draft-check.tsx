// What is wrong with a draft of a suite as a whole, or its range and what to know about its balance.
import type { SuiteCheck } from '../../core/contract/rewards.ts';
import { formatNumber } from '../ui/format.ts';
import { Pill } from '../ui/pill.tsx';
import styles from './draft-effect.module.css';

export function DraftCheck({ check }: { check: SuiteCheck | undefined }) {
  if (!check) return null;
  return (
    <section className={styles.part}>
      <div className={styles.check} aria-live="polite">
        <Pill tone={check.ok ? 'good' : 'bad'}>{check.ok ? 'can be used' : 'cannot be used yet'}</Pill>
        {check.ok && <span>{`total from ${formatNumber(check.min)} to ${formatNumber(check.max)}`}</span>}
      </div>
      {check.problems
        .filter(({ part }) => part === null)
        .map(({ message }) => (
          <p key={message} className={styles.problem}>
            {message}
          </p>
        ))}
      {check.warnings.map((warning) => (
        <p key={warning}>
          <Pill tone="warn">balance</Pill> {warning}
        </p>
      ))}
    </section>
  );
}
