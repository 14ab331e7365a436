// The quick half of `npm run proof:parity`, without torch: the trainer's model and llama.cpp compute the same with an adapter, and with two in
// each of the four ways of having them.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { inRoot } from '../../resources/setup/paths.mjs';
import { tempFolder } from '../fixtures/temp-folder.ts';
import { planRound } from '../proofs/parity/plan.ts';
import { tinyQuestions } from '../proofs/parity/questions.ts';
import { randomPair } from '../proofs/parity/random-pair.ts';
import { type Asked, BOUNDS, compute, figuresOf, missed } from '../proofs/parity/round.ts';

const tiny = inRoot('resources', 'models', 'tiny');

it('Tunix and llama.cpp agree on base, one adapter, and two in every form', {
  timeout: 600_000,
}, async () => {
  const folder = tempFolder();
  const questions = await tinyQuestions(16, 8);
  const planned = planRound(
    await randomPair({ base: tiny, gguf: join(tiny, 'tiny-gemma2.gguf') }, questions, folder),
    folder,
  );
  const sides = {
    ...planned,
    tunix: planned.tunix.map((variant) => ({ ...variant, greedy: variant.name === 'merged+sft' })),
    torch: [],
  };
  const { vocab_size: vocabulary } = JSON.parse(readFileSync(join(tiny, 'config.json'), 'utf8')) as {
    vocab_size: number;
  };
  const asked: Asked = { questions, vocabulary, python: null, precisions: ['app'] };
  await compute(sides, asked, folder);
  const figures = figuresOf(sides, asked, folder, (side) => BOUNDS[side]);
  expect(figures).toHaveLength(6 + 2 + 3);
  for (const figure of figures) expect(missed(figure), `${figure.what}, ${figure.between}`).toEqual([]);
  const texts = figures.find(({ what }) => what === 'merged+sft')?.texts;
  expect(texts).toEqual({ same: 8, of: 8 });
});
