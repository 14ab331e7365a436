// One contract over two languages: from the same base and adapters the core and the trainer write the same bytes, merged weights, joined
// adapters and GGUF LoRA. For a type of 16 bits the trainer sums in float32, which shows in the last place of few weights.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { AdapterFile } from '../../core/models/adapter-file.ts';
import { writeGgufLora } from '../../core/models/gguf-lora.ts';
import { joinAdapters } from '../../core/models/join-adapters.ts';
import { pairLora } from '../../core/models/lora-names.ts';
import { type MergeRequest, mergeWeights, SHARD_BYTES } from '../../core/models/merge.ts';
import { readFloat32, readSafetensors } from '../../core/models/safetensors.ts';
import { inRoot, trainerFolder } from '../../resources/setup/paths.mjs';
import { trainerPython } from '../../resources/setup/python-environment.mjs';
import {
  adapterTensors,
  safetensorsBytes,
  TARGETS,
  type Tensors,
  tinySized,
} from '../core/models/tiny-model.ts';
import { tempFolder } from '../fixtures/temp-folder.ts';

const base = inRoot('resources', 'models', 'tiny');
const SMALL_SHARDS = 400_000;
const folder = tempFolder();
const theirs = join(folder, 'trainer');
const ours = join(folder, 'core');

interface Made extends AdapterFile {
  name: string;
}

/** Two that change everything, at different ranks and scales, and one between that changes two modules only. */
const adapters: Made[] = [
  adapter('first', 8, 16, adapterTensors(tinySized, 8, 5, 0.05)),
  adapter('some', 3, 5, only(['q_proj', 'down_proj'], adapterTensors(tinySized, 3, 6, 0.05))),
  adapter('last', 6, 4, adapterTensors(tinySized, 6, 7, 0.05)),
];

function only(modules: string[], tensors: Tensors): Tensors {
  return new Map([...tensors].filter(([name]) => modules.some((module) => name.includes(module))));
}

function adapter(name: string, rank: number, alpha: number, tensors: Tensors): Made {
  const place = join(folder, name);
  mkdirSync(place);
  const path = join(place, 'adapter_model.safetensors');
  writeFileSync(path, safetensorsBytes(tensors));
  const targets = TARGETS.filter((target) => [...tensors.keys()].some((key) => key.includes(target)));
  const config = { peft_type: 'LORA', r: rank, lora_alpha: alpha, target_modules: targets };
  writeFileSync(join(place, 'adapter_config.json'), JSON.stringify(config));
  return { name, path, rank, alpha };
}

beforeAll(() => {
  const args = [theirs, String(SMALL_SHARDS), ...adapters.map(({ name }) => join(folder, name))];
  execFileSync(
    trainerPython(),
    [join(import.meta.dirname, 'write_formats.py'), base, ...args],
    // Other work on the machine makes threads of BLAS wait for each other.
    { env: { ...process.env, PYTHONPATH: trainerFolder, OPENBLAS_NUM_THREADS: '1' }, encoding: 'utf8' },
  );
});

async function merge(name: string, change: Partial<MergeRequest>): Promise<string> {
  const out = join(ours, name);
  mkdirSync(out, { recursive: true });
  await mergeWeights(
    {
      weights: [join(base, 'model.safetensors')],
      adapters,
      folder: out,
      type: 'bfloat16',
      shardBytes: SHARD_BYTES,
      ...change,
    },
    () => {},
  );
  return out;
}

function expectSame(ours: string, theirs: string): void {
  expect(readFileSync(ours).equals(readFileSync(theirs)), `${ours} and ${theirs} hold the same bytes`).toBe(
    true,
  );
}

/** All values of a file, one tensor behind the other. */
async function valuesOf(path: string): Promise<Float32Array> {
  const { tensors } = await readSafetensors(path);
  const read = await Promise.all([...tensors.values()].map((tensor) => readFloat32(path, tensor)));
  return Float32Array.from(read.flatMap((values) => [...values]));
}

describe('merged weights', () => {
  it('are the same in float32', async () => {
    const out = await merge('float32', { type: 'float32' });
    expectSame(join(out, 'model.safetensors'), join(theirs, 'float32', 'model.safetensors'));
  });

  it.each([
    ['bfloat16', 2 ** -7],
    ['float16', 2 ** -10],
  ] as const)('are the same in %s but for the last place of one in a thousand', async (type, last) => {
    const out = await merge(type, { type });
    const ours = await valuesOf(join(out, 'model.safetensors'));
    const found = await valuesOf(join(theirs, type, 'model.safetensors'));
    expect(found.length).toBe(ours.length);
    const apart = ours.filter((value, i) => value !== found[i]).length;
    expect(apart).toBeLessThan(ours.length / 1000);
    const far = ours.findIndex((value, i) => Math.abs(value - found[i]!) > last * Math.abs(value) + 1e-7);
    expect(far).toBe(-1);
  });

  it('are cut into the same shards with the same index', async () => {
    const sharded = { type: 'float32', adapters: adapters.slice(0, 1), shardBytes: SMALL_SHARDS } as const;
    const out = await merge('shards', sharded);
    const names = readdirSync(out);
    expect(names.filter((name) => name.endsWith('.safetensors')).length).toBeGreaterThan(3);
    expect(names).toContain('model.safetensors.index.json');
    for (const name of names) expectSame(join(out, name), join(theirs, 'shards', name));
  });

  it('say when they do not fit into float16, or when the adapter is for another model', async () => {
    const huge = adapter('huge', 1, 1e6, adapterTensors(tinySized, 1, 8, 100));
    await expect(merge('huge', { adapters: [huge], type: 'float16' })).rejects.toMatchObject({
      code: 'bad-input',
      message: expect.stringMatching(/^dtype: model\.layers\.0\.\S+ holds values above 65504/),
    });
    const foreign = adapter('foreign', 2, 2, adapterTensors({ ...tinySized, width: 64 }, 2));
    await expect(merge('foreign', { adapters: [foreign] })).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringMatching(/is for \[128, 64\]; the base has \[128, 128\]/),
    });
  });
});

describe('adapters', () => {
  const gguf = async (name: string, path: string, alpha: number) => {
    const pairs = pairLora((await readSafetensors(path)).tensors.values());
    if (typeof pairs === 'string') throw new Error(pairs);
    const target = join(folder, `${name}.gguf`);
    await writeGgufLora(path, target, { architecture: 'gemma2', name: 'same name', alpha, pairs });
    expectSame(target, join(theirs, `${name}.gguf`));
  };

  it('become the same GGUF LoRA', async () => {
    for (const { name, path, alpha } of adapters) await gguf(name, path, alpha);
  });

  it('are joined to the same one, whose GGUF LoRA is the same too', async () => {
    const target = join(folder, 'joined.safetensors');
    const { rank, targets } = await joinAdapters(adapters, target);
    expect(rank).toBe(8 + 3 + 6);
    expectSame(target, join(theirs, 'joined', 'adapter_model.safetensors'));
    const config: unknown = JSON.parse(readFileSync(join(theirs, 'joined', 'adapter_config.json'), 'utf8'));
    expect(config).toMatchObject({ r: rank, lora_alpha: rank, target_modules: targets });
    await gguf('joined', target, rank);
  });
});
