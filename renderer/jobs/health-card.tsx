// How a run fares, in plain words: what is wrong first, with the rule that would have ended a run for it.
import { HeartPulse } from 'lucide-react';
import type { JobDetail } from '../../core/contract/jobs.ts';
import type { HealthFinding } from '../../core/contract/run-views.ts';
import { useQuery } from '../queries.ts';
import { Card } from '../ui/card.tsx';
import { CopyButton } from '../ui/copy-button.tsx';
import { plural } from '../ui/format.ts';
import { Pill } from '../ui/pill.tsx';
import styles from './health-card.module.css';

const RANK = { warning: 0, notice: 1, ok: 2 } as const;
const TONE = { warning: 'bad', notice: 'warn', ok: 'good' } as const;
const WORD = { warning: 'wrong', notice: 'watch', ok: 'well' } as const;

export function HealthCard({ run, className }: { run: JobDetail; className?: string | undefined }) {
  const health = useQuery('jobs.health', { id: run.id });
  const findings = [...(health.data ?? [])].sort((a, b) => RANK[a.level] - RANK[b.level]);
  const worse = findings.filter(({ level }) => level !== 'ok');
  if (findings.length === 0) return null;
  return (
    <Card
      className={className}
      title="Health"
      figure={
        <Pill tone={worse.length === 0 ? 'good' : TONE[worse[0]!.level]}>
          {worse.length === 0
            ? `${plural(findings.length, 'rule')} hold`
            : `${worse.length} of ${plural(findings.length, 'rule')} to look at`}
        </Pill>
      }
    >
      {worse.length === 0 ? (
        <p className={styles.quiet}>
          <HeartPulse size={16} strokeWidth={1.75} aria-hidden="true" />
          {`Nothing is wrong: ${findings.map(({ title }) => title.toLowerCase()).join(', ')}.`}
        </p>
      ) : (
        <ul className={styles.list}>
          {worse.map((finding) => (
            <Finding key={finding.rule} finding={finding} />
          ))}
        </ul>
      )}
    </Card>
  );
}

function Finding({ finding }: { finding: HealthFinding }) {
  const { level, title, message, sinceStep, stopRule } = finding;
  return (
    <li>
      <Pill tone={TONE[level]}>{WORD[level]}</Pill>
      <div>
        <b>{title}</b>
        {sinceStep !== null && <small>{` since step ${sinceStep}`}</small>}
        <p>{message}</p>
        {stopRule && (
          <p className={styles.rule}>
            <small>{`A run ends by itself at this with the stop rule: ${ruleInWords(stopRule)}.`}</small>
            <CopyButton text={JSON.stringify(stopRule)} label="Copy the rule" />
          </p>
        )}
      </div>
    </li>
  );
}

function ruleInWords({ metric, below, above, forSteps }: NonNullable<HealthFinding['stopRule']>): string {
  const bound = below !== null ? `below ${below}` : `above ${above}`;
  return `${metric} ${bound} for ${plural(forSteps, 'step')}`;
}
