// Which precision a model is computed with, by the size of all its files.
import { truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { precisionOf } from '../../../core/inference/precision.ts';
import { tempFolder } from '../../fixtures/temp-folder.ts';

const MB = 1024 * 1024;

/** A file of that size, which takes no room on the disk. */
function file(folder: string, name: string, bytes: number): string {
  const path = join(folder, name);
  writeFileSync(path, '');
  truncateSync(path, bytes);
  return path;
}

it('is exact up to 512 MiB, of one file or of all parts of a split model, and where numbers are compared', () => {
  const folder = tempFolder();
  const exact = { flashAttention: false };
  const fast = { flashAttention: 'auto' };
  expect(precisionOf(file(folder, 'small.gguf', 512 * MB), false)).toMatchObject(exact);
  const large = file(folder, 'large.gguf', 512 * MB + 1);
  expect(precisionOf(large, false)).toEqual(fast);
  expect(precisionOf(large, true)).toMatchObject(exact);
  const [first] = [1, 2, 3].map((part) => file(folder, `split-0000${part}-of-00003.gguf`, 200 * MB));
  expect(precisionOf(first!, false)).toEqual(fast);
  const [one] = [1, 2].map((part) => file(folder, `halves-0000${part}-of-00002.gguf`, 200 * MB));
  expect(precisionOf(one!, false)).toMatchObject(exact);
});
