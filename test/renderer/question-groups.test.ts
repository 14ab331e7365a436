// The completions of one question, grouped by step, and the two that stand against each other.
import { expect, test } from 'vitest';
import type { Rollout } from '../../core/contract/run-views.ts';
import { byStep, openAmong, pick, placeOf } from '../../renderer/jobs/question-groups.ts';

const rollout = (step: number, sample: number, total: number, completion: string): Rollout => ({
  ...{
    jobId: 'j',
    group: 0,
    rowId: 'r',
    domain: null,
    question: 'q',
    tokens: 1,
    truncated: false,
    parts: {},
  },
  ...{ verdict: 'wrong', answer: null, advantage: 0 },
  ...{ step, sample, total, completion },
});
const all: Rollout[] = [
  rollout(3, 0, 1, 'a'),
  rollout(3, 1, 2, 'b'),
  rollout(9, 0, 4, 'c'),
  rollout(9, 1, 4, 'c'),
];

test('a question stays open wherever it stands by now; one that is not listed gives way to the first', () => {
  const listed = (...rowIds: string[]) => rowIds.map((rowId) => ({ rowId }));
  expect(openAmong(listed('a', 'b'), undefined)).toEqual({ selected: 0, toOpen: 'a' });
  expect(openAmong(listed('a', 'b'), 'a')).toEqual({ selected: 0, toOpen: null });
  expect(openAmong(listed('c', 'b', 'a'), 'a')).toEqual({ selected: 2, toOpen: null });
  expect(openAmong(listed('c'), 'a')).toEqual({ selected: 0, toOpen: 'c' });
  expect(openAmong([], 'a')).toEqual({ selected: 0, toOpen: null });
});

test('a step has its mean and how many of its texts differ', () => {
  expect(byStep(all).map(({ step, mean, distinct }) => [step, mean, distinct])).toEqual([
    [3, 1.5, 2],
    [9, 4, 1],
  ]);
});

test('a place names a completion and back; one that is not there falls back', () => {
  const groups = byStep(all);
  for (const each of all) expect(pick(groups, placeOf(groups, each), all[0]!)).toBe(each);
  expect(pick(groups, '9/7', all[1]!)).toBe(all[1]);
  expect(pick(groups, undefined, all[3]!)).toBe(all[3]);
});
