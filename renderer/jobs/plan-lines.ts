// What a run was going to need beside what it needed: steps, time, memory. Pure; used by milestones-card.tsx.
import type { JobDetail } from '../../core/contract/jobs.ts';
import { type Milestones, PROCESS_BYTES, type RunStage, type Series } from '../../core/contract/run-views.ts';
import { isEnded } from '../run-state.ts';
import { formatBytes, formatCount, formatDuration, formatLeft } from '../ui/format.ts';

export interface PlanLine {
  what: string;
  planned: string;
  was: string;
}

type Run = Pick<JobDetail, 'state' | 'made' | 'moment' | 'leftMs' | 'startedAt' | 'endedAt'>;

/** The most memory that was seen: of a device, or where those are not told of the whole process. */
export interface Peak {
  bytes: number;
  of: 'device' | 'process';
}

export function peakOf(metrics: readonly Pick<Series, 'name' | 'values'>[]): Peak | null {
  for (const [name, of] of [
    ['device/mem_peak_bytes', 'device'],
    ['host/mem_peak_bytes', 'process'],
  ] as const) {
    const values = metrics.find((series) => series.name === name)?.values.filter((value) => value !== null);
    if (values && values.length > 0) return { bytes: Math.max(...values), of };
  }
  return null;
}

/** `now` in Unix milliseconds. */
export function planLines(
  run: Run,
  { plan, estimates, stages }: Pick<Milestones, 'plan' | 'estimates' | 'stages'>,
  peak: Peak | null,
  now: number,
): PlanLine[] {
  const lines: PlanLine[] = [];
  if (plan) lines.push({ what: 'Steps', planned: formatCount(plan.steps), was: formatCount(run.made) });
  const spans: readonly Span[] =
    stages.length > 0
      ? stages.map((stage) => ({ ...stage, stage: stage.id, over: stage.endedAt !== null }))
      : [{ ...run, stage: null, over: isEnded(run.state) }];
  for (const span of spans) {
    const expected = expectedMs(span, estimates);
    if (span.startedAt === null || expected === null) continue;
    const took = formatDuration((span.endedAt ?? now) - span.startedAt);
    // What was expected is of the first steps; how long it takes yet is said as everywhere, by the pace since.
    const left = run.moment.stage === span.stage && run.leftMs !== null && formatLeft(run.leftMs);
    lines.push({
      what: span.stage === null ? 'Time' : `Time of ${span.stage}`,
      planned: formatDuration(expected),
      was: span.over ? took : [`${took} so far`, left].filter(Boolean).join(', '),
    });
  }
  if (plan) {
    // Like beside like: the plan counts arrays, and a process holds more.
    const inAll = (bytes: number) =>
      peak?.of === 'process' ? `${formatBytes(bytes)} in all` : formatBytes(bytes);
    lines.push({
      what: 'Memory at the peak',
      planned: inAll(plan.memoryBytes + (peak?.of === 'process' ? PROCESS_BYTES : 0)),
      was: peak === null ? '–' : inAll(peak.bytes),
    });
  }
  return lines;
}

/** The run, or a stage of it. */
type Span = Pick<RunStage, 'startedAt' | 'endedAt'> & { stage: string | null; over: boolean };

/** From its beginning, as it was last estimated: after its first steps, and after each restart. */
function expectedMs({ stage, startedAt }: Span, estimates: Milestones['estimates']): number | null {
  const last = estimates.findLast(({ moment }) => moment.stage === stage);
  return last === undefined || startedAt === null ? null : last.at - startedAt + 1000 * last.secondsLeft;
}

/** "right answers of held-out: at least 25 %". Means are rewards, the others shares. */
export function gateInWords({ metric, set, bound, margin }: Milestones['gates'][number]): string {
  const less = metric === 'mean' ? measured(metric, margin) : `${Number((margin * 100).toFixed(1))} points`;
  const allowed = margin > 0 ? `, ${less} less still pass` : '';
  return `${MEASURES[metric] ?? metric} of ${set}: at least ${measured(metric, bound)}${allowed}`;
}

const MEASURES: Readonly<Record<string, string>> = {
  correct: 'right answers',
  format: 'strict format',
  mean: 'mean reward',
  distinct: 'distinct texts',
};

export function measured(metric: string, value: number | null): string {
  if (value === null) return '–';
  return metric === 'mean' ? String(Number(value.toFixed(3))) : `${Number((value * 100).toFixed(1))} %`;
}
