// Compares what two engines have written for the same sequences: logits position by position, greedy texts one by one.
import { closeSync, fstatSync, openSync, readFileSync, readSync } from 'node:fs';
import { join } from 'node:path';

export interface Difference {
  positions: number;
  /** Largest |difference| of a logit. */
  largest: number;
  /** Positions at which both engines have the same first choice. */
  sameFirst: number;
  /** Positions where the first choices differ although the two tokens are further apart than `tolerance` explains. */
  contradictions: number;
}

const BLOCK_ROWS = 256;

/** Reads both files block by block: all of a variant's logits need not fit into memory. */
export function compareLogits(one: string, other: string, vocabulary: number, tolerance: number): Difference {
  const found: Difference = {
    positions: 0,
    largest: 0,
    sameFirst: 0,
    contradictions: 0,
  };
  const [x, y] = [openSync(`${one}.f32`, 'r'), openSync(`${other}.f32`, 'r')];
  const bytes = fstatSync(x).size;
  if (bytes !== fstatSync(y).size || bytes % (4 * vocabulary) !== 0)
    throw new Error(
      `${one}.f32 has ${bytes} bytes, ${other}.f32 ${fstatSync(y).size}: not the same positions.`,
    );
  const rows = bytes / (4 * vocabulary);
  for (let row = 0; row < rows; row += BLOCK_ROWS) {
    const count = Math.min(BLOCK_ROWS, rows - row);
    const [a, b] = [x, y].map((file) => readRows(file, row, count, vocabulary)) as [
      Float32Array,
      Float32Array,
    ];
    for (let i = 0; i < count; i++)
      comparePosition(
        a.subarray(i * vocabulary, (i + 1) * vocabulary),
        b.subarray(i * vocabulary, (i + 1) * vocabulary),
        tolerance,
        found,
      );
  }
  closeSync(x);
  closeSync(y);
  return found;
}

function readRows(file: number, row: number, count: number, vocabulary: number): Float32Array {
  const values = new Float32Array(count * vocabulary);
  const bytes = new Uint8Array(values.buffer);
  for (let done = 0; done < bytes.length; ) {
    const read = readSync(file, bytes, done, bytes.length - done, 4 * row * vocabulary + done);
    if (read === 0) throw new Error('A file of logits became shorter while it was read.');
    done += read;
  }
  return values;
}

function comparePosition(a: Float32Array, b: Float32Array, tolerance: number, found: Difference): void {
  let largest = 0;
  let [firstA, firstB] = [0, 0];
  for (let i = 0; i < a.length; i++) {
    const difference = Math.abs(a[i]! - b[i]!);
    if (Number.isNaN(difference)) largest = Number.POSITIVE_INFINITY;
    else if (difference > largest) largest = difference;
    if (a[i]! > a[firstA]!) firstA = i;
    if (b[i]! > b[firstB]!) firstB = i;
  }
  found.positions += 1;
  found.largest = Math.max(found.largest, largest);
  if (firstA === firstB) found.sameFirst += 1;
  else if (a[firstA]! - a[firstB]! > 2 * tolerance) found.contradictions += 1;
}

/** How many of the greedy texts are the same, of how many. */
export function compareTexts(one: string, other: string): { same: number; of: number } {
  const [a, b] = [one, other].map((path) => JSON.parse(readFileSync(`${path}.json`, 'utf8')) as string[]) as [
    string[],
    string[],
  ];
  return { same: a.filter((text, i) => text === b[i]).length, of: a.length };
}

/** Where a side has put a variant's logits and texts, without the ending. */
export const placeOf = (folder: string, side: string, variant: string): string => join(folder, side, variant);
