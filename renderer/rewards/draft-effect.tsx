// What a draft does to the completion of the playground, beside what the suite gave that it began from.
import type { Suite } from '../../core/contract/reward.ts';
import type { SuiteInfo } from '../../core/contract/rewards.ts';
import { ErrorCard } from '../ui/error-card.tsx';
import { formatNumber, formatSigned } from '../ui/format.ts';
import { Pill } from '../ui/pill.tsx';
import styles from './draft-effect.module.css';
import { usePlayground } from './playground-state.ts';
import { ScorePane } from './score-pane.tsx';
import { keyOf, titleOf } from './suite-names.ts';
import { useScore, useSubject } from './use-score.ts';

export function DraftEffect({ draft, base }: { draft: Suite; base: SuiteInfo }) {
  const { row } = useSubject(usePlayground((now) => now.subject));
  const after = useScore(draft);
  const before = useScore(keyOf(base));
  const [was, is] = [before.data?.total, after.data?.total];
  const moved = typeof was === 'number' && typeof is === 'number' ? is - was : null;
  return (
    <section className={styles.part}>
      <h2>On the completion of the playground</h2>
      <small className={styles.question}>{row?.question}</small>
      {after.error && <ErrorCard what="The draft could not score it" error={after.error} />}
      {moved !== null && (
        <p className={styles.check}>
          {`${titleOf(base)} gave ${formatNumber(was)}`}
          <Pill tone={moved === 0 ? 'neutral' : 'accent'}>
            {moved === 0 ? 'no change' : formatSigned(moved)}
          </Pill>
        </p>
      )}
      {after.data && !after.error && <ScorePane explained={after.data} code={row?.answerType === 'code'} />}
    </section>
  );
}
