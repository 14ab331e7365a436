// Reads JSONL as a stream: one JSON object a line, bad lines named and passed over. Used by import.ts.
import { createReadStream } from 'node:fs';
import { TextDecoder } from 'node:util';
import { BATCH, excerptOf, type FileItem, type RecordFile, unreadable } from './records.ts';

const NEWLINE = 10;
const MAX_LINE_BYTES = 64 * 1024 * 1024;
/** Bytes after which a batch ends, however few its lines are: long lines are kept in memory no longer than needed. */
const BATCH_BYTES = 8 * 1024 * 1024;

interface Line {
  number: number;
  /** Null when the line was too long to keep. */
  bytes: Buffer | null;
}

/** Empty lines are passed over without a word; a BOM, CRLF and a last line without an end are fine. */
export function readJsonl(path: string): RecordFile {
  return {
    total: null,
    async *batches() {
      const decoder = new TextDecoder('utf-8', { fatal: true });
      let batch: FileItem[] = [];
      let bytes = 0;
      for await (const line of readLines(path)) {
        const item = readLine(line, decoder);
        if (item) batch.push(item);
        bytes += line.bytes?.length ?? 0;
        if (batch.length >= BATCH || (bytes >= BATCH_BYTES && batch.length > 0)) {
          yield batch;
          batch = [];
          bytes = 0;
        }
      }
      if (batch.length > 0) yield batch;
    },
  };
}

async function* readLines(path: string): AsyncGenerator<Line> {
  const stream = createReadStream(path, { highWaterMark: 1024 * 1024 });
  let number = 1;
  let pieces: Buffer[] = [];
  let length = 0;
  const keep = (piece: Buffer) => {
    length += piece.length;
    if (length <= MAX_LINE_BYTES) pieces.push(piece);
    else pieces = [];
  };
  const take = (): Line => {
    const bytes = length > MAX_LINE_BYTES ? null : Buffer.concat(pieces);
    pieces = [];
    length = 0;
    return { number: number++, bytes };
  };
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      let from = 0;
      for (let at = chunk.indexOf(NEWLINE); at !== -1; at = chunk.indexOf(NEWLINE, from)) {
        keep(chunk.subarray(from, at));
        yield take();
        from = at + 1;
      }
      if (from < chunk.length) keep(chunk.subarray(from));
    }
  } catch (error) {
    throw unreadable(path, error);
  }
  if (length > 0) yield take();
}

function readLine({ number, bytes }: Line, decoder: TextDecoder): FileItem | null {
  const refuse = (reason: string, text: string): FileItem => ({
    line: number,
    reason,
    excerpt: excerptOf(text),
  });
  if (bytes === null) return refuse(`longer than ${MAX_LINE_BYTES / 1024 / 1024} MB`, '');
  let text: string;
  try {
    text = decoder.decode(bytes); // takes a BOM away
  } catch {
    return refuse('not valid UTF-8', bytes.toString('utf8', 0, 800));
  }
  if (text.trim() === '') return null;
  let record: unknown;
  try {
    record = JSON.parse(text);
  } catch (error) {
    return refuse(`not JSON: ${describe(error)}`, text);
  }
  if (typeof record !== 'object' || record === null || Array.isArray(record))
    return refuse('not a JSON object', text);
  return { line: number, record: record as Record<string, unknown> };
}

/** The engine's message without its own excerpt of the line. */
function describe(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).replace(/,\s*(?:\.{3})?".*$/s, '');
}
