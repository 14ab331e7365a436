// What the demo says of its numbers: no praise that they do not carry.
import { expect, it } from 'vitest';
import { meaningOf } from '../../../core/demo/meaning.ts';
import { type Answered, scoresOf } from '../../../core/demo/table.ts';
import * as statistics from '../../../core/evals/statistics.ts';

/** 300 questions and 60 open tasks; `right` of the first are right from `first` on. */
function answered(
  id: Answered['id'],
  right: number,
  { first = 0, strict = 300, open = 0.1 }: { first?: number; strict?: number; open?: number } = {},
): Answered {
  const tasks = Array.from({ length: 300 }, (_, i) => ({
    ...{ rowId: `q${i}`, domain: 'math', score: 0 },
    ...{ right: i >= first && i < first + right, strict: i < strict },
  }));
  const tried = Array.from({ length: 60 }, (_, i) => ({
    ...{ rowId: `o${i}`, domain: 'creative', right: false, strict: true },
    score: open + (i % 3) / 100,
  }));
  return { id, tasks, open: tried };
}
const told = (...all: Answered[]) => meaningOf(scoresOf(statistics, all));
const base = answered('base', 80, { strict: 20 });

it('says that the habit was learned where it is beyond chance', () => {
  expect(told(base, answered('grpo', 220))).toMatch(
    /^GRPO made thinking first the habit: 100\u00a0%.*7\u00a0% before/,
  );
});

it.each([
  ['as many were lost as gained', answered('grpo', 80, { first: 30 })],
  ['it got worse', answered('grpo', 20)],
  ['the form is no more frequent', answered('grpo', 220, { strict: 20 })],
])('does not say so where %s', (_, grpo) => {
  const text = told(base, grpo);
  expect(text).toMatch(/does not show/);
  expect(text).not.toMatch(/made thinking first the habit/);
});

it('tells what SFT taught and what it cost', () => {
  const grpo = answered('grpo', 220);
  const text = told(base, grpo, answered('plain', 3, { open: 0.9 }), answered('guarded', 218, { open: 0.8 }));
  expect(text).toMatch(
    /SFT on open tasks, upon that, took their reward from 11\u00a0% to 91\u00a0%.*but cost right answers \(73\u00a0% → 1\u00a0%\)/,
  );
  expect(text).toMatch(
    /with a guard.*to 81\u00a0% of the most, and cost no right answers beyond chance \(73\u00a0% → 73\u00a0%; 0 gained, 2 lost\)/,
  );
});

it('says so where SFT taught nothing', () => {
  expect(told(answered('grpo', 220), answered('plain', 220))).toMatch(
    /changed their reward by no more than chance, and cost no right/,
  );
});

it('tells a loss in a domain by the numbers of that domain, also where the sum has risen', () => {
  const withDomains = (checkpoint: Answered, math: number, logic: number): Answered => ({
    ...checkpoint,
    tasks: checkpoint.tasks.map((each, i) => ({
      ...each,
      ...(i < 150 ? { domain: 'math', right: i < math } : { domain: 'logic', right: i - 150 < logic }),
    })),
  });
  const grpo = withDomains(answered('grpo', 0), 150, 30);
  const guarded = withDomains(answered('guarded', 0, { open: 0.8 }), 120, 90);
  const text = told(withDomains(base, 20, 20), grpo, guarded);
  expect(text).toContain(
    'cost right answers in math (100\u00a0% → 80\u00a0%) (60\u00a0% → 70\u00a0% in all)',
  );
  expect(told(withDomains(base, 50, 0), withDomains(answered('grpo', 0), 20, 150))).toContain(
    'It lost right answers in math (33\u00a0% → 13\u00a0%).',
  );
});
