// Stages of a program on charts and in words: where each begins, and which of them made a step of the run.
import { expect, it } from 'vitest';
import type { RunStage } from '../../core/contract/run-views.ts';
import {
  isRewarded,
  marksOf,
  shortStep,
  spanOf,
  stageAt,
  stepIn,
  stepInWords,
  stepsInWords,
} from '../../renderer/run-stages.ts';
import { runStateInWords, runStepInWords } from '../../renderer/run-state.ts';

it('says of a run how far it is, and of one that only writes files that it has no steps', () => {
  const alone = {
    state: 'FAILED',
    made: 3,
    totalSteps: 9,
    moment: { stage: null, step: 3, steps: 9 },
  } as const;
  expect(runStepInWords({ ...alone, kind: 'grpo' })).toBe('step 3 of 9');
  expect(runStepInWords({ ...alone, kind: 'merge', made: 0, totalSteps: 0 })).toBe('no steps');
});

it('says of a program in which stage it is, apart from the steps of all stages', () => {
  const program = {
    kind: 'program',
    totalSteps: 20,
    made: 10,
    moment: { stage: 'sft', step: 4, steps: 10 },
  } as const;
  // Four of its ten steps were left undone by the stage before: the run is at step 14 of 20, and has made ten.
  for (const state of ['RUNNING', 'STOPPED', 'FAILED', 'LOST'] as const)
    expect(runStepInWords({ ...program, state })).toBe('sft · step 4 of 10 · 10 of 20 steps in all');
  expect(runStepInWords({ ...program, state: 'FAILED', moment: { stage: 'merge', step: 0, steps: 0 } })).toBe(
    'merge · 10 of 20 steps in all',
  );
  expect(runStepInWords({ ...program, state: 'DONE', made: 16 })).toBe('16 of 20 steps in all');
  expect(runStepInWords({ ...program, state: 'DONE', made: 20 })).toBe('20 steps in all');
  const before = { stage: null, step: 0, steps: 20 };
  expect(runStepInWords({ ...program, state: 'STAGING', made: 0, moment: before })).toBe('step 0 of 20');
});

it('leaves a step out of the state, beside which it stands', () => {
  expect(runStateInWords('RUNNING', 'step 5 of 10')).toBe('running');
  expect(runStateInWords('RUNNING', 'sft: step 5 of 10')).toBe('running');
  expect(runStateInWords('RUNNING', 'sft: loading the base')).toBe('running · sft: loading the base');
  expect(runStateInWords('STOPPED', 'step 5 of 10')).toBe('stopped');
});

const stage = (id: string, firstStep: number | null, steps: number | null): RunStage => ({
  ...{ id, kind: 'sft', from: 'base', firstStep, steps },
  ...{ reached: steps, state: 'done', reason: '', message: '' },
  ...{ startedAt: 0, endedAt: 1 },
});
const stages = [stage('grpo', 0, 60), stage('merge', 60, 0), stage('sft', 60, 80), stage('last', null, 9)];

it('finds the stages that tell something by its steps', () => {
  expect(spanOf(stages, [61, 100])).toEqual({ from: 60, until: 140 });
  expect(spanOf(stages, [60, 61])).toEqual({ from: 0, until: 140 });
  expect(spanOf(stages, [])).toBeNull();
  expect(spanOf([], [3])).toBeNull();
});

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
  // Both stand at step 60 of the run: what grpo told of its last step, and sft's exam before its first.
  expect(stepInWords(stages, 60, true)).toBe('sft · step 0 of 80');
  expect(stepInWords(stages, 0, true)).toBe('grpo · step 0 of 60');
  expect(stepInWords([], 7)).toBe('step 7');
  expect(shortStep([], 7)).toBe('7');
});

it('reads a step as it is written, and none that its stage does not have', () => {
  expect(stepIn(stages, 'sft 80')).toBe(140);
  expect(stepIn(stages, shortStep(stages, 61))).toBe(61);
  expect(stepIn(stages, '141')).toBe(141);
  // Beyond its end lie the steps of the next stage, before its first those of the one before.
  for (const text of ['grpo 61', 'sft 81', 'sft 0', 'merge 1', 'last 1', 'other 1', 'sft', 'sft x'])
    expect(stepIn(stages, text), text).toBeNull();
});

it('says how many steps a stage takes, and how far one came that ended early or is at work', () => {
  const words = (state: RunStage['state'], reached: number | null, steps: number | null = 130) =>
    stepsInWords({ ...stage('x', 0, steps), state, reached });
  expect(words('done', 130)).toBe('130 steps');
  expect(words('waiting', null)).toBe('130 steps');
  for (const state of ['done', 'cut', 'failed', 'begun'] as const)
    expect(words(state, 40)).toBe('step 40 of 130');
  expect(words('begun', 130)).toBe('step 130 of 130');
  expect(words('waiting', null, 0)).toBeNull();
  expect(words('waiting', null, null)).toBe('steps not known yet');
  expect(words('skipped', null, null)).toBeNull();
});

it('knows which kinds earn rewards', () => {
  const kinds = ['grpo', 'rejection', 'evaluate', 'sft', 'dpo', 'merge'];
  expect(kinds.filter((kind) => isRewarded({ ...stage('x', 0, 1), kind }))).toEqual(kinds.slice(0, 3));
});
