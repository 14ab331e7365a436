// Merging an adapter into a gigabyte of Gemma 2: gigabytes a second beside PEFT's merge_and_unload and beside a plain copy of the file; the
// core's merge of the same; and an adapter's way to GGUF. Everything ends on the disk, not in its cache.
import { execFileSync } from 'node:child_process';
import {
  closeSync,
  copyFileSync,
  fsyncSync,
  mkdirSync,
  mkdtempSync,
  openSync,
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

async function seconds(work: () => Promise<void> | void): Promise<number> {
  const started = performance.now();
  await work();
  return (performance.now() - started) / 1000;
}

function copy(): void {
  copyFileSync(weights, join(out, 'model.safetensors'));
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

const mergeInCore = () =>
  mergeWeights(
    {
      weights: [weights],
      adapters: [{ path: join(adapter, 'adapter_model.safetensors'), rank: 32, alpha: 64 }],
      folder: out,
      type: 'bfloat16',
      shardBytes: SHARD_BYTES,
    },
    () => {},
  );

const peer = await torchPython();
try {
  python(trainerPython(), 'merge_speed.py', ['make', base, adapter]);
  const gigabytes = statSync(weights).size / 1e9;
  const ways = {
    trainer: () => python(trainerPython(), 'merge_speed.py', ['merge', base, adapter, out]),
    peft: () => python(peer, 'merge_peer.py', [base, adapter, out]),
    copy: () => seconds(copy),
    core: () => seconds(mergeInCore),
    convertTrainer: () =>
      python(trainerPython(), 'merge_speed.py', ['convert', adapter, join(out, 'a.gguf')]),
    convertCore: () => seconds(convert),
  };
  const best = Object.fromEntries(
    Object.keys(ways).map((name) => [name, Number.POSITIVE_INFINITY]),
  ) as Record<keyof typeof ways, number>;
  // Turn by turn, so that other work on the machine meets all of them.
  for (let round = 0; round < Number(values.rounds); round++)
    for (const [name, way] of Object.entries(ways) as [keyof typeof ways, () => Promise<number> | number][]) {
      rmSync(out, { recursive: true, force: true });
      mkdirSync(out);
      best[name] = Math.min(best[name], await way());
    }
  const found = {
    gigabytes,
    rates: Object.fromEntries(
      (['trainer', 'core', 'peft', 'copy'] as const).map((name) => [name, gigabytes / best[name]]),
    ),
    peft: best.peft / best.trainer,
    copy: best.copy / best.trainer,
    convert: { trainer: best.convertTrainer, core: best.convertCore },
  };
  if (values.json) console.log(JSON.stringify(found));
  else {
    const rate = (name: string) => `${found.rates[name]?.toFixed(2)} GB/s`;
    console.log(
      `merge of ${gigabytes.toFixed(2)} GB: trainer ${rate('trainer')}, core ${rate('core')}, PEFT ${rate('peft')}, plain copy ${rate('copy')}`,
    );
    console.log(
      `the trainer merges ${found.peft.toFixed(1)} times as fast as PEFT (wanted: ${BOUNDS.peft}) and at ${found.copy.toFixed(2)} of a copy's speed (wanted: ${BOUNDS.copy})`,
    );
    console.log(
      `rank 32 to GGUF LoRA: trainer ${found.convert.trainer.toFixed(2)} s, core ${found.convert.core.toFixed(2)} s`,
    );
  }
  process.exitCode = found.peft >= BOUNDS.peft && found.copy >= BOUNDS.copy ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
