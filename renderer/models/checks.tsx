// Arrival checks of an adapter, each with what was measured. All must pass before it may answer.
import type { Check } from '../../core/contract/models.ts';
import { Card } from '../ui/card.tsx';
import { formatDuration } from '../ui/format.ts';
import { Pill } from '../ui/pill.tsx';
import styles from './checks.module.css';

export function Checks({ checks, running }: { checks: readonly Check[]; running: boolean }) {
  const passed = checks.filter((check) => check.ok).length;
  return (
    <Card
      title="Did it arrive whole?"
      aside={
        <Pill tone={passed === checks.length ? 'good' : 'bad'} live={running}>
          {`${passed} of ${checks.length} checks passed`}
        </Pill>
      }
    >
      <ol className={styles.checks}>
        {checks.map((check) => (
          <li key={check.name}>
            <Pill tone={check.ok ? 'good' : 'bad'} className={styles.state}>
              {check.ok ? 'passed' : 'failed'}
            </Pill>
            <b>{check.title}</b>
            <span className={styles.detail}>{check.detail}</span>
            <small>{formatDuration(check.ms)}</small>
          </li>
        ))}
      </ol>
    </Card>
  );
}
