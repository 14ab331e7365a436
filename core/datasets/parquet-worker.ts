// The thread of read-parquet.ts: decoding a row group takes longer than the core may be silent. Reads only the columns that an
// adapter needs, one row group after the other; each message asks for the next reply. The only user of hyparquet.
import { parentPort, workerData } from 'node:worker_threads';
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects, parquetSchema } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { CoreError } from '../contract/errors.ts';
import { BATCH, type FileItem, unreadable } from './records.ts';

export interface ParquetAsked {
  path: string;
  columns: readonly string[];
}

/** First the number of rows, then batch after batch, then the end; or what is wrong with the file. */
export type ParquetReply =
  | { total: number }
  | { items: FileItem[] }
  | { end: true }
  | { failure: Pick<CoreError, 'code' | 'message' | 'detail'> };

const replies = read(workerData as ParquetAsked);
parentPort?.on('message', async () => parentPort?.postMessage(await nextReply()));

async function nextReply(): Promise<ParquetReply> {
  try {
    const { value, done } = await replies.next();
    return done ? { end: true } : value;
  } catch (error) {
    if (!(error instanceof CoreError)) throw error;
    const { code, message, detail } = error;
    return { failure: { code, message, detail } };
  }
}

/** Throws `damaged` for a file that cannot be read as parquet, `bad-input` when it lacks one of the columns. */
async function* read({ path, columns }: ParquetAsked): AsyncGenerator<ParquetReply> {
  const file = await asyncBufferFromFile(path).catch((error: unknown) => {
    throw unreadable(path, error);
  });
  const metadata = await parquetMetadataAsync(file).catch((error: unknown) => {
    throw damaged(path, error);
  });
  const found = parquetSchema(metadata).children.map((child) => child.element.name);
  const lacking = columns.filter((column) => !found.includes(column));
  if (lacking.length > 0)
    throw new CoreError(
      'bad-input',
      `${path} has other columns than this schema: ${lacking.join(', ')} ${lacking.length === 1 ? 'is' : 'are'} missing. ` +
        `Expected ${columns.join(', ')}; found ${found.join(', ')}. Choose the adapter that fits the file.`,
      { path, expected: columns, found },
    );
  yield { total: Number(metadata.num_rows) };
  let start = 0;
  for (const group of metadata.row_groups) {
    const end = start + Number(group.num_rows);
    const options = { file, metadata, columns: [...columns], rowStart: start, rowEnd: end, compressors };
    const records = await parquetReadObjects(options).catch((error: unknown) => {
      throw damaged(path, error);
    });
    if (records.length !== end - start)
      throw damaged(path, new Error(`rows ${start + 1} to ${end} are not all there`));
    const first = start + 1;
    for (let i = 0; i < records.length; i += BATCH) {
      const items = records
        .slice(i, i + BATCH)
        .map((record, j) => ({ line: first + i + j, record: plain(record) }));
      yield { items };
    }
    start = end;
  }
}

/** 64-bit integers become numbers, dates text: what the same record holds as JSON. */
function plain(record: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, plainValue(value)]));
}

function plainValue(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value);
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.map(plainValue);
  if (value instanceof Uint8Array || typeof value !== 'object' || value === null) return value ?? null;
  return plain(value as Record<string, unknown>);
}

function damaged(path: string, error: unknown): CoreError {
  const why = error instanceof Error ? error.message : String(error);
  return new CoreError(
    'damaged',
    `${path} cannot be read as parquet: ${why}. It may be cut off or changed; fetch it again.`,
    { path },
    error,
  );
}
