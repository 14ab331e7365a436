// Bytes of a run's log and of the rollouts it points at, read ahead in large pieces and checked to be still the same log. Used by ingest.ts.
import type { RunHost } from './deps.ts';
import { logName } from './events.ts';

/** Why the log cannot be read further now. */
export interface Stuck {
  code: 'log-missing' | 'log-replaced' | 'log-damaged' | 'rollouts-late';
  message: string;
}

/** Bytes of events.jsonl read in one go, and the most that one line may have. */
const chunkBytes = 1 << 20;
const longestLine = 16 << 20;
/** Bytes of a rollouts file read in one go: the ranges of many steps lie side by side in it. */
const aheadBytes = 4 << 20;
const headBytes = 4096;
const lineFeed = 10;

interface Piece {
  offset: number;
  bytes: Buffer;
}

/** Lives as long as one catching-up; remembers only bytes that will never change, for both files are append-only. */
export class LogSource {
  private readonly host: Pick<RunHost, 'read'>;
  private readonly folder: string;
  private events: Piece = { offset: 0, bytes: Buffer.alloc(0) };
  private rollouts: Piece & { file: string } = { file: '', offset: 0, bytes: Buffer.alloc(0) };

  constructor(host: Pick<RunHost, 'read'>, folder: string) {
    this.host = host;
    this.folder = folder;
  }

  /** Bytes from the offset on, with at least one whole line if there is one. `name` is the log's own, once it is known. */
  async lines(offset: number, name: string | null): Promise<{ bytes: Buffer } | { stuck: Stuck }> {
    const known = this.events.bytes.subarray(Math.max(0, offset - this.events.offset));
    if (offset >= this.events.offset && known.includes(lineFeed)) return { bytes: known };
    const path = `${this.folder}/events.jsonl`;
    const piece = await this.host.read(path, offset, chunkBytes);
    if (piece === null && offset === 0) return { bytes: Buffer.alloc(0) };
    if (piece === null)
      return stuck(
        'log-missing',
        `${path} is gone after ${offset} of its bytes were read. What was read is kept.`,
      );
    const isReplaced =
      piece.size < offset ||
      (piece.bytes.length > 0 && offset > 0 && name !== null && (await this.nameOf(path)) !== name);
    if (isReplaced)
      return stuck(
        'log-replaced',
        `${path} is not the log that was being read (another or a shorter file lies there now). What was read from the first one is kept; nothing is taken from this one.`,
      );
    let { bytes } = piece;
    if (bytes.length === chunkBytes && !bytes.includes(lineFeed)) {
      bytes = (await this.host.read(path, offset, longestLine))?.bytes ?? bytes;
      if (bytes.length === longestLine && !bytes.includes(lineFeed))
        return stuck('log-damaged', `${path} has a line of more than 16 MiB at byte ${offset}.`);
    }
    this.events = { offset, bytes };
    return { bytes };
  }

  /** A range of a file in the job folder; shorter where the file ends. */
  async range(file: string, offset: number, length: number): Promise<Buffer> {
    const has = this.rollouts;
    const from = offset - has.offset;
    if (file === has.file && from >= 0 && from + length <= has.bytes.length)
      return has.bytes.subarray(from, from + length);
    const piece = await this.host.read(`${this.folder}/${file}`, offset, Math.max(length, aheadBytes));
    const bytes = piece?.bytes ?? Buffer.alloc(0);
    this.rollouts = { file, offset, bytes };
    return bytes.subarray(0, length);
  }

  private async nameOf(path: string): Promise<string | null> {
    const head = await this.host.read(path, 0, headBytes);
    return head && logName(head.bytes);
  }
}

function stuck(code: Stuck['code'], message: string): { stuck: Stuck } {
  return { stuck: { code, message } };
}
