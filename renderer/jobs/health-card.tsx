// How a run fares, in plain words: what is wrong first, with the rule that would have ended a run for it.
import { HeartPulse } from 'lucide-react';
import { endedTooEarly } from '../../core/contract/health-words.ts';
import type { JobDetail } from '../../core/contract/jobs.ts';
import { momentInWords } from '../../core/contract/moment.ts';
import type { HealthFinding } from '../../core/contract/run-views.ts';
import { stopRuleInWords } from '../../core/contract/stop-rule-words.ts';
import { useQuery } from '../queries.ts';
import { isEnded } from '../run-state.ts';
import { Card } from '../ui/card.tsx';
import { CopyButton } from '../ui/copy-button.tsx';
import { plural } from '../ui/format.ts';
import { Pill } from '../ui/pill.tsx';
import styles from './health-card.module.css';

const RANK = { warning: 0, notice: 1, ok: 2 } as const;
const TONE = { warning: 'bad', notice: 'warn', ok: 'good' } as const;
const WORD = { warning: 'wrong', notice: 'watch', ok: 'well' } as const;

export function HealthCard({ run }: { run: JobDetail }) {
  const health = useQuery('jobs.health', { id: run.id });
  const all = [...(health.data ?? [])].sort((a, b) => RANK[a.level] - RANK[b.level]);
  const findings = all.filter(({ current }) => current);
  const past = all.filter(({ current, level }) => !current && level !== 'ok');
  const worse = findings.filter(({ level }) => level !== 'ok');
  if (findings.length === 0 && past.length === 0) return null;
  const judged = findings.filter((each) => each.judged);
  const stage = findings[0]?.stage;
  return (
    <Card
      title="Health"
      aside={stage && <small>{`of the stage ${stage}`}</small>}
      figure={
        judged.length > 0 && (
          <Pill tone={worse[0] ? TONE[worse[0].level] : run.failure ? 'neutral' : 'good'}>
            {worse.length === 0
              ? `${plural(judged.length, 'rule')} ${judged.length === 1 ? 'holds' : 'hold'}`
              : `${worse.length} of ${plural(judged.length, 'rule')} to look at`}
          </Pill>
        )
      }
    >
      {findings.length === 0 ? (
        <p className={styles.quiet}>The last stage measures nothing that a rule judges.</p>
      ) : worse.length === 0 ? (
        <Well run={run} findings={findings} />
      ) : (
        <ul className={styles.list}>
          {worse.map((finding) => (
            <Finding key={finding.rule} finding={finding} />
          ))}
        </ul>
      )}
      {past.length > 0 && <Past findings={past} />}
    </Card>
  );
}

/** No rule has found anything: what that says of the run hangs on how much it told, and on whether it failed by something else. */
function Well({ run, findings }: { run: JobDetail; findings: readonly HealthFinding[] }) {
  const judged = findings.filter((each) => each.judged);
  const early = findings.filter((each) => !each.judged);
  const ended = isEnded(run.state);
  if (judged.length === 0) {
    const stage = findings[0]?.stage;
    return (
      <p className={styles.quiet}>
        {ended
          ? endedTooEarly(stage ? `The stage ${stage}` : undefined)
          : 'There is not enough yet to judge it by.'}
      </p>
    );
  }
  return (
    <>
      <p className={styles.quiet}>
        {!run.failure && <HeartPulse size={16} strokeWidth={1.75} aria-hidden="true" />}
        {`${run.failure ? 'No rule has found anything in what was told before the run failed' : 'Nothing is wrong. None of what was looked for is there'}: ${titlesOf(judged)}.`}
      </p>
      {early.length > 0 && (
        <p className={styles.early}>
          {`${ended ? 'Too little was told' : 'There is not enough yet'} to judge: ${titlesOf(early)}.`}
        </p>
      )}
    </>
  );
}

const titlesOf = (findings: readonly HealthFinding[]) =>
  findings.map(({ title }) => title.toLowerCase()).join(', ');

/** Of stages after which another has begun: what it says may explain a result, and is nothing to act upon now. */
function Past({ findings }: { findings: readonly HealthFinding[] }) {
  return (
    <div className={styles.past}>
      <small>In earlier stages</small>
      <ul>
        {findings.map((finding) => (
          <li key={`${finding.stage}${finding.rule}`}>
            <b>{finding.title}</b>
            {finding.since && <small>{` since ${momentInWords(finding.since)}, to its end`}</small>}
            <p>{finding.message}</p>
          </li>
        ))}
      </ul>
    </div>
  );
}

function Finding({ finding }: { finding: HealthFinding }) {
  const { level, title, message, since, stopRule } = finding;
  return (
    <li>
      <Pill tone={TONE[level]}>{WORD[level]}</Pill>
      <div>
        <b>{title}</b>
        {since && <small>{` since ${momentInWords(since)}`}</small>}
        <p>{message}</p>
        {stopRule && (
          <p className={styles.rule}>
            <small>{`A run ends by itself at this with the stop rule: ${stopRuleInWords(stopRule)}.`}</small>
            <CopyButton text={JSON.stringify(stopRule)} label="Copy the rule" />
          </p>
        )}
      </div>
    </li>
  );
}
