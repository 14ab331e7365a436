// One batch of log lines on its way into the catalog: rows to insert, where the run is, what was wrong. Filled and stored by ingest.ts.
import type { SqlValue } from '../catalog/sql.ts';
import { isOfAStep } from './attempts.ts';
import {
  type ArtifactPayload,
  artifactOf,
  type LogEvent,
  type LogLine,
  metricsOf,
  type RolloutsPayload,
  rolloutsOf,
} from './events.ts';
import type { Warning } from './records.ts';
import type { ReadRollouts, RolloutValues } from './rollout-lines.ts';

/** A range of a rollouts file and the line of the batch that points at it. */
export interface RolloutRange extends RolloutsPayload {
  line: number;
}

/** What the lines so far say; kept per line so that a batch can be cut before one. */
interface Mark {
  end: number;
  nextSeq: number;
  events: number;
  metrics: number;
  artifacts: number;
  warnings: number;
  badLines: number;
  progress: Progress;
}

interface Progress {
  /** A process has begun and told of no step yet: its first one says from where on it goes over what was told before. */
  fresh: boolean;
  /** What earlier processes told of this step and later ones is void. */
  voidFrom: number | null;
  log: string | null;
  phase: string | null;
  step: number;
  /** As the trainer counts them; 0 while it has not said. */
  totalSteps: number;
  heardAt: number | null;
}

const fewWarnings = 5;

export class Harvest {
  /** seq, kind, wall, body */
  readonly events: SqlValue[][] = [];
  /** name, step, value */
  readonly metrics: [string, number, number | null][] = [];
  readonly artifacts: (ArtifactPayload & { at: number })[] = [];
  /** Where the batch's rollouts are, to be read and added. */
  readonly ranges: RolloutRange[] = [];
  readonly rollouts: RolloutValues[] = [];
  readonly warnings: Warning[] = [];
  progress: Progress;
  end: number;
  nextSeq: number;
  lines = 0;
  rolloutBytes = 0;
  private readonly marks: Mark[] = [];
  private promised = 0;
  /** Damaged lines since the last good one, of earlier batches too: they stand for numbers that are not missing. */
  badLines: number;
  private readonly jobId: string;
  private readonly now: number;

  constructor(
    jobId: string,
    cursor: { events_offset: number; next_seq: number; bad_lines: number; fresh: boolean },
    now: number,
  ) {
    this.jobId = jobId;
    this.now = now;
    this.end = cursor.events_offset;
    this.nextSeq = cursor.next_seq;
    this.badLines = cursor.bad_lines;
    this.progress = {
      ...{ fresh: cursor.fresh, voidFrom: null, log: null },
      ...{ phase: null, step: 0, totalSteps: 0, heardAt: null },
    };
  }

  get rowCount(): number {
    return this.events.length + this.metrics.length + this.promised;
  }

  take(line: LogLine): void {
    this.marks.push({
      end: this.end,
      nextSeq: this.nextSeq,
      events: this.events.length,
      metrics: this.metrics.length,
      artifacts: this.artifacts.length,
      warnings: this.warnings.length,
      badLines: this.badLines,
      progress: { ...this.progress },
    });
    this.lines += 1;
    if (!line.ok) {
      this.badLines += 1;
      this.warn('line-damaged', `The log's line at byte ${line.start} was left out: ${line.reason}.`);
    } else this.takeEvent(line.event, line.text);
    this.end = line.end;
  }

  private takeEvent(event: LogEvent, text: string): void {
    if (event.seq < this.nextSeq) {
      this.warn('line-repeated', `The log has line number ${event.seq} again; the first one counts.`);
      return;
    }
    const missing = event.seq - this.nextSeq - this.badLines;
    if (missing > 0) this.warn('lines-missing', `The log lacks ${missing} lines before number ${event.seq}.`);
    this.badLines = 0;
    this.nextSeq = event.seq + 1;
    this.events.push([event.seq, event.kind, event.wall, text]);
    this.progress.heardAt = Math.min(event.wall, this.now);
    this.understand(event);
  }

