// A run at a glance: how it fares, its stages, its curves, milestones and exams, what it published, and the last rollouts.

import { Activity } from 'lucide-react';
import type { JobDetail } from '../../core/contract/jobs.ts';
import type { RunStage } from '../../core/contract/run-views.ts';
import { useQuery } from '../queries.ts';
import { adjust, useRoute } from '../route.ts';
import { hasSteps, isEnded } from '../run-state.ts';
import { Button } from '../ui/button.tsx';
import { Card } from '../ui/card.tsx';
import { EmptyState } from '../ui/empty-state.tsx';
import { ErrorCard } from '../ui/error-card.tsx';
import { nameInWords } from '../ui/format.ts';
import { Pill } from '../ui/pill.tsx';
import screen from '../ui/screen.module.css';
import { useStages } from '../use-stages.ts';
import { showExams } from './exams.ts';
import { HealthCard } from './health-card.tsx';
import { LastRollouts } from './last-rollouts.tsx';
import { MilestonesCard } from './milestones-card.tsx';
import { PublishedCard } from './published-card.tsx';
import { RunCharts } from './run-charts.tsx';
import styles from './run-overview.module.css';
import { StageStrip } from './stage-strip.tsx';

export function RunOverview({ run }: { run: JobDetail }) {
  const stages = useStages(run);
  const alone = useRoute((route) => route.params['stage']);
  const stage = stages.find(({ id, firstStep }) => id === alone && firstStep !== null);
  // What was seen stays until the curves of a chosen stage are there. The page of another run is another one.
  const metrics = useQuery(
    'jobs.metrics',
    { id: run.id, ...(stage ? { stage: stage.id } : {}) },
    { keep: true },
  );
  if (metrics.error)
    return (
      <div className={screen.scroll}>
        <ErrorCard what="The curves could not be loaded" error={metrics.error} />
      </div>
    );
  return (
    <div className={`${screen.scroll} ${styles.room}`}>
      {run.kind !== 'evaluate' && <HealthCard run={run} />}
      <Warnings run={run} />
      {stages.length > 0 && (
        <StageStrip
          run={run}
          stages={stages}
          chosen={stage?.id ?? null}
          onChoose={(id) => adjust({ params: { stage: id } })}
        />
      )}
      {(stage ?? run).kind === 'evaluate' ? (
        // A checkpoint is no step: what each was asked and gave stands among the exams.
        stage && (
          <Card>
            <NoCurvesOfExams stage={stage} />
          </Card>
        )
      ) : metrics.data?.length === 0 ? (
        <Card>{stage ? <NoCurvesOfStage stage={stage} /> : <NoCurves run={run} />}</Card>
      ) : (
        <RunCharts run={run} stages={stages} stage={stage} metrics={metrics.data ?? []} />
      )}
      <MilestonesCard run={run} />
      <PublishedCard run={run} />
      <LastRollouts run={run} onAll={() => adjust({ tab: 'rollouts' })} />
    </div>
  );
}

function NoCurves({ run }: { run: JobDetail }) {
  const over = isEnded(run.state);
  if (!hasSteps(run))
    return (
      <EmptyState icon={Activity} title="Nothing to measure">
        It takes no steps. What it writes stands below when it is home.
      </EmptyState>
    );
  return (
    <EmptyState icon={Activity} title={over ? 'Nothing was measured' : 'No step is finished yet'}>
      {over
        ? 'The run ended before its first step. The log says how far it came.'
        : 'The trainer compiles the model first. The first points come with the first step.'}
    </EmptyState>
  );
}

function NoCurvesOfStage({ stage: { id, state } }: { stage: RunStage }) {
  return state === 'begun' ? (
    <EmptyState icon={Activity} title={`No step of ${id} is finished yet`}>
      A stage loads and compiles its model first. The first points come with its first step.
    </EmptyState>
  ) : (
    <EmptyState icon={Activity} title={`${id} measured nothing`}>
      This stage told of no step. What the others measured is shown under the whole run; the log says how far
      this one came.
    </EmptyState>
  );
}

function NoCurvesOfExams({ stage: { id } }: { stage: RunStage }) {
  return (
    <EmptyState
      icon={Activity}
      title={`${id} asks, and trains nothing`}
      act={<Button onClick={showExams}>See the exams</Button>}
    >
      What each checkpoint answered stands among the exams, by set and domain.
    </EmptyState>
  );
}

/** What a stop rule says when it ends a run, or a stage of it, is no warning: it was asked for. */
function Warnings({ run: { warnings, endedBy } }: { run: JobDetail }) {
  const ends = warnings.filter(({ code }) => code === STOP_RULE);
  const others = warnings.filter(({ code }) => code !== STOP_RULE);
  return (
    <>
      {ends.length > 0 && (
        <Card title={endedBy === STOP_RULE ? 'Why it ended' : 'Ended by a stop rule'}>
          <ul className={styles.warnings}>
            {ends.map(({ message, at }) => (
              <li key={`${message}${at}`}>{message}</li>
            ))}
          </ul>
        </Card>
      )}
      {others.length > 0 && (
        <Card title="The trainer warns">
          <ul className={styles.warnings}>
            {others.map((warning) => (
              <li key={`${warning.code}${warning.at}`}>
                <Pill tone="warn">{nameInWords(warning.code)}</Pill> {warning.message}
              </li>
            ))}
          </ul>
        </Card>
      )}
    </>
  );
}

const STOP_RULE = 'stop-rule';
