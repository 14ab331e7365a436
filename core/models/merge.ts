// Merges adapters into a base in Hugging Face's layout, a block of rows at a time: W + s₁B₁A₁ + s₂B₂A₂ … is summed in float64, rounded
// once to float32, then cast. The trainer's formats/merged.py does the same, so that both make the same bytes in float32; for a type of 16
// bits it sums in float32, which shows in the last place of few weights. Runs in merge-worker.ts.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CoreError } from '../contract/errors.ts';
import { type AdapterFile, type OpenAdapter, openAdapter, readPair } from './adapter-file.ts';
import { baseWeights, type Weight } from './base-weights.ts';
import { cast } from './cast.ts';
import { chunks, float32Chunks, shown } from './safetensors.ts';
import { STORED_AS, sizeOf, type TensorData, type WeightType, writeSafetensors } from './weights-write.ts';

export interface MergeRequest {
  /** The *.safetensors of the base. */
  weights: readonly string[];
  /** In the order in which they are stacked. */
  adapters: readonly AdapterFile[];
  /** An empty folder; it gets the weights, and their index where there are several files. */
  folder: string;
  type: WeightType;
  shardBytes: number;
}

export const SHARD_BYTES = 2 * 1024 ** 3;
/** Values handled at a time. */
const BLOCK = 1024 * 1024;

/** `told` hears how many bytes are written. Throws `damaged`, `conflict` (an adapter for another model), `bad-input` (float16 overflow). */
export async function mergeWeights(request: MergeRequest, told: (bytes: number) => void): Promise<void> {
  const { type, folder } = request;
  const weights = await baseWeights(request.weights);
  const adapters = await Promise.all(request.adapters.map(openAdapter));
  for (const adapter of adapters) checkFits(adapter, weights);
  const shards = cutIntoShards(weights, type, request.shardBytes);
  for (const [name, parts] of shards)
    await writeSafetensors(
      join(folder, name),
      type,
      parts.map((weight) => mergedTensor(weight, adapters, type)),
      told,
    );
  if (shards.size > 1) await writeIndex(folder, shards, type);
}

/** Bytes that `mergeWeights` will write, without the headers. */
export async function mergedBytes(paths: readonly string[], type: WeightType): Promise<number> {
  return (await baseWeights(paths)).reduce((sum, { tensor }) => sum + sizeOf(type, tensor.shape), 0);
}

function mergedTensor(weight: Weight, adapters: readonly OpenAdapter[], type: WeightType): TensorData {
  const { name, path, tensor } = weight;
  const changing = adapters.filter((adapter) => adapter.pairs.has(name));
  const columns = tensor.shape.slice(1).reduce((product, n) => product * n, 1);
  const values = Math.max(1, Math.floor(BLOCK / columns)) * columns;
  const unchanged = async function* () {
    if (tensor.dtype === STORED_AS[type]) yield* chunks(path, tensor, values);
    else for await (const block of float32Chunks(path, tensor, values)) yield cast(block, type, name);
  };
  const changed = async function* () {
    const updates = await Promise.all(
      changing.map(async (adapter) => {
        const { a, b } = await readPair(adapter.path, adapter.pairs.get(name)!);
        return { a: Float64Array.from(a), b, rank: adapter.rank, scale: adapter.alpha / adapter.rank };
      }),
    );
    let row = 0;
    for await (const block of float32Chunks(path, tensor, values)) {
      addUpdates(block, columns, row, updates);
      row += block.length / columns;
      yield cast(block, type, name);
    }
  };
  return { name, shape: tensor.shape, bytes: changing.length === 0 ? unchanged : changed };
}

interface Update {
  /** rank × columns. */
  a: Float64Array;
  /** rows × rank. */
  b: Float32Array;
  rank: number;
  scale: number;
}

/** Rows whose sums grow together: each value of A that is read serves all of them. */
const TOGETHER = 4;

/** Adds to rows of a weight, of which the block's first is `firstRow`. */
function addUpdates(
  block: Float32Array,
  columns: number,
  firstRow: number,
  updates: readonly Update[],
): void {
  const sums = Array.from({ length: TOGETHER }, () => new Float64Array(columns)) as Four<Float64Array>;
  const totals = sums.map((sum) => new Float64Array(sum)) as Four<Float64Array>;
  const rows = block.length / columns;
  for (let first = 0; first < rows; first += TOGETHER) {
    const count = Math.min(TOGETHER, rows - first);
    const at = (row: number) => (first + row) * columns;
    for (let row = 0; row < count; row++) widen(block, at(row), totals[row]!);
    for (const update of updates) {
      for (const sum of sums) sum.fill(0);
      addProducts(sums, update, firstRow + first);
      for (let row = 0; row < count; row++) addScaled(totals[row]!, update.scale, sums[row]!);
    }
    for (let row = 0; row < count; row++) round(totals[row]!, block, at(row));
  }
}

