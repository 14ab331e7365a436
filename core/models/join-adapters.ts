// One adapter that is several of them, one upon the other: A = [A₁; A₂; …], B = [s₁B₁ | s₂B₂ | …], alpha = rank. It is valid on what the
// first one was trained on. The trainer's formats/adapters.py joins in the same way to the same bytes.
import { type AdapterFile, type OpenAdapter, openAdapter, readPair } from './adapter-file.ts';
import { cast } from './cast.ts';
import { type LoraPair, pairOrder, peftNames } from './lora-names.ts';
import { type TensorData, writeSafetensors } from './weights-write.ts';

/** Writes `target`; returns its rank, which is its alpha too, and PEFT's names of the modules that it changes. */
export async function joinAdapters(
  files: readonly AdapterFile[],
  target: string,
): Promise<{ rank: number; targets: string[] }> {
  const parts = await Promise.all(files.map(openAdapter));
  const rank = parts.reduce((sum, part) => sum + part.rank, 0);
  const all = new Map(parts.flatMap((part) => [...part.pairs]));
  const pairs = [...all.values()].sort(pairOrder);
  await writeSafetensors(
    target,
    'float32',
    pairs.flatMap((pair) => joinedHalves(pair, parts, rank)),
  );
  return { rank, targets: [...new Set(pairs.map((pair) => pair.target))] };
}

/** `like`: a pair of the weight, whichever adapter it is from; the shapes are the same but for the rank. */
function joinedHalves(like: LoraPair, parts: readonly OpenAdapter[], rank: number): TensorData[] {
  const columns = like.a.shape[1]!;
  const rows = like.b.shape[0]!;
  const [nameOfA, nameOfB] = peftNames(like.weight);
  /** Fills a half; an adapter that leaves this weight alone takes its share of the rank with zeros. */
  const fill = async (size: number, put: (whole: Float32Array, part: Part) => void) => {
    const whole = new Float32Array(size);
    let at = 0;
    for (const { path, pairs, rank: own, alpha } of parts) {
      const pair = pairs.get(like.weight);
      if (pair) put(whole, { ...(await readPair(path, pair)), at, rank: own, scale: alpha / own });
      at += own;
    }
    return cast(whole, 'float32', like.weight);
  };
  const putA = (whole: Float32Array, { a, at }: Part) => whole.set(a, at * columns);
  const putB = (whole: Float32Array, { b, at, rank: own, scale }: Part) => {
    const factor = Math.fround(scale);
    for (let row = 0; row < rows; row++)
      for (let k = 0; k < own; k++) whole[row * rank + at + k] = factor * b[row * own + k]!;
  };
  return [
    {
      name: nameOfA,
      shape: [rank, columns],
      bytes: async function* () {
        yield await fill(rank * columns, putA);
      },
    },
    {
      name: nameOfB,
      shape: [rows, rank],
      bytes: async function* () {
        yield await fill(rows * rank, putB);
      },
    },
  ];
}

interface Part {
  a: Float32Array;
  b: Float32Array;
  /** Where its share of the rank begins. */
  at: number;
  rank: number;
  scale: number;
}
