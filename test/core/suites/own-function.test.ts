// A person's own reward function in the real sandbox, through the lab: its number when it is sound, a reason when it is not.
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Executor } from '../../../core/rewards/evidence.ts';
import { buildRewardBundle, sandboxExecutor } from '../../fixtures/sandbox.ts';
import { tempFolder } from '../../fixtures/temp-folder.ts';
import { strict } from '../evals/eval-lab.ts';
import { context, mine, openSuitesLab } from './lab.ts';

let executor: Executor;
beforeAll(() => {
  const limits = { timeMs: 20_000, cpuSeconds: 4 };
  executor = sandboxExecutor(buildRewardBundle(tempFolder()), { limits, workers: 1, spares: 0 });
});
afterAll(() => executor.close());

const using = (body: string) => {
  const source = `def reward(prompts, completions, **kwargs):\n    ${body}\n`;
  const own = { id: 'own', fn: 'python', weight: 2, params: { source } };
  return { ...mine, parts: [...mine.parts, own] };
};
const score = (body: string) =>
  openSuitesLab({ executor }).suites.score(
    { rowId: 'sums:main:test:1', completion: strict('2'), suite: using(body), truncated: false },
    context,
  );

test('a sound one counts, and what it prints does not', async () => {
  const result = await score('print("[1.0]"); return [0.5 for c in completions]');
  expect(result.error).toBeNull();
  expect(result.parts.own).toBe(0.5);
  expect(result.total).toBe(5);
}, 120_000);

test.each([
  ['raises', 'raise ValueError("no idea")', /ValueError.*no idea/],
  ['gives a wrong length', 'return [1.0, 1.0]', /2 scores|wrong length|list of 1/],
  ['loops', 'while True: pass', /gave no scores/],
  ['leaves its range', 'return [7.0]', /gave 7, outside of \[0, 1\]/],
  ['prints instead of returning', 'print([1.0])', /gave no scores/],
])(
  'one that %s is an error and no score',
  async (_, body, message) => {
    const result = await score(body);
    expect(result).toMatchObject({
      total: null,
      verdict: 'error',
      parts: {},
      outcomes: [],
      error: { part: 'own' },
    });
    expect(result.error?.message).toMatch(message);
  },
  120_000,
);
