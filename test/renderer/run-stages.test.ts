// Stages of a program on charts and in words: where each begins, and which of them made a step of the run.
import { expect, it } from 'vitest';
import type { RunStage } from '../../core/contract/run-views.ts';
import { marksOf, shortStep, stageAt, stepInWords } from '../../renderer/run-stages.ts';

const stage = (id: string, firstStep: number | null, steps: number | null): RunStage => ({
  ...{ id, kind: 'sft', from: 'base', firstStep, steps },
  ...{ reached: steps, state: 'done', reason: '', message: '' },
  ...{ startedAt: 0, endedAt: 1 },
});
const stages = [stage('grpo', 0, 60), stage('merge', 60, 0), stage('sft', 60, 80), stage('last', null, 9)];

it('marks where stages with steps begin, as far as they have begun', () => {
  expect(marksOf(stages)).toEqual([
    { at: 0, label: 'grpo' },
    { at: 60, label: 'sft' },
  ]);
});

it('names a step of the run by its stage and that stage’s own step', () => {
  expect(stepInWords(stages, 60)).toBe('grpo · step 60 of 60');
  expect(stepInWords(stages, 61)).toBe('sft · step 1 of 80');
  expect(shortStep(stages, 140)).toBe('sft 80');
  expect(stageAt(stages, 141)).toBeUndefined();
  expect(stepInWords([], 7)).toBe('step 7');
  expect(shortStep([], 7)).toBe('7');
});
