// Trains the adapters of the parity proof in a lab of its own, as a person would by the command line: GRPO on the base, SFT upon both. Each
// comes home and passes its checks there; what the trainer published is what is compared.
import { execFileSync } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inRoot, trainerFolder } from '../../../resources/setup/paths.mjs';
import { trainerPython } from '../../../resources/setup/python-environment.mjs';
import type { Pair } from './plan.ts';

const tiny = inRoot('resources', 'models', 'tiny');
const STEPS = 12;

/** Takes a minute or two. Throws when a run fails, or when an adapter is refused. */
export function trainPair(lab: string): Pair {
  const ask = <T>(...words: string[]): T =>
    JSON.parse(
      execFileSync(process.execPath, [inRoot('core', 'cli.ts'), ...words, '--lab', lab, '--json'], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'inherit'],
        maxBuffer: 64 * 1024 * 1024,
      }),
    ) as T;
  ask('models', 'add', tiny);
  ask('datasets', 'import', join(tiny, 'tasks', 'train.jsonl'), '--as', 'rows', '--split', 'train');
  const { id } = ask<{ id: string }>(
    ...['jobs', 'launch', 'think-first-tiny', '--steps', String(STEPS), '--seed', '1'],
  );
  const ended = ask<{ state: string; failure: { message: string } | null }>('jobs', 'wait', id);
  if (ended.state !== 'DONE')
    throw new Error(`the GRPO run ended as ${ended.state}: ${ended.failure?.message}`);
  const run = join(lab, 'host', 'jobs', id);
  const first = join(run, 'artifacts', 'final');
  const second = trainUpon(run, first, join(lab, 'sft'));
  const home = ask<{ state: string; reason: string | null; stack: string[] }>('models', 'import', second);
  if (home.state !== 'ready' || home.stack.length !== 1)
    throw new Error(`the SFT adapter is ${home.state} here: ${home.reason}`);
  return { base: tiny, gguf: join(tiny, 'tiny-gemma2.gguf'), first, second };
}

/** SFT on the answers alone, with the GRPO run's model, rows and LoRA; the adapter's folder. */
function trainUpon(run: string, first: string, folder: string): string {
  mkdirSync(folder);
  const grpo = JSON.parse(readFileSync(join(run, 'spec.json'), 'utf8')) as {
    data: { path: string };
    base: object;
    [field: string]: unknown;
  };
  const lines = readFileSync(grpo.data.path, 'utf8')
    .split('\n', 400)
    .map((line) => {
      const { row, prompt } = JSON.parse(line) as { row: { answer: string }; prompt: string };
      const completion = `<answer>\n${row.answer}\n</answer>`;
      return `${JSON.stringify({ row, prompt, completion })}\n`;
    });
  const data = lines.join('');
  writeFileSync(join(folder, 'train.jsonl'), data);
  const manifestSha256 = sha256(readFileSync(join(first, 'manifest.json')));
  const { version, prompt, limits, env, lora, base } = grpo;
  const spec = {
    ...{ version, prompt, limits, env, lora },
    jobId: randomUUID(),
    kind: 'sft',
    name: 'upon GRPO',
    seed: 2,
    base: { ...base, adapters: [{ name: 'grpo', path: first, manifestSha256 }] },
    data: { snapshot: sha256(data), path: 'train.jsonl', sha256: sha256(data), count: lines.length },
    training: {
      ...{ steps: STEPS, batchSize: 8, learningRate: 5e-4, warmupFraction: 0.1, schedule: 'constant' },
      ...{ gradClip: 1, maxTokens: 96 },
    },
  };
  writeFileSync(join(folder, 'spec.json'), JSON.stringify(spec));
  execFileSync(trainerPython(), ['-m', 'forethought_trainer', 'sft', '--job', folder], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, PYTHONPATH: trainerFolder, JAX_PLATFORMS: 'cpu' },
  });
  return join(folder, 'artifacts', 'final');
}

const sha256 = (bytes: Buffer | string): string => createHash('sha256').update(bytes).digest('hex');
