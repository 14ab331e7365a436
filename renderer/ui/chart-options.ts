// How a chart looks and answers to the pointer, as uPlot options. Called by chart.tsx.
import type uPlot from 'uplot';
import type { ChartSeries } from './chart-data.ts';
import { resolveColor } from './use-theme-color.ts';

interface ChartLook {
  series: readonly ChartSeries[];
  until: number | undefined;
  range: readonly [number | null, number | null] | undefined;
  width: number;
  height: number;
  syncKey: string | undefined;
  format: (value: number | null) => string;
  onStep(step: number | null): void;
}

const FONT = '12px "Inter Variable"';
const RAW_ALPHA = 0.24;

export function chartOptions(look: ChartLook): uPlot.Options {
  const line = resolveColor('var(--line)');
  const ink = resolveColor('var(--ink-3)');
  const strokes = look.series.map((each) => resolveColor(each.color));
  const widths = { stroke: ink, font: FONT, ticks: { show: false } };
  return {
    width: Math.max(look.width, 40),
    height: look.height,
    padding: [8, 10, 0, 0],
    legend: { show: false },
    cursor: {
      y: false,
      drag: { x: false, y: false },
      points: {
        size: 7,
        width: 2,
        stroke: resolveColor('var(--surface)'),
        fill: (_, i) => strokes[(i - 1) % strokes.length] ?? ink,
      },
      ...(look.syncKey ? { sync: { key: look.syncKey, setSeries: false } } : {}),
    },
    scales: {
      x: { time: false, range: (_, low, high) => xRange(low, high, look.until) },
      y: { range: (_, low, high) => yRange(low, high, look.range) },
    },
    axes: [
      {
        ...widths,
        grid: { show: false },
        size: 22,
        gap: 4,
        space: 90,
        values: (_, at) => at.map(String),
        incrs: STEPS,
      },
      {
        ...widths,
        grid: { stroke: line, width: 1 },
        size: 44,
        gap: 6,
        space: 44,
        values: (_, at) => at.map((v) => look.format(v)),
      },
    ],
    series: [
      {},
      ...look.series.map(
        (each, i): uPlot.Series => ({
          show: (each.smoothing ?? 0) > 0,
          stroke: strokes[i] ?? ink,
          alpha: RAW_ALPHA,
          width: 1,
          points: { show: false },
        }),
      ),
      ...look.series.map(
        (_, i): uPlot.Series => ({
          stroke: strokes[i] ?? ink,
          width: 1.75,
          spanGaps: true,
          points: { show: (plot) => (plot.data[0]?.length ?? 0) < 3, size: 5 },
        }),
      ),
    ],
    hooks: {
      setCursor: [
        (plot) => {
          const at = plot.cursor.idx;
          look.onStep(at === null || at === undefined ? null : (plot.data[0]?.[at] ?? null));
        },
      ],
    },
  };
}

/** Steps are whole. */
const STEPS = [1, 2, 5, 10, 20, 25, 50, 100, 200, 250, 500, 1000, 2000, 5000, 10_000, 50_000];

function xRange(low: number | null, high: number | null, until: number | undefined): [number, number] {
  const end = Math.max(until ?? 0, high ?? 0, (low ?? 0) + 1);
  return [Math.min(low ?? 0, until === undefined ? (low ?? 0) : 0), end];
}

function yRange(
  low: number | null,
  high: number | null,
  fixed: readonly [number | null, number | null] | undefined,
): [number, number] {
  const from = fixed?.[0] ?? low ?? 0;
  const to = fixed?.[1] ?? high ?? 1;
  const room = (to - from || Math.abs(to) || 1) * 0.06;
  return [fixed?.[0] ?? from - room, fixed?.[1] ?? to + room];
}
