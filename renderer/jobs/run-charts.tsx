// The curves of a run in groups: reward beside held-out questions, the parts of the reward, completions, policy, times.
import { type CSSProperties, useId, useMemo } from 'react';
import type { JobDetail } from '../../core/contract/jobs.ts';
import type { RunStage, Series } from '../../core/contract/run-views.ts';
import { marksOf, spanOf, stepInWords } from '../run-stages.ts';
import { Chart } from '../ui/chart.tsx';
import { type ChartMark, type ChartSeries, lastValue } from '../ui/chart-data.ts';
import { formatCompact, formatNumber, formatPercent } from '../ui/format.ts';
import { smoothParts } from '../ui/smooth.ts';
import styles from './run-charts.module.css';
import { type CurveChart, type CurveGroup, curveGroups, evenly } from './run-curves.ts';
import { completionLimitOf, partsOf } from './run-facts.ts';

interface RunChartsProps {
  run: JobDetail;
  stages: readonly RunStage[];
  /** Shown alone, by its own steps. */
  stage: RunStage | undefined;
  metrics: readonly Series[];
}

export function RunCharts({ run, stages, stage, metrics }: RunChartsProps) {
  const suite = partsOf(run.spec);
  const groups = useMemo(() => curveGroups(metrics, suite), [metrics, suite]);
  const marks = useMemo(() => marksOf(stages), [stages]);
  const shared: Shared = {
    run,
    until: stage?.steps ?? run.totalSteps,
    stages: stage ? [] : stages,
    marks: stage ? [] : marks,
    // One stage alone counts its own steps, as the axis then does.
    stepInWords:
      stage || stages.length === 0 ? undefined : (step, opening) => stepInWords(stages, step, opening),
    limit: completionLimitOf(run.spec, stage?.id),
  };
  return groups.map((group) => <Group key={group.id} group={group} shared={shared} />);
}

interface Shared {
  run: JobDetail;
  until: number;
  /** Whose steps the axis counts one after the other. */
  stages: readonly RunStage[];
  marks: readonly ChartMark[];
  stepInWords: ((step: number, opening: boolean) => string) | undefined;
  /** Longest completion in tokens. */
  limit: number | null;
}

function Group({ group: { id, title, charts }, shared }: { group: CurveGroup; shared: Shared }) {
  const heading = useId();
  const { height, most, mostLarge } = LAYOUTS[id];
  const [usual, large] = [evenly(charts, most), evenly(charts, mostLarge)];
  const columns = {
    ...{ '--columns': usual.columns, '--span': usual.span },
    ...{ '--columns-large': large.columns, '--span-large': large.span },
  };
  return (
    <section className={styles.group} aria-labelledby={heading}>
      <h2 id={heading}>{title}</h2>
      <div className={styles.charts} style={columns as CSSProperties}>
        {charts.map((chart) => (
          <Curve key={chart.id} chart={chart} height={height} shared={shared} />
        ))}
      </div>
    </section>
  );
}

/** Height of the plots, one a group so that its cards stand in lines; and most columns in a usual and in a large window. */
const LAYOUTS: Readonly<Record<CurveGroup['id'], { height: number; most: number; mostLarge: number }>> = {
  reward: { height: 150, most: 4, mostLarge: 5 },
  parts: { height: 84, most: 4, mostLarge: 8 },
  completions: { height: 120, most: 4, mostLarge: 4 },
  policy: { height: 92, most: 5, mostLarge: 5 },
  times: { height: 92, most: 2, mostLarge: 2 },
};

function Curve({ chart, height, shared }: { chart: CurveChart; height: number; shared: Shared }) {
  const { run, limit, stages, marks, until, stepInWords } = shared;
  const { title, note, series, kind, wide } = chart;
  const axis = useMemo(() => {
    // What only some stages tell has the room of those. An opening belongs to the stage whose first step comes after it.
    const told = series.flatMap(({ steps, values, openings }) =>
      steps.flatMap((step, i) => (values[i] === null ? [] : openings?.includes(i) ? step + 1 : step)),
    );
    const { from, until: end } = spanOf(stages, told) ?? { from: 0, until };
    return { from, until: end, marks: marks.filter(({ at }) => at >= from && at < end) };
  }, [series, stages, marks, until]);
  const format = formats[kind];
  const max = kind === 'reward' ? run.suite?.max : undefined;
  return (
    <Chart
      {...axis}
      stepInWords={stepInWords}
      title={title}
      series={series}
      syncKey={run.id}
      height={height}
      className={wide ? styles.wide : undefined}
      range={ranges[kind] ?? [kind === 'reward' ? null : 0, max ?? null]}
      format={format}
      {...(kind === 'share' ? { tick: percent } : {})}
      note={note}
      figure={
        <>
          {format(now(series[0]))}
          {max !== undefined && <small> of {max}</small>}
          {kind === 'tokens' && limit !== null && <small> limit {limit}</small>}
        </>
      }
    />
  );
}

function percent(value: number | null): string {
  return value === null ? '–' : `${formatPercent(value, 0)} %`;
}

const formats: Readonly<Record<CurveChart['kind'], (value: number | null) => string>> = {
  reward: (value) => formatNumber(value),
  score: (value) => formatNumber(value),
  share: percent,
  tokens: (value) => formatNumber(value, 0),
  number: formatCompact,
};

/** Ends of the vertical axis. A part scores at most 1, so that all parts are read on one scale. */
const ranges: Partial<Record<CurveChart['kind'], readonly [number | null, number | null]>> = {
  score: [null, 1],
  share: [0, 1],
};

function now(series: ChartSeries | undefined): number | null {
  return lastValue(smoothParts(series?.values ?? [], series?.smoothing ?? 0, series?.starts ?? []));
}
