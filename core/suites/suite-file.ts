// A suite as a file of its own, to be sent to others: written by an export, read by an import and wherever a suite is named by a path.
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { CoreError, diskError } from '../contract/errors.ts';
import type { Suite } from '../contract/reward.ts';

/** Of the file, not of the suite in it. */
const FORMAT_VERSION = 1;
const MAX_BYTES = 4_000_000;

export interface SuiteFile {
  /** Not checked yet. */
  suite: unknown;
  note: string | null;
  /** It was written by an export; else it is the bare JSON of a suite. */
  exported: boolean;
}

/** Never over another file. Throws `conflict`, `bad-input` for a folder that is not there, `disk`. */
export function writeSuiteFile(path: string, suite: Suite, note: string | null): void {
  const content = { format: 'forethought-reward-suite', formatVersion: FORMAT_VERSION, suite, note };
  try {
    writeFileSync(path, `${JSON.stringify(content, null, 2)}\n`, { flag: 'wx' });
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'EEXIST')
      throw new CoreError(
        'conflict',
        `${path} is there already, and nothing is written over it. Name another file.`,
      );
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'EISDIR')
      throw new CoreError('bad-input', `to: ${path} cannot be written: its folder is not there.`);
    throw diskError(error, `Writing ${path}`);
  }
}

/** Throws `not-found`, `damaged` for what is no JSON, `too-new`, `bad-input` for JSON that is something else. */
export function readSuiteFile(path: string): SuiteFile {
  const value = parse(path, read(path));
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new CoreError('bad-input', `${path} holds no reward suite: it is no JSON object.`, { path });
  const { format, formatVersion, suite, note } = value as Record<string, unknown>;
  if (format === undefined) return { suite: value, note: null, exported: false };
  if (format !== 'forethought-reward-suite')
    throw new CoreError(
      'bad-input',
      `${path} holds no reward suite: its format is ${JSON.stringify(format)}.`,
    );
  if (!Number.isSafeInteger(formatVersion) || (formatVersion as number) < 1)
    throw new CoreError('damaged', `${path} has no format version. Export the suite again.`, { path });
  if ((formatVersion as number) > FORMAT_VERSION)
    throw new CoreError(
      'too-new',
      `${path} was written by a newer version of the program (format ${formatVersion}; this one reads up to ${FORMAT_VERSION}). Update Forethought.`,
      { path, formatVersion },
    );
  return { suite, note: typeof note === 'string' ? note : null, exported: true };
}

function read(path: string): string {
  try {
    const { size } = statSync(path);
    if (size > MAX_BYTES)
      throw new CoreError('bad-input', `${path} is too large for a reward suite (${size} bytes).`, { path });
    return readFileSync(path, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ENOTDIR')
      throw new CoreError('not-found', `There is no file ${path}.`, { path });
    if (code === 'EISDIR') throw new CoreError('bad-input', `${path} is a folder. Name a file.`, { path });
    if (code === 'EACCES') throw new CoreError('disk', `${path} must not be read by this user.`, { path });
    throw diskError(error, `Reading ${path}`);
  }
}

function parse(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new CoreError(
      'damaged',
      `${path} is no JSON: ${(error as Error).message}. Correct the file, or export the suite again.`,
      { path },
      error,
    );
  }
}
