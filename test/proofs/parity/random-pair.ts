// Two adapters with A and B random on every module, of different ranks: nothing that is wrong hides behind a zero.
import { join } from 'node:path';
import type { Pair } from './plan.ts';
import { askTunix, type Questions } from './sides.ts';

/** `scale`: how large B is; what is too large leaves no sense in a model. */
export async function randomPair(
  base: { base: string; gguf: string },
  questions: Questions,
  folder: string,
  scale = 0.02,
): Promise<Pair> {
  const at = (name: string) => join(folder, name);
  const adapter = { kind: 'random', base: base.base, sharedA: true } as const;
  await askTunix(
    questions,
    [
      { ...adapter, rank: 32, alpha: 64, scale, seed: 11, out: at('first') },
      { ...adapter, rank: 16, alpha: 16, scale: 2 * scale, seed: 12, out: at('second') },
    ],
    [],
    at('made'),
  );
  return { ...base, first: at('first'), second: at('second') };
}
