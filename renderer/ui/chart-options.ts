// How a chart looks and answers to the pointer, as uPlot options. Called by chart.tsx.
import type uPlot from 'uplot';
import type { ChartMark, ChartSeries } from './chart-data.ts';
import { formatTick, stepTicks, valueRange, valueTicks } from './chart-scale.ts';
import { resolveColor } from './use-theme-color.ts';

export interface ChartLook {
  series: readonly ChartSeries[];
  from: number;
  until: number | undefined;
  range: readonly [number | null, number | null] | undefined;
  width: number;
  height: number;
  syncKey: string | undefined;
  /** Thin lines, each with what begins there. */
  marks: readonly ChartMark[];
  /** Of the values on the vertical axis; absent: as short as they can be. */
  tick: ((value: number) => string) | undefined;
  /** The place among the steps that the pointer is at. */
  onPlace(place: number | null): void;
}

const FONT = '12px "Inter Variable"';
/** Height of the names of the marks, above the plot. */
const MARKS_PX = 16;
const RAW_ALPHA = 0.24;
/** Room that a label of the horizontal axis needs, in pixels. */
const LABEL_PX = 76;

export function chartOptions(look: ChartLook): uPlot.Options {
  const ink = resolveColor('var(--ink-3)');
  const strokes = look.series.map((each) => resolveColor(each.color));
  return {
    width: Math.max(look.width, 40),
    height: look.height,
    padding: [look.marks.length > 0 ? MARKS_PX : 8, 12, 0, 0],
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
      x: { time: false, range: (_, low, high) => stepRange(low, high, look) },
      y: { range: (_, low, high) => valueRange(low, high, look.range) },
    },
    axes: axesOf(look, ink),
    series: [{}, ...look.series.map(rawLine(strokes, ink)), ...look.series.map(shownLine(strokes, ink))],
    hooks: {
      drawAxes: [(plot) => drawMarks(plot, look.marks)],
      setCursor: [(plot) => look.onPlace(plot.cursor.idx ?? null)],
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
    gaps: breaksOf(series),
    points: { show: false },
  });
}

function shownLine(strokes: readonly string[], ink: string) {
  return (series: ChartSeries, i: number): uPlot.Series => ({
    stroke: strokes[i] ?? ink,
    width: 1.75,
    gaps: breaksOf(series),
    points: { show: (plot) => (plot.data[0]?.length ?? 0) < 3, size: 5 },
  });
}

/** In pixels: hides the upright stroke between two values at one step. */
const BREAK = 1.5;

/** The line spans what one series lacks of another's steps, and breaks only where something new begins. */
function breaksOf({ steps, starts = [] }: ChartSeries): uPlot.Series.GapsRefiner {
  return (plot) =>
    starts.flatMap((place): [number, number][] => {
      const [before, after] = [steps[place - 1], steps[place]];
      if (before === undefined || after === undefined) return [];
      const [from, to] = [plot.valToPos(before, 'x', true), plot.valToPos(after, 'x', true)];
      const half = before === after ? BREAK * devicePixelRatio : 0;
      return [[from - half, to + half]];
    });
}

/** A line where each begins but the first, and its name above as far as there is room for all of it. */
function drawMarks(plot: uPlot, marks: readonly ChartMark[]): void {
  if (marks.length === 0) return;
  const { ctx, bbox } = plot;
  const ratio = devicePixelRatio;
  ctx.save();
  ctx.font = `${11 * ratio}px "Inter Variable"`;
  ctx.textAlign = 'left';
  ctx.textBaseline = 'bottom';
  ctx.fillStyle = resolveColor('var(--ink-2)');
  ctx.strokeStyle = resolveColor('var(--line-2)');
  ctx.lineWidth = Math.max(1, Math.round(ratio));
  for (const [i, { at, label }] of marks.entries()) {
    const left = Math.round(plot.valToPos(at, 'x', true)) + 0.5;
    const next = marks[i + 1];
    const right = next ? plot.valToPos(next.at, 'x', true) : bbox.left + bbox.width + 10 * ratio;
    if (left > bbox.left + 1) {
      ctx.beginPath();
      ctx.moveTo(left, bbox.top - (MARKS_PX - 3) * ratio);
      ctx.lineTo(left, bbox.top + bbox.height);
      ctx.stroke();
    }
    const indent = 5 * ratio;
    if (ctx.measureText(label).width + 2 * indent <= right - left)
      ctx.fillText(label, left + indent, bbox.top - 2 * ratio);
  }
  ctx.restore();
}

function stepRange(
  low: number | null,
  high: number | null,
  { from: start, until }: Pick<ChartLook, 'from' | 'until'>,
): [number, number] {
  const from = until === undefined ? (low ?? 0) : start;
  return [from, Math.max(until ?? 0, high ?? 0, from + 1)];
}
