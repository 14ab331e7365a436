// Exit codes of answers that are bad news.
import { expect, test } from 'vitest';
import { exitCodeFor } from '../../../core/command-line/exit-code.ts';

test('a check or a scorer that says no ends with 1', () => {
  expect(exitCodeFor({ feature: 'jobs', verb: 'preflight' }, { ok: false })).toBe(1);
  expect(exitCodeFor({ feature: 'rewards', verb: 'score' }, { verdict: 'error' })).toBe(1);
  expect(exitCodeFor({ feature: 'models', verb: 'import' }, { state: 'refused' })).toBe(1);
  expect(exitCodeFor({ feature: 'models', verb: 'get' }, { state: 'refused' })).toBe(0);
  expect(exitCodeFor({ feature: 'rewards', verb: 'score' }, { verdict: 'wrong' })).toBe(0);
  expect(exitCodeFor({ feature: 'demo', verb: 'latest' }, null)).toBe(0);
});

test('a run that was waited for: 1 where it failed or was lost, 0 where it was stopped or its time was over', () => {
  const code = (verb: string, state: string) => exitCodeFor({ feature: 'jobs', verb }, { state });
  expect(['FAILED', 'LOST'].map((state) => code('wait', state))).toEqual([1, 1]);
  expect(['DONE', 'STOPPED', 'EXPIRED'].map((state) => code('wait', state))).toEqual([0, 0, 0]);
  expect(code('get', 'FAILED')).toBe(0);
});
