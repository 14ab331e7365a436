// What training needs that goes on from an adapter of the lab: where it lies, and the LoRA that it fits into. The trainer's needed_for in
// formats/adapters.py says the same.
import { LoraSettings } from '../contract/job-blocks.ts';
import { type AdapterFile, openAdapter, readPair } from './adapter-file.ts';

export interface NeededLora {
  rank: number;
  alpha: number;
  targets: (typeof TARGETS)[number][];
}

const TARGETS = LoraSettings.shape.targets.element.options;

/**
 * The trainer has one A for keys and values. PEFT has one each: they fit in at twice the rank, and at twice alpha, so that alpha / rank stays.
 * An adapter of keys or values alone takes both.
 */
export async function neededLora(file: AdapterFile): Promise<NeededLora> {
  const { pairs } = await openAdapter(file);
  const carried = new Set([...pairs.values()].map(({ target }) => target));
  if (carried.has('k_proj') || carried.has('v_proj')) carried.add('k_proj').add('v_proj');
  let times = 1;
  for (const [weight, keys] of pairs) {
    const values = pairs.get(weight.replace('k_proj', 'v_proj'));
    if (keys.target !== 'k_proj' || !values) continue;
    const [a, b] = [await readPair(file.path, keys), await readPair(file.path, values)];
    if (a.a.every((value, i) => value === b.a[i])) continue;
    times = 2;
    break;
  }
  return {
    rank: times * file.rank,
    alpha: times * file.alpha,
    targets: TARGETS.filter((target) => carried.has(target)),
  };
}
