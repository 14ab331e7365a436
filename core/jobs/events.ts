// Reads events.jsonl: bytes in, checked events out. A torn last line waits; a damaged line inside is named, never guessed. Called by ingest.ts.
import { crc32 } from 'node:zlib';
import { RunArtifact } from '../contract/run-views.ts';

/** A line that can be trusted: its CRC fits and its head is as the format says. Payload fields are checked by who uses them. */
export interface LogEvent {
  v: number;
  seq: number;
  /** Milliseconds since the process began. */
  mono: number;
  /** Unix milliseconds by the host's clock. */
  wall: number;
  kind: string;
  [field: string]: unknown;
}

export interface GoodLine {
  ok: true;
  event: LogEvent;
  /** The line as it stands in the file, without the line feed. */
  text: string;
  /** Byte offset in the file just after the line feed. */
  end: number;
}

export interface BadLine {
  ok: false;
  reason: string;
  start: number;
  end: number;
}

export type LogLine = GoodLine | BadLine;

/** `,"crc":"xxxxxxxx"}` */
const tail = 18;
const lineFeed = 10;
const closing = Buffer.from('}');

/** One line after the other, as far as they are complete. `offset` is where `bytes` begin in the file. */
export function* readLines(bytes: Buffer, offset: number): Generator<LogLine> {
  let start = 0;
  for (;;) {
    const end = bytes.indexOf(lineFeed, start);
    if (end === -1) return;
    yield readLine(bytes.subarray(start, end), offset + start, offset + end + 1);
    start = end + 1;
  }
}

function readLine(line: Buffer, start: number, end: number): LogLine {
  const reason = damage(line);
  if (reason !== null) return { ok: false, reason, start, end };
  const text = line.toString('utf8');
  let event: unknown;
  try {
    event = JSON.parse(text);
  } catch {
    return { ok: false, reason: 'it is not JSON', start, end };
  }
  if (!isEvent(event)) return { ok: false, reason: 'it lacks seq, wall or kind', start, end };
  return { ok: true, event, text, end };
}

function damage(line: Buffer): string | null {
  if (
    line.length <= tail ||
    line.toString('latin1', line.length - tail, line.length - tail + 8) !== ',"crc":"'
  )
    return 'it has no check sum at its end';
  const said = line.toString('latin1', line.length - 10, line.length - 2);
  const found = crc32(closing, crc32(line.subarray(0, line.length - tail)));
  return said === found.toString(16).padStart(8, '0') ? null : 'its check sum does not fit';
}

function isEvent(value: unknown): value is LogEvent {
  if (typeof value !== 'object' || value === null) return false;
  const event = value as Partial<LogEvent>;
  return (
    Number.isSafeInteger(event.seq) &&
    (event.seq as number) >= 0 &&
    Number.isSafeInteger(event.wall) &&
    typeof event.kind === 'string'
  );
}

/** The line that `kind: "start"` opens a log with carries the log's own name; null when the bytes do not begin with one. */
export function logName(head: Buffer): string | null {
  const first = readLines(head, 0).next();
  if (first.done || !first.value.ok) return null;
  const { kind, log } = first.value.event;
  return kind === 'start' && typeof log === 'string' ? log : null;
}

export interface RolloutsPayload {
  step: number;
  file: string;
  offset: number;
  bytes: number;
  count: number;
  /** gzip: the range is a gzip member of its own. */
  encoding: 'plain' | 'gzip';
}

/** A path that stays in its job folder. */
function isInside(path: unknown): path is string {
  return typeof path === 'string' && /^[\w-][\w.-]*(\/[\w-][\w.-]*)*$/.test(path);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

export interface ArtifactPayload {
  name: string;
  kind: string;
  step: number;
  path: string;
  manifestSha256: string;
  score: RunArtifact['score'];
}

/** What an `artifact.ready` event announces; null when it does not lie in its own job folder, or is no artifact. */
export function artifactOf(event: LogEvent): ArtifactPayload | null {
  const { name, artifact = 'lora-adapter', step, path, manifestSha256 } = event;
  if (typeof name !== 'string' || typeof artifact !== 'string' || !isInside(path) || !isCount(step))
    return null;
  if (typeof manifestSha256 !== 'string') return null;
  const score = RunArtifact.shape.score.safeParse(event['score'] ?? null);
  return { name, kind: artifact, step, path, manifestSha256, score: score.success ? score.data : null };
}

/** Where a `rollouts` event points; null when it does not point into its own job folder. */
export function rolloutsOf(event: LogEvent): RolloutsPayload | null {
  const { step, file, offset, bytes, count, encoding = 'plain' } = event;
  if (!isInside(file)) return null;
  const isWhole = isCount(step) && isCount(offset) && isCount(bytes) && isCount(count);
  const isKnown = encoding === 'plain' || encoding === 'gzip';
  return isWhole && isKnown ? { step, file, offset, bytes, count, encoding } : null;
}

/** The finite values of a `metrics` event by name, null for a gap; null when the event is not one. */
export function metricsOf(event: LogEvent): { step: number; values: [string, number | null][] } | null {
  const { step, values } = event;
  if (!Number.isSafeInteger(step) || typeof values !== 'object' || values === null) return null;
  const pairs = Object.entries(values) as [string, unknown][];
  for (const [, value] of pairs) if (value !== null && typeof value !== 'number') return null;
  return { step: step as number, values: pairs as [string, number | null][] };
}
