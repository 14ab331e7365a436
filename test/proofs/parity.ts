// `npm run proof:parity`: the same numbers everywhere. Base, base + GRPO, base + GRPO + SFT in Tunix, in torch with PEFT and in llama.cpp on
// the same 200 token sequences, greedy texts of 100 held-out questions, and the four ways of having two adapters. Ends with 1 when a bound
// is missed. `-- --gemma`: Gemma 3 270M from its GGUF instead of the tiny model, with random adapters; most figures are stated only.
// `--only random`: nothing is trained; `--sequences`, `--prompts`: so many; `--keep <folder>`: the files stay there, and asked again with the
// same options, it goes on with the engine that had not ended.
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { inRoot } from '../../resources/setup/paths.mjs';
import { gemmaFile } from './gemma-270m/weights.ts';
import { torchPython } from './parity/environment.ts';
import { type Pair, planRound } from './parity/plan.ts';
import { gemmaQuestions, tinyQuestions } from './parity/questions.ts';
import { randomPair } from './parity/random-pair.ts';
import { holds, summaryOf, tableOf } from './parity/report.ts';
import { type Asked, BOUNDS, type Bounds, compute, type Figure, figuresOf } from './parity/round.ts';
import { trainPair } from './parity/train-pair.ts';

const { values: options } = parseArgs({
  options: {
    gemma: { type: 'boolean', default: false },
    keep: { type: 'string' },
    sequences: { type: 'string', default: '200' },
    prompts: { type: 'string', default: '100' },
    only: { type: 'string' },
  },
});

interface Round {
  name: string;
  pair: () => Promise<Pair> | Pair;
  asked: Asked;
  bounds: Bounds;
}

const startedAt = performance.now();
const work = options.keep ?? mkdtempSync(join(tmpdir(), 'forethought-parity-'));
const python = await torchPython();
const counts = [Number(options.sequences), Number(options.prompts)] as const;
const rounds = options.gemma ? await gemmaRounds() : await tinyRounds();
const all: Figure[] = [];
for (const { name, pair, asked, bounds } of rounds) {
  if (options.only !== undefined && !name.includes(options.only)) continue;
  const folder = join(work, name.replaceAll(' ', '-'));
  mkdirSync(folder, { recursive: true });
  const sides = planRound(await pair(), folder);
  await compute(sides, asked, folder);
  const figures = figuresOf(sides, asked, folder, bounds);
  console.log(`\n${name}\n${tableOf(figures)}`);
  all.push(...figures);
}
if (options.keep === undefined) rmSync(work, { recursive: true });
console.log(`\n${summaryOf(all)} In ${((performance.now() - startedAt) / 1000).toFixed(0)} s.`);
process.exitCode = all.every(holds) ? 0 : 1;

async function tinyRounds(): Promise<Round[]> {
  const tiny = inRoot('resources', 'models', 'tiny');
  const base = { base: tiny, gguf: join(tiny, 'tiny-gemma2.gguf') };
  const config = JSON.parse(readFileSync(join(tiny, 'config.json'), 'utf8')) as { vocab_size: number };
  // The app runs a model of this size with nothing rounded: there is no other precision to compare.
  const asked: Asked = {
    questions: await tinyQuestions(...counts),
    vocabulary: config.vocab_size,
    python,
    precisions: ['app'],
  };
  const bounds: Bounds = (side) => BOUNDS[side];
  return [
    {
      // Stronger than what training makes, so that nothing hides behind a small number.
      name: 'random adapters',
      pair: () => randomPair(base, asked.questions, work),
      asked,
      bounds,
    },
    {
      name: 'trained adapters',
      pair: () => trainPair(join(work, 'lab')),
      asked,
      bounds,
    },
  ];
}

async function gemmaRounds(): Promise<Round[]> {
  const gguf = await gemmaFile();
  const questions = await gemmaQuestions(gguf, ...counts);
  return [
    {
      name: 'Gemma 3 270M, random adapters',
      pair: () => randomPair({ base: gguf, gguf }, questions, work, 0.002),
      asked: { questions, vocabulary: 262_144, python, precisions: ['float32', 'app'] },
      bounds: (side, what) => (side === 'torch' && what === 'base' ? BOUNDS.torch : null), // what was measured before
    },
  ];
}
