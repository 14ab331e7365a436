// What a draft does to the completion of the playground, beside what the suite does that it began from; and what is wrong with it.
import type { Suite } from '../../core/contract/reward.ts';
import type { SuiteCheck, SuiteInfo } from '../../core/contract/rewards.ts';
import { ErrorCard } from '../ui/error-card.tsx';
import { formatNumber, formatSigned } from '../ui/format.ts';
import { Pill } from '../ui/pill.tsx';
import styles from './draft-effect.module.css';
import { usePlayground } from './playground-state.ts';
import { ScorePane } from './score-pane.tsx';
import { keyOf, titleOf } from './suite-names.ts';
import { useScore, useSubject } from './use-score.ts';

interface DraftEffectProps {
  draft: Suite;
  base: SuiteInfo;
  check: SuiteCheck | undefined;
}

export function DraftEffect({ draft, base, check }: DraftEffectProps) {
  const subject = usePlayground((now) => now.subject);
  const { row } = useSubject(subject);
  return (
    <>
      <section className={styles.part}>
        <h2>Check</h2>
        <div className={styles.check}>
          {check?.ok && <Pill tone="good">can be used</Pill>}
          {check && !check.ok && <Pill tone="bad">cannot be used yet</Pill>}
          {check?.ok && <span>{`total from ${formatNumber(check.min)} to ${formatNumber(check.max)}`}</span>}
        </div>
        {check?.problems
          .filter(({ part }) => part === null)
          .map(({ message }) => (
            <p key={message} className={styles.problem}>
              {message}
            </p>
          ))}
        {check?.warnings.map((warning) => (
          <p key={warning}>
            <Pill tone="warn">balance</Pill> {warning}
          </p>
        ))}
      </section>
      <section className={styles.part}>
        <h2>On the completion of the playground</h2>
        <small className={styles.question}>{row?.question}</small>
        {check?.ok !== false && <Effect draft={draft} base={base} />}
      </section>
    </>
  );
}

function Effect({ draft, base }: { draft: Suite; base: SuiteInfo }) {
  const after = useScore(draft);
  const before = useScore(keyOf(base));
  if (after.error) return <ErrorCard what="The draft could not score it" error={after.error} />;
  if (!after.data) return null;
  const [was, is] = [before.data?.total, after.data.total];
  const moved = typeof was === 'number' && is !== null ? is - was : null;
  return (
    <>
      {moved !== null && (
        <p className={styles.moved}>
          {`${titleOf(base)} gave ${formatNumber(was)}`}
          <Pill tone={moved === 0 ? 'neutral' : 'accent'}>
            {moved === 0 ? 'no change' : formatSigned(moved)}
          </Pill>
        </p>
      )}
      <ScorePane explained={after.data} />
    </>
  );
}
