// Makes the folder that an export is written into, with those above it. Called by export-model.ts.
import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { CoreError } from '../contract/errors.ts';

/**
 * One level after the other: under /proc `recursive` never ends, as what could not be made there is away without a word. `above`: names the
 * folder that holds one, itself where nothing does; `named`: as a person has named it, where that is another path. Throws `disk`.
 */
export async function makeFolder(path: string, above = dirname, named = path): Promise<void> {
  const refuse = (why: string, cause?: unknown) =>
    new CoreError('disk', `folder: ${named} cannot be made: ${why}. Name another one.`, { path }, cause);
  const there = await stat(path).catch(() => null);
  if (there?.isDirectory()) return;
  const holder = above(path);
  if (holder === path) throw refuse('there is no such drive');
  if (!there) await makeFolder(holder, above);
  try {
    await mkdir(path);
  } catch (error) {
    const { code } = error as { code?: unknown };
    if (code === 'ENOENT') throw refuse(`${holder} takes no folders`, error);
    if (code !== 'EEXIST') throw error;
    const made = await stat(path).catch(() => null); // by another one meanwhile, perhaps
    if (!made?.isDirectory()) throw refuse(made ? 'it is a file' : 'it is a link to nothing', error);
  }
}
