// How a chart looks and answers to the pointer, as uPlot options. Called by chart.tsx.
import type uPlot from 'uplot';
import type { ChartSeries } from './chart-data.ts';
import { formatTick, stepTicks, valueRange, valueTicks } from './chart-scale.ts';
import { resolveColor } from './use-theme-color.ts';

export interface ChartLook {
  series: readonly ChartSeries[];
  until: number | undefined;
  range: readonly [number | null, number | null] | undefined;
  width: number;
  height: number;
  syncKey: string | undefined;
  /** Of the values on the vertical axis; absent: as short as they can be. */
  tick: ((value: number) => string) | undefined;
  onStep(step: number | null): void;
}

const FONT = '12px "Inter Variable"';
const RAW_ALPHA = 0.24;
/** Room that a label of the horizontal axis needs, in pixels. */
const LABEL_PX = 76;

export function chartOptions(look: ChartLook): uPlot.Options {
  const ink = resolveColor('var(--ink-3)');
  const strokes = look.series.map((each) => resolveColor(each.color));
  return {
    width: Math.max(look.width, 40),
    height: look.height,
    padding: [8, 12, 0, 0],
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
      x: { time: false, range: (_, low, high) => stepRange(low, high, look.until) },
      y: { range: (_, low, high) => valueRange(low, high, look.range) },
    },
    axes: axesOf(look, ink),
    series: [{}, ...look.series.map(rawLine(strokes, ink)), ...look.series.map(shownLine(strokes, ink))],
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

function axesOf(look: ChartLook, ink: string): uPlot.Axis[] {
  const common = { stroke: ink, font: FONT, ticks: { show: false } };
  return [
    {
      ...common,
      grid: { show: false },
      size: 22,
      gap: 4,
      splits: (plot, _, low, high) =>
        stepTicks([low, high], LABEL_PX / Math.max(1, plot.bbox.width / devicePixelRatio)),
      values: (_, at) => at.map(String),
    },
    {
      ...common,
      grid: { stroke: resolveColor('var(--line)'), width: 1 },
      gap: 8,
      size: (_, labels) => 12 + 7 * Math.max(2, ...(labels ?? []).map((label) => label.length)),
      splits: (_, __, low, high) => valueTicks([low, high]),
      values: (_, at) => at.map(look.tick ?? formatTick),
    },
  ];
}

function rawLine(strokes: readonly string[], ink: string) {
  return (series: ChartSeries, i: number): uPlot.Series => ({
    show: (series.smoothing ?? 0) > 0,
    stroke: strokes[i] ?? ink,
    alpha: RAW_ALPHA,
    width: 1,
    points: { show: false },
  });
}

function shownLine(strokes: readonly string[], ink: string) {
  return (_: ChartSeries, i: number): uPlot.Series => ({
    stroke: strokes[i] ?? ink,
    width: 1.75,
    spanGaps: true,
    points: { show: (plot) => (plot.data[0]?.length ?? 0) < 3, size: 5 },
  });
}

function stepRange(low: number | null, high: number | null, until: number | undefined): [number, number] {
  const from = until === undefined ? (low ?? 0) : 0;
  return [from, Math.max(until ?? 0, high ?? 0, from + 1)];
}