type Four<T> = [T, T, T, T];

/** sums += B[row …] · A, two ranks at a time. Rows and a rank beyond the last one count as zeros. */
function addProducts(sums: Four<Float64Array>, { a, b, rank }: Update, row: number): void {
  const n = sums[0].length;
  for (let k = 0; k < rank; k += 2) {
    const x = a.subarray(k * n, (k + 1) * n);
    const y = k + 1 < rank ? a.subarray((k + 1) * n, (k + 2) * n) : x;
    const pair = (r: number): [number, number] => {
      const at = (row + r) * rank + k;
      return [b[at] ?? 0, k + 1 < rank ? (b[at + 1] ?? 0) : 0];
    };
    addToFour(sums, x, y, pair(0), pair(1), pair(2), pair(3));
  }
}

function addToFour(
  [s0, s1, s2, s3]: Four<Float64Array>,
  x: Float64Array,
  y: Float64Array,
  [x0, y0]: [number, number],
  [x1, y1]: [number, number],
  [x2, y2]: [number, number],
  [x3, y3]: [number, number],
): void {
  for (let i = 0; i < x.length; i++) {
    const u = x[i]!;
    const v = y[i]!;
    s0[i]! += x0 * u + y0 * v;
    s1[i]! += x1 * u + y1 * v;
    s2[i]! += x2 * u + y2 * v;
    s3[i]! += x3 * u + y3 * v;
  }
}

// Loops, because `set` between arrays of two types takes several times as long.
function widen(block: Float32Array, at: number, into: Float64Array): void {
  for (let i = 0; i < into.length; i++) into[i] = block[at + i]!;
}

function round(from: Float64Array, block: Float32Array, at: number): void {
  for (let i = 0; i < from.length; i++) block[at + i] = from[i]!;
}

function addScaled(total: Float64Array, scale: number, sum: Float64Array): void {
  for (let i = 0; i < total.length; i++) total[i]! += scale * sum[i]!;
}

function checkFits(adapter: OpenAdapter, weights: readonly Weight[]): void {
  const shapes = new Map(weights.map(({ name, tensor }) => [name, tensor.shape]));
  for (const [name, { a, b }] of adapter.pairs) {
    const shape = shapes.get(name);
    const changes = [b.shape[0], a.shape[1]];
    if (shape?.join() !== changes.join())
      throw new CoreError(
        'conflict',
        `The adapter's pair of ${name} is for ${shown(changes as number[])}; the base ${shape ? `has ${shown(shape)}` : 'has no such weight'}: it was made for another model.`,
      );
  }
}

/** In the model's order, each file at most so large unless one tensor alone is larger. */
function cutIntoShards(weights: readonly Weight[], type: WeightType, limit: number): Map<string, Weight[]> {
  const groups: Weight[][] = [[]];
  let filled = 0;
  for (const weight of weights) {
    const size = sizeOf(type, weight.tensor.shape);
    if (groups.at(-1)!.length > 0 && filled + size > limit) {
      groups.push([]);
      filled = 0;
    }
    groups.at(-1)!.push(weight);
    filled += size;
  }
  if (groups.length === 1) return new Map([['model.safetensors', groups[0]!]]);
  const number = (n: number) => String(n).padStart(5, '0');
  return new Map(
    groups.map((group, i) => [`model-${number(i + 1)}-of-${number(groups.length)}.safetensors`, group]),
  );
}

async function writeIndex(
  folder: string,
  shards: ReadonlyMap<string, readonly Weight[]>,
  type: WeightType,
): Promise<void> {
  const all = [...shards].flatMap(([file, weights]) => weights.map((weight) => ({ file, weight })));
  const index = {
    metadata: { total_size: all.reduce((sum, { weight }) => sum + sizeOf(type, weight.tensor.shape), 0) },
    weight_map: Object.fromEntries(all.map(({ file, weight }) => [weight.name, file])),
  };
  await writeFile(join(folder, 'model.safetensors.index.json'), `${JSON.stringify(index, null, 2)}\n`);
}
