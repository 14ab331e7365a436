// What the dialog of a new evaluation starts from.
import { expect, it } from 'vitest';
import type { Evaluation } from '../../core/contract/evals.ts';
import type { Preset } from '../../core/contract/jobs.ts';
import { startDefaults } from '../../renderer/evals/start-defaults.ts';

const evaluation = (modelId: string, sourceId: string, total: number, maxTokens: number) =>
  ({ modelId, sourceId, total, settings: { maxTokens } }) as Evaluation;
const preset = {
  kind: 'grpo',
  baseId: 'tiny',
  settings: { rollout: { maxCompletionTokens: 96 } },
} as Preset;
/** Newest first, as the core lists them. */
const taken = [
  evaluation('tiny', 'other', 20, 64),
  evaluation('tiny', 'held-out', 400, 160),
  evaluation('tiny', 'held-out', 50, 32),
];

it('is the last one of the same base on the same questions, so that the two can be compared', () => {
  expect(startDefaults('tiny', 'held-out', taken, [preset])).toEqual({ questions: 400, maxTokens: 160 });
});

it('keeps the length of the base on questions that it was not asked yet', () => {
  expect(startDefaults('tiny', 'new', taken, [preset])).toEqual({ questions: 300, maxTokens: 64 });
});

it('is the length that the base is trained with before it was ever measured, and else a plain default', () => {
  expect(startDefaults('tiny', 'held-out', [], [preset])).toEqual({ questions: 300, maxTokens: 96 });
  expect(startDefaults('gguf', 'held-out', taken, [preset])).toEqual({ questions: 300, maxTokens: 256 });
  expect(startDefaults(undefined, undefined, [], [])).toEqual({ questions: 300, maxTokens: 256 });
});
