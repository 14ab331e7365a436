// What runs are called where nobody has named them.
import { expect, it } from 'vitest';
import { runName } from '../../../core/jobs/run-name.ts';

const run = { kind: 'grpo', preset: 'play', suite: 'think-first@2', base: 'Tiny', seed: 1 } as const;
const free = () => false;

it('say what they do, on what', () => {
  expect(runName(run, free)).toBe('think-first@2 on Tiny · seed 1');
  expect(runName({ ...run, suite: null }, free)).toBe('play on Tiny · seed 1');
  expect(runName({ ...run, kind: 'evaluate' }, free)).toBe('Evaluation of Tiny by think-first@2');
  expect(runName({ ...run, kind: 'merge', suite: null }, free)).toBe('Merge of Tiny');
});

it('are those of no other run', () => {
  const taken = ['think-first@2 on Tiny · seed 1', 'think-first@2 on Tiny · seed 1 · 2'];
  expect(runName(run, (name) => taken.includes(name))).toBe('think-first@2 on Tiny · seed 1 · 3');
});
