// Merging an adapter into a gigabyte of Gemma 2, to float32 as a run of the recipe does it and to bfloat16: gigabytes written a second beside
// PEFT's merge_and_unload and beside a plain copy of the result; the core's merge of the same; and an adapter's way to GGUF. Everything ends
// on the disk, not in its cache.
import { execFileSync } from 'node:child_process';
import {
  closeSync,
  copyFileSync,
  fsyncSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  rmSync,
  statSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { writeGgufLora } from '../../core/models/gguf-lora.ts';
import { pairLora } from '../../core/models/lora-names.ts';
import { mergeWeights, SHARD_BYTES } from '../../core/models/merge.ts';
import { readSafetensors } from '../../core/models/safetensors.ts';
import { trainerFolder } from '../../resources/setup/paths.mjs';
import { trainerPython } from '../../resources/setup/python-environment.mjs';
import { torchPython } from '../proofs/parity/environment.ts';

const { values } = parseArgs({
  options: { json: { type: 'boolean' }, rounds: { type: 'string', default: '3' } },
});
type Type = 'float32' | 'bfloat16';

interface Found {
  type: Type;
  /** Written. */
  gigabytes: number;
  /** Gigabytes a second, by who merges or copies. */
  rates: Record<string, number>;
  /** Times as fast as PEFT; share of a copy's speed. */
  peft: number;
  copy: number;
}

const BOUNDS = { peft: 2, copy: 0.7 };
const folder = mkdtempSync(join(tmpdir(), 'forethought-merge-'));
const [base, adapter, out] = ['base', 'adapter', 'out'].map((name) => join(folder, name)) as [
  string,
  string,
  string,
];
const weights = join(base, 'model.safetensors');

const python = (program: string, script: string, args: string[]): number => {
  const said = execFileSync(program, [join(import.meta.dirname, script), ...args], {
    encoding: 'utf8',
    // One thread for small matrices, as a job of the trainer sets it for itself.
    env: { ...process.env, PYTHONPATH: trainerFolder, OPENBLAS_NUM_THREADS: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return (JSON.parse(said.trim().split('\n').at(-1) ?? '') as { seconds: number }).seconds;
};

/** Its seconds, memory at hand. */
async function timed(work: () => Promise<void> | void): Promise<number> {
  touchMemory();
  const started = performance.now();
  await work();
  return (performance.now() - started) / 1000;
}

/** Copies what the merge has made. */
function copy(type: Type): void {
  copyFileSync(join(folder, type, 'model.safetensors'), join(out, 'model.safetensors'));
  const file = openSync(join(out, 'model.safetensors'), 'r');
  fsyncSync(file);
  closeSync(file);
}

async function convert(): Promise<void> {
  const path = join(adapter, 'adapter_model.safetensors');
  const pairs = pairLora((await readSafetensors(path)).tensors.values());
  if (typeof pairs === 'string') throw new Error(pairs);
  await writeGgufLora(path, join(out, 'a.gguf'), { architecture: 'gemma2', name: 'bench', alpha: 64, pairs });
}

const mergeInCore = (type: Type) =>
  mergeWeights(
    {
      weights: [weights],
      adapters: [{ path: join(adapter, 'adapter_model.safetensors'), rank: 32, alpha: 64 }],
      folder: out,
      type,
      shardBytes: 2 * SHARD_BYTES,
    },
    () => {},
  );

/** For the ways that are no program of their own; the others do it when they have been loaded. */
const touchMemory = (): void => {
  execFileSync(trainerPython(), [join(import.meta.dirname, 'memory_at_hand.py')]);
};

/**
 * The least seconds of each way. Turn by turn, so that other work on the machine meets all of them; each begins with an empty folder, nothing
 * of the earlier ones on its way to the disk, and memory at hand (memory_at_hand.py). The first round is not counted.
 */
async function race<Name extends string>(
  ways: Record<Name, () => Promise<number> | number>,
  rounds = Number(values.rounds),
): Promise<Record<Name, number>> {
  const names = Object.keys(ways) as Name[];
  const best = Object.fromEntries(names.map((name) => [name, Number.POSITIVE_INFINITY])) as Record<
    Name,
    number
  >;
  for (let round = 0; round <= rounds; round++)
    for (const name of names) {
      for (const file of readdirSync(out)) rmSync(join(out, file), { recursive: true });
      execFileSync('sync');
      const took = await ways[name]();
      if (round > 0) best[name] = Math.min(best[name], took);
    }
  return best;
}

async function merges(type: Type): Promise<Found> {
  const made = join(folder, type);
  python(trainerPython(), 'merge_speed.py', ['merge', base, adapter, made, type]);
  const gigabytes = statSync(join(made, 'model.safetensors')).size / 1e9;
  const best = await race({
    trainer: () => python(trainerPython(), 'merge_speed.py', ['merge', base, adapter, out, type]),
    peft: () => python(peer, 'merge_peer.py', [base, adapter, out, type]),
    copy: () => timed(() => copy(type)),
  });
  // So slow that once is enough, and no bound is over it.
  const core = await race({ core: () => timed(() => mergeInCore(type)) }, 1);
  rmSync(made, { recursive: true });
  const rates = Object.fromEntries(
    Object.entries({ ...best, ...core }).map(([name, took]) => [name, gigabytes / took]),
  );
  return { type, gigabytes, rates, peft: best.peft / best.trainer, copy: best.copy / best.trainer };
}

let peer = '';
try {
  peer = await torchPython();
  mkdirSync(out);
  python(trainerPython(), 'merge_speed.py', ['make', base, adapter]);
  const merged = [await merges('float32'), await merges('bfloat16')];
  const convertFound = await race({
    trainer: () => python(trainerPython(), 'merge_speed.py', ['convert', adapter, join(out, 'a.gguf')]),
    core: () => timed(convert),
  });
  if (values.json) console.log(JSON.stringify({ merged, convert: convertFound }));
  else {
    for (const { type, gigabytes, rates, peft, copy } of merged) {
      const rate = (name: string) => `${rates[name]?.toFixed(2)} GB/s`;
      console.log(
        `merge to ${type}, ${gigabytes.toFixed(2)} GB: trainer ${rate('trainer')}, core ${rate('core')}, PEFT ${rate('peft')}, plain copy ${rate('copy')}`,
      );
      console.log(
        `  the trainer merges ${peft.toFixed(1)} times as fast as PEFT (wanted: ${BOUNDS.peft}) and at ${copy.toFixed(2)} of a copy's speed (wanted: ${BOUNDS.copy})`,
      );
    }
    console.log(
      `rank 32 to GGUF LoRA: trainer ${convertFound.trainer.toFixed(2)} s, core ${convertFound.core.toFixed(2)} s`,
    );
  }
  process.exitCode = merged.every(({ peft, copy }) => peft >= BOUNDS.peft && copy >= BOUNDS.copy) ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
