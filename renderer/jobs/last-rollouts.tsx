// The newest rewarded completions of a run, grouped by prompt as GRPO compares them.
import type { JobDetail } from '../../core/contract/jobs.ts';
import { type Rollout, rolloutKey } from '../../core/contract/run-views.ts';
import { useQuery } from '../queries.ts';
import { go } from '../route.ts';
import { shortStep, stageAt } from '../run-stages.ts';
import { verdictInWords, verdictTone } from '../run-state.ts';
import { Card } from '../ui/card.tsx';
import { formatNumber, formatSigned, nameInWords } from '../ui/format.ts';
import { Meter } from '../ui/meter.tsx';
import { Pill } from '../ui/pill.tsx';
import screen from '../ui/screen.module.css';
import { Cell, HeadCell, Table, TableRow } from '../ui/table.tsx';
import { useStages } from '../use-stages.ts';
import styles from './last-rollouts.module.css';
import { groupSizeOf, largestGroup } from './run-facts.ts';

/** So many groups are shown. */
const GROUPS = 3;

interface LastRolloutsProps {
  run: JobDetail;
  onAll(): void;
}

export function LastRollouts({ run, onAll }: LastRolloutsProps) {
  const stages = useStages(run);
  const limit = GROUPS * largestGroup(run.spec);
  const rollouts = useQuery('jobs.rollouts', { id: run.id, limit, offset: 0 });
  const sizeAt = (step: number) => groupSizeOf(run.spec, stageAt(stages, step)?.id);
  const [newest] = rollouts.data?.rollouts ?? [];
  if (!newest) return null;
  const rows = rollouts.data?.rollouts.slice(0, GROUPS * sizeAt(newest.step)) ?? [];
  return (
    <Card flush label="Last rollouts">
      <Table label="Last rollouts">
        <thead>
          <tr>
            <HeadCell number>Step</HeadCell>
            <HeadCell className={styles.prompt}>Prompt</HeadCell>
            <HeadCell>Domain</HeadCell>
            <HeadCell>Sample</HeadCell>
            <HeadCell>Format</HeadCell>
            <HeadCell>Answer</HeadCell>
            <HeadCell>Given</HeadCell>
            <HeadCell number>Total</HeadCell>
            <HeadCell number>Advantage</HeadCell>
          </tr>
        </thead>
        <tbody>
          {rows.map((rollout, i) => (
            <RolloutRow
              key={rolloutKey(rollout)}
              rollout={rollout}
              step={shortStep(stages, rollout.step)}
              first={!sameGroup(rows[i - 1], rollout)}
              groupSize={sizeAt(rollout.step)}
              onOpen={() =>
                go('train', { id: run.id, tab: 'rollouts', params: { row: rolloutKey(rollout) } })
              }
            />
          ))}
        </tbody>
      </Table>
      <div className={styles.foot}>
        <button type="button" className={screen.link} onClick={onAll}>
          All rollouts
        </button>
      </div>
    </Card>
  );
}

function sameGroup(a: Rollout | undefined, b: Rollout): boolean {
  return a?.step === b.step && a.group === b.group;
}

interface RolloutRowProps {
  rollout: Rollout;
  step: string;
  first: boolean;
  groupSize: number;
  onOpen(): void;
}

function RolloutRow({ rollout, step, first, groupSize, onOpen }: RolloutRowProps) {
  const format = rollout.parts.format ?? null;
  return (
    <TableRow onOpen={onOpen} className={first ? undefined : styles.within}>
      <Cell number>{first && step}</Cell>
      <Cell className={styles.prompt}>{first && <div className={screen.clip}>{rollout.question}</div>}</Cell>
      <Cell>{first && (rollout.domain ? nameInWords(rollout.domain) : '–')}</Cell>
      <Cell>
        <button type="button" className={styles.open} onClick={onOpen}>
          {`${rollout.sample + 1} of ${groupSize}`}
        </button>
      </Cell>
      <Cell>
        {format === null ? (
          '–'
        ) : (
          <Meter value={format} label={`format ${formatNumber(format)}`} color="var(--c3)" />
        )}
      </Cell>
      <Cell>
        <Pill tone={verdictTone(rollout.verdict)}>{verdictInWords(rollout.verdict)}</Pill>
      </Cell>
      <Cell>
        <div className={`${screen.clip} ${styles.given}`}>{rollout.answer ?? '–'}</div>
      </Cell>
      <Cell number>{formatNumber(rollout.total)}</Cell>
      <Cell number>{formatSigned(rollout.advantage)}</Cell>
    </TableRow>
  );
}
