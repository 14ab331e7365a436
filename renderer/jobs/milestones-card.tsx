// Milestones and exams of a run: how questions it never trained on were answered, its plan against what was, its gates and checkpoints.
import type { JobDetail } from '../../core/contract/jobs.ts';
import { momentInWords } from '../../core/contract/moment.ts';
import type { Milestones } from '../../core/contract/run-views.ts';
import { useQuery } from '../queries.ts';
import { Card } from '../ui/card.tsx';
import { CodeBlock } from '../ui/code-block.tsx';
import { ErrorCard } from '../ui/error-card.tsx';
import { formatCount, formatDuration, formatMoment, formatParameters, joinPieces } from '../ui/format.ts';
import { Pill } from '../ui/pill.tsx';
import { Cell, HeadCell, Table } from '../ui/table.tsx';
import { useNow } from '../ui/use-now.ts';
import { EXAMS, examSets } from './exams.ts';
import { ExamsTable } from './exams-table.tsx';
import { Few } from './few.tsx';
import styles from './milestones-card.module.css';
import { gateInWords, measured, peakOf, planLines } from './plan-lines.ts';

export function MilestonesCard({ run }: { run: JobDetail }) {
  const milestones = useQuery('jobs.milestones', { id: run.id });
  const exams = useQuery('jobs.evals', { id: run.id });
  const error = milestones.error ?? exams.error;
  if (error) return <ErrorCard what="Milestones and exams could not be loaded" error={error} />;
  if (!milestones.data || !exams.data) return null;
  const { plan, estimates, gates, checkpoints, stages } = milestones.data;
  if (exams.data.length + estimates.length + gates.length + checkpoints.length === 0 && !plan) return null;
  return (
    <Card
      flush
      id={EXAMS}
      title="Milestones and exams"
      aside={exams.data.some(({ right }) => right) && <small>right answers with their 95 % intervals</small>}
    >
      {examSets(exams.data, { kind: run.kind, stages }).map((set) => (
        <div key={set.set} className={styles.exams}>
          <ExamsTable set={set} />
        </div>
      ))}
      <div className={styles.rest}>
        {(plan || estimates.length > 0) && <Plan run={run} milestones={milestones.data} />}
        {(gates.length > 0 || checkpoints.length > 0) && (
          <div className={styles.column}>
            {gates.length > 0 && <Gates gates={gates} />}
            {checkpoints.length > 0 && <Checkpoints run={run} checkpoints={checkpoints} />}
          </div>
        )}
      </div>
    </Card>
  );
}

const PEAKS = ['device/mem_peak_bytes', 'host/mem_peak_bytes'];

function Plan({ run, milestones }: { run: JobDetail; milestones: Milestones }) {
  const now = useNow();
  const metrics = useQuery('jobs.metrics', { id: run.id, names: PEAKS });
  const { plan } = milestones;
  const lines = planLines(run, milestones, peakOf(metrics.data ?? []), now);
  return (
    <section className={styles.column} aria-label="Plan">
      <Table label="Plan and what came of it">
        <thead>
          <tr>
            <HeadCell>Plan</HeadCell>
            <HeadCell number>Expected</HeadCell>
            <HeadCell number>Was</HeadCell>
          </tr>
        </thead>
        <tbody>
          {lines.map(({ what, planned, was }) => (
            <tr key={what}>
              <Cell>{what}</Cell>
              <Cell number>{planned}</Cell>
              <Cell number strong>
                {was}
              </Cell>
            </tr>
          ))}
        </tbody>
      </Table>
      {plan && (
        <details className={styles.text}>
          <summary>
            {joinPieces(
              plan.trainable > 0
                ? `Trains ${formatParameters(plan.trainable)} of ${formatParameters(plan.parameters)} numbers`
                : `Trains none of ${formatParameters(plan.parameters)} numbers`,
              plan.tokensPerStep > 0 && `up to ${formatCount(plan.tokensPerStep)} tokens a step`,
            )}
          </summary>
          <CodeBlock label="The trainer’s plan" text={plan.text} />
        </details>
      )}
    </section>
  );
}

function Gates({ gates }: { gates: Milestones['gates'] }) {
  return (
    <Table label="Gates">
      <thead>
        <tr>
          <HeadCell>Gate after</HeadCell>
          <HeadCell>Asked</HeadCell>
          <HeadCell number>Found</HeadCell>
          <HeadCell />
        </tr>
      </thead>
      <tbody>
        {gates.map((gate) => (
          <tr key={`${gate.stage}${gate.at}`}>
            <Cell strong>{gate.stage}</Cell>
            <Cell className={styles.asked}>{gateInWords(gate)}</Cell>
            <Cell number>{measured(gate.metric, gate.value)}</Cell>
            <Cell>
              <Pill tone={gate.passed ? 'good' : 'bad'}>{gate.passed ? 'passed' : 'missed'}</Pill>
            </Cell>
          </tr>
        ))}
      </tbody>
    </Table>
  );
}

function Checkpoints({
  run: { startedAt },
  checkpoints,
}: {
  run: JobDetail;
  checkpoints: Milestones['checkpoints'];
}) {
  return (
    <Few items={checkpoints} what="checkpoint">
      {(shown) => (
        <Table label="Checkpoints">
          <thead>
            <tr>
              <HeadCell>Checkpoint</HeadCell>
              <HeadCell number>Saved</HeadCell>
              <HeadCell number>Into the run</HeadCell>
            </tr>
          </thead>
          <tbody>
            {shown.map(({ moment, at }) => (
              <tr key={at}>
                <Cell strong>{momentInWords(moment)}</Cell>
                <Cell number>{formatMoment(at)}</Cell>
                <Cell number>{startedAt === null ? '–' : formatDuration(at - startedAt)}</Cell>
              </tr>
            ))}
          </tbody>
        </Table>
      )}
    </Few>
  );
}
