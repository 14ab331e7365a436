// An adapter's pairs with what they are scaled by, and their values: what merging and joining read.
import { CoreError } from '../contract/errors.ts';
import { type LoraPair, pairLora } from './lora-names.ts';
import { readFloat32, readSafetensors } from './safetensors.ts';

export interface AdapterFile {
  path: string;
  rank: number;
  alpha: number;
}

export interface OpenAdapter extends AdapterFile {
  /** By the Hugging Face name of the weight that each changes, in the order of the layers. */
  pairs: ReadonlyMap<string, LoraPair>;
}

/** Throws `damaged` for a file that holds something else than whole LoRA pairs of this rank. */
export async function openAdapter(file: AdapterFile): Promise<OpenAdapter> {
  const pairs = pairLora((await readSafetensors(file.path)).tensors.values());
  if (typeof pairs === 'string') throw new CoreError('damaged', `The adapter cannot be read: ${pairs}.`);
  for (const { a, b, weight } of pairs)
    if (a.shape[0] !== file.rank || b.shape[1] !== file.rank)
      throw new CoreError('damaged', `The adapter's pair of ${weight} has not rank ${file.rank}.`);
  return { ...file, pairs: new Map(pairs.map((pair) => [pair.weight, pair])) };
}

/** A (rank × in) and B (out × rank) of one weight. */
export async function readPair(path: string, pair: LoraPair): Promise<{ a: Float32Array; b: Float32Array }> {
  return { a: await readFloat32(path, pair.a), b: await readFloat32(path, pair.b) };
}