  private understand(event: LogEvent): void {
    switch (event.kind) {
      case 'start':
        if (event['jobId'] !== this.jobId)
          this.warn('foreign-log', `The log says that it belongs to run ${String(event['jobId'])}.`);
        if (typeof event['log'] === 'string') this.progress.log ??= event['log'];
        this.progress.fresh = true;
        break;
      case 'phase':
        if (typeof event['message'] === 'string') this.progress.phase = event['message'];
        break;
      case 'heartbeat':
        this.reached(event['step']);
        if (Number.isSafeInteger(event['totalSteps']))
          this.progress.totalSteps = event['totalSteps'] as number;
        break;
      case 'metrics':
        this.takeMetrics(event);
        break;
      case 'rollouts':
        this.takeRange(event);
        break;
      case 'artifact.ready':
        this.takeArtifact(event);
        break;
      case 'warning':
        this.warnings.push({
          code: String(event['code']),
          message: String(event['message']),
          at: event.wall,
        });
        break;
      default: // checkpoint, failure, done, plan, stage, gate and kinds of later trainers are read from the stored events
    }
  }

  private reached(step: unknown): void {
    if (Number.isSafeInteger(step)) this.progress.step = Math.max(this.progress.step, step as number);
  }

  /** A run that goes on from a checkpoint tells of some steps again: the last process to do so is the one that counts. */
  private tellsOf(step: number): void {
    if (this.progress.fresh) this.progress.voidFrom = step;
    this.progress.fresh = false;
  }

  private takeMetrics(event: LogEvent): void {
    const found = metricsOf(event);
    if (!found) {
      this.warn('line-damaged', `The metrics in line number ${event.seq} are not numbers.`);
      return;
    }
    for (const [name, value] of found.values) this.metrics.push([name, found.step, value]);
    this.reached(found.step);
    if (isOfAStep(found.values.map(([name]) => name))) this.tellsOf(found.step);
  }

  private takeRange(event: LogEvent): void {
    const range = rolloutsOf(event);
    if (!range) {
      this.warn('line-damaged', `Line number ${event.seq} does not say where its rollouts are.`);
      return;
    }
    this.tellsOf(range.step);
    this.ranges.push({ ...range, line: this.lines - 1 });
    this.rolloutBytes += range.bytes;
    this.promised += range.count;
  }

  private takeArtifact(event: LogEvent): void {
    const found = artifactOf(event);
    if (found) this.artifacts.push({ ...found, at: event.wall });
    else
      this.warn('line-damaged', `Line number ${event.seq} announces an artifact without saying where it is.`);
  }

  addRollouts(range: RolloutRange, { rows, bad }: ReadRollouts): void {
    for (const row of rows) this.rollouts.push(row);
    if (bad > 0 || rows.length !== range.count)
      this.warn(
        'rollouts-damaged',
        `Of ${range.count} rollouts in bytes ${range.offset} to ${range.offset + range.bytes} of ${range.file}, ${rows.length} could be read.`,
      );
  }

  /** Forgets that line and all after it; rollouts of earlier lines stay. */
  cutBefore(line: number): void {
    const mark = this.marks[line]!;
    this.end = mark.end;
    this.nextSeq = mark.nextSeq;
    this.events.length = mark.events;
    this.metrics.length = mark.metrics;
    this.artifacts.length = mark.artifacts;
    this.warnings.length = mark.warnings;
    this.badLines = mark.badLines;
    this.progress = mark.progress;
    this.lines = line;
  }

  warn(code: string, message: string): void {
    this.warnings.push({ code, message, at: this.now });
  }

  /** At most a few of a kind: a file of rubbish is told about, not copied. */
  *allWarnings(): Generator<Warning> {
    const seen = new Map<string, number>();
    for (const warning of this.warnings) {
      const count = (seen.get(warning.code) ?? 0) + 1;
      seen.set(warning.code, count);
      if (count <= fewWarnings) yield warning;
    }
    for (const [code, count] of seen)
      if (count > fewWarnings)
        yield {
          code,
          message: `The same ${count - fewWarnings} times more before byte ${this.end} of the log.`,
          at: this.now,
        };
  }
}
