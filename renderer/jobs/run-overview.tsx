// A run at a glance: reward by part, what the rollouts were like, health curves, and the last rollouts.

import { Activity } from 'lucide-react';
import { useMemo } from 'react';
import type { JobDetail } from '../../core/contract/jobs.ts';
import type { RunStage } from '../../core/contract/run-views.ts';
import { useQuery } from '../queries.ts';
import { adjust, useRoute } from '../route.ts';
import { marksOf, stepInWords } from '../run-stages.ts';
import { hasSteps, isEnded } from '../run-state.ts';
import { Card } from '../ui/card.tsx';
import { Chart } from '../ui/chart.tsx';
import { type ChartSeries, lastValue } from '../ui/chart-data.ts';
import { EmptyState } from '../ui/empty-state.tsx';
import { ErrorCard } from '../ui/error-card.tsx';
import { formatCompact, formatNumber, formatPercent, nameInWords } from '../ui/format.ts';
import { Pill } from '../ui/pill.tsx';
import screen from '../ui/screen.module.css';
import { smoothParts } from '../ui/smooth.ts';
import { useStages } from '../use-stages.ts';
import { HealthCard } from './health-card.tsx';
import { LastRollouts } from './last-rollouts.tsx';
import { PublishedCard } from './published-card.tsx';
import { qualityCurves, rewardCurves, type SmallChart, smallCharts } from './run-curves.ts';
import { completionLimitOf, partsOf } from './run-facts.ts';
import styles from './run-overview.module.css';
import { StageStrip } from './stage-strip.tsx';

const percent = (value: number | null) => (value === null ? '–' : `${formatPercent(value, 0)} %`);

const formats: Readonly<Record<SmallChart['kind'], (value: number | null) => string>> = {
  share: percent,
  tokens: (value) => formatNumber(value, 0),
  number: formatCompact,
};

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
  const parts = partsOf(run.spec);
  const rewards = useMemo(() => rewardCurves(metrics.data ?? [], parts), [metrics.data, parts]);
  const quality = useMemo(() => qualityCurves(metrics.data ?? []), [metrics.data]);
  const small = useMemo(() => smallCharts(metrics.data ?? []), [metrics.data]);
  const marks = useMemo(() => marksOf(stages), [stages]);
  if (metrics.error)
    return (
      <div className={screen.scroll}>
        <ErrorCard what="The curves could not be loaded" error={metrics.error} />
      </div>
    );
  const now = (series: ChartSeries | undefined) =>
    lastValue(smoothParts(series?.values ?? [], series?.smoothing ?? 0, series?.starts ?? []));
  const limit = completionLimitOf(run.spec, stage?.id);
  const shared = {
    until: stage?.steps ?? run.totalSteps,
    syncKey: run.id,
    marks: stage ? [] : marks,
    // One stage alone counts its own steps, as the axis then does.
    stepInWords:
      stage || stages.length === 0
        ? undefined
        : (step: number, opening: boolean) => stepInWords(stages, step, opening),
  };
  return (
    <div className={`${screen.scroll} ${styles.room}`}>
      <HealthCard run={run} className={styles.whole} />
      {run.warnings.length > 0 && <Warnings run={run} />}
      {stages.length > 0 && (
        <StageStrip
          run={run}
          stages={stages}
          chosen={stage?.id ?? null}
          onChoose={(id) => adjust({ params: { stage: id } })}
          className={styles.whole}
        />
      )}
      {metrics.data?.length === 0 ? (
        <Card className={styles.whole}>
          {stage ? <NoCurvesOfStage stage={stage} /> : <NoCurves run={run} />}
        </Card>
      ) : (
        <>
          {rewards.length > 0 && (
            <Chart
              {...shared}
              className={styles.reward}
              title="Reward"
              series={rewards}
              height={190}
              range={[null, run.suite?.max ?? null]}
              format={(value) => formatNumber(value, 2)}
              figure={
                <>
                  {formatNumber(now(rewards[0]))} {run.suite && <small>of {run.suite.max}</small>}
                </>
              }
            />
          )}
          {quality.length > 0 && (
            <Chart
              {...shared}
              className={styles.quality}
              title="Rollouts"
              series={quality}
              height={190}
              range={[0, 1]}
              format={percent}
              tick={percent}
            />
          )}
          {small.map((chart) => (
            <Chart
              {...shared}
              key={chart.id}
              title={chart.title}
              series={chart.series}
              height={88}
              format={formats[chart.kind]}
              {...(chart.kind === 'share' ? { tick: percent } : {})}
              range={chart.kind === 'share' ? [0, 1] : [0, null]}
              note={chart.note}
              figure={
                <>
                  {formats[chart.kind](now(chart.series[0]))}
                  {chart.kind === 'tokens' && limit !== null && <small> limit {limit}</small>}
                </>
              }
            />
          ))}
        </>
      )}
      <PublishedCard run={run} className={styles.whole} />
      <LastRollouts run={run} onAll={() => adjust({ tab: 'rollouts' })} className={styles.whole} />
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

function Warnings({ run }: { run: JobDetail }) {
  return (
    <Card className={styles.whole} title="The trainer warns">
      <ul className={styles.warnings}>
        {run.warnings.map((warning) => (
          <li key={`${warning.code}${warning.at}`}>
            <Pill tone="warn">{nameInWords(warning.code)}</Pill> {warning.message}
          </li>
        ))}
      </ul>
    </Card>
  );
}
