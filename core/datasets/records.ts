// What a file of records gives, whatever its format: batches of records and of lines that are none. Used by import.ts.
import { open } from 'node:fs/promises';
import { TextDecoder } from 'node:util';
import { CoreError } from '../contract/errors.ts';

/** One record, or one place in the file that holds none. `line` is 1-based; in parquet it is the row. */
export type FileItem =
  | { line: number; record: Record<string, unknown> }
  | { line: number; reason: string; excerpt: string };

export interface RecordFile {
  /** Records in the file where the format says so. */
  total: number | null;
  batches(): AsyncGenerator<FileItem[]>;
}

/** Records a batch: small enough that the core answers between two of them. */
export const BATCH = 500;

const EXCERPT = 200;

export function excerptOf(text: string): string {
  return text.length > EXCERPT ? `${text.slice(0, EXCERPT)}…` : text;
}

/** Magic numbers of files that people mistake for tables of text, with what to do. */
const MAGIC: readonly [name: string, bytes: number[], advice: string][] = [
  ['a gzip file', [0x1f, 0x8b], 'Unpack it first.'],
  ['a zip file', [0x50, 0x4b, 0x03, 0x04], 'Unpack it first.'],
  ['a zstd file', [0x28, 0xb5, 0x2f, 0xfd], 'Unpack it first.'],
  ['an Arrow file', [0x41, 0x52, 0x52, 0x4f, 0x57, 0x31], 'Save it as parquet or JSONL.'],
  ['a SQLite database', [0x53, 0x51, 0x4c, 0x69, 0x74, 0x65, 0x20], 'Export its rows as JSONL.'],
  ['UTF-16 text', [0xff, 0xfe], 'Save it as UTF-8.'],
  ['UTF-16 text', [0xfe, 0xff], 'Save it as UTF-8.'],
];

/**
 * Whether the file is parquet or lines of text, by its first bytes, whatever its name.
 * Throws `not-found`, or `bad-input` for a folder, an empty file and a file of another kind.
 */
export async function detectFormat(path: string): Promise<'parquet' | 'jsonl'> {
  const head = await readHead(path);
  if (head.length === 0)
    throw new CoreError('bad-input', `${path} is empty. There is nothing to import.`, { path });
  if (beginsAsParquet(head)) return 'parquet';
  if (path.toLowerCase().endsWith('.parquet'))
    throw new CoreError(
      'damaged',
      `${path} is no parquet file: it does not begin with PAR1. It may be cut off, or a Git LFS pointer instead of the file.`,
      { path },
    );
  const known = MAGIC.find(([, bytes]) => bytes.every((byte, i) => head[i] === byte));
  if (known) throw notText(path, `It looks like ${known[0]}. ${known[2]}`);
  if (head.includes(0) || !isUtf8(head)) throw notText(path, 'It holds bytes that are not text.');
  return 'jsonl';
}

/** By its first bytes alone. Throws `not-found`, or `bad-input` for a folder. */
export async function isParquet(path: string): Promise<boolean> {
  return beginsAsParquet(await readHead(path));
}

const beginsAsParquet = (head: Buffer): boolean => head.subarray(0, 4).toString('latin1') === 'PAR1';

async function readHead(path: string): Promise<Buffer> {
  try {
    const file = await open(path, 'r');
    try {
      const { bytesRead, buffer } = await file.read(Buffer.alloc(65_536), 0, 65_536, 0);
      return buffer.subarray(0, bytesRead);
    } finally {
      await file.close();
    }
  } catch (error) {
    throw unreadable(path, error);
  }
}

/** A file-system error on the file to import, as a sentence. */
export function unreadable(path: string, error: unknown): unknown {
  const code = (error as { code?: unknown } | null)?.code;
  if (code === 'ENOENT' || code === 'ENOTDIR')
    return new CoreError('not-found', `There is no file ${path}. Check the path.`, { path }, error);
  if (code === 'EISDIR')
    return new CoreError(
      'bad-input',
      `${path} is a folder. Name one .jsonl or .parquet file in it.`,
      { path },
      error,
    );
  if (code === 'EACCES' || code === 'EPERM')
    return new CoreError('bad-input', `${path} cannot be read: permission denied.`, { path }, error);
  return error;
}

function notText(path: string, why: string): CoreError {
  return new CoreError(
    'bad-input',
    `${path} is not JSONL. ${why} Give a UTF-8 file with one JSON object a line, or a parquet file.`,
    { path },
  );
}

function isUtf8(bytes: Uint8Array): boolean {
  try {
    // A character cut at the end of the piece is no fault: `stream` keeps it back.
    new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true });
    return true;
  } catch {
    return false;
  }
}
