// The table of checkpoints and the rule by which the best one is named.
import { expect, it } from 'vitest';
import { printDomains } from '../../../core/command-line/demo-table.ts';
import { type Answered, bestOf, scoresOf } from '../../../core/demo/table.ts';
import * as statistics from '../../../core/evals/statistics.ts';

/** 100 questions of two domains of which the first `right` are right, and ten open tasks of one score. */
function answered(id: Answered['id'], right: number, open: number | null): Answered {
  return {
    id,
    tasks: Array.from({ length: 100 }, (_, i) => ({
      ...{ rowId: `q${i}`, domain: i % 2 ? 'math' : 'logic', strict: true, score: 1 },
      right: i < right,
    })),
    open:
      open === null
        ? null
        : Array.from({ length: 10 }, (_, i) => ({
            ...{ rowId: `o${i}`, domain: 'creative', right: false, strict: false, score: open },
          })),
  };
}
const recipe = [
  answered('base', 20, 0.1),
  answered('grpo', 80, 0.1),
  answered('plain', 10, 0.9),
  answered('guarded', 78, 0.7),
];

it('has a line for each checkpoint, paired with the one that it was trained from', () => {
  const [base, grpo, plain, guarded] = scoresOf(statistics, recipe);
  expect(base).toMatchObject({ name: 'Base', kept: null, openChange: null, right: { count: 20, n: 100 } });
  expect(base!.rightByDomain.map(({ domain, right }) => [domain, right.count, right.n])).toEqual([
    ['logic', 10, 50],
    ['math', 10, 50],
  ]);
  expect(grpo!.kept).toMatchObject({ id: 'base', gained: 60, lost: 0 });
  expect(plain!.kept).toMatchObject({ id: 'grpo', gained: 0, lost: 70 });
  expect(guarded!.kept).toMatchObject({ id: 'grpo', gained: 0, lost: 2, pValue: 0.5 });
  expect(guarded!.openChange!.value).toBeCloseTo(0.6);
  expect(guarded!.openByDomain).toMatchObject([{ domain: 'creative', score: { n: 10 } }]);
  expect(guarded!.openByDomain[0]!.change!.value).toBeCloseTo(0.6);
  expect(base!.openByDomain[0]!.change).toBeNull();
  expect(guarded!.format).toMatchObject({ count: 100, n: 100 });
  expect(guarded!.openFormat).toMatchObject({ count: 0, n: 10 });
  expect([grpo, plain, guarded].map((each) => each!.forgot)).toEqual([false, true, false]);
});

it('says in which domain right answers were lost, though the others hide it in the sum', () => {
  const before = answered('grpo', 50, 0.1);
  const after = {
    ...answered('guarded', 50, 0.7),
    // 12 of math's 25 are lost, 12 of logic are gained
    tasks: before.tasks.map((each, i) => ({
      ...each,
      right: each.domain === 'math' ? i < 26 : i < 74,
    })),
  };
  const [, guarded] = scoresOf(statistics, [before, after]);
  expect(guarded!.kept).toMatchObject({ gained: 12, lost: 12, pValue: 1 });
  expect(guarded!.kept!.byDomain.map(({ domain, gained, lost }) => [domain, gained, lost])).toEqual([
    ['logic', 12, 0],
    ['math', 0, 12],
  ]);
  expect(guarded).toMatchObject({ forgot: true, forgotDomains: ['math'] });
  expect(bestOf(statistics, [before, after]).id).toBe('grpo');
  // nor is it the best when it has the most right answers of all
  const more = {
    ...after,
    tasks: after.tasks.map((each) => ({ ...each, right: each.domain === 'math' ? each.right : true })),
  };
  expect(scoresOf(statistics, [before, more])[1]).toMatchObject({ forgotDomains: ['math'] });
  expect(bestOf(statistics, [before, more]).id).toBe('grpo');
});

it.each([
  ['the open tasks decide among those that forgot nothing', recipe, 'guarded'],
  ['a checkpoint that forgot is out, however good it is at open tasks', recipe.slice(0, 3), 'grpo'],
  ['the base stays where nothing is better', [recipe[0]!, answered('grpo', 5, 0.9)], 'base'],
  [
    'without open tasks the most right answers decide',
    [answered('base', 20, null), answered('grpo', 21, null)],
    'grpo',
  ],
] as const)('%s', (_, all, best) => {
  expect(bestOf(statistics, all)).toMatchObject({ id: best, rule: expect.stringMatching(/McNemar/) });
});

it('is printed with an interval in every domain', () => {
  const lines = printDomains(scoresOf(statistics, recipe)).split('\n');
  expect(lines[0]).toMatch(/by domain +logic +math +creative/);
  expect(lines[1]).toMatch(/Base +20\.0 % \(11\.2–33\.0\) +20\.0 % \(11\.2–33\.0\) +10\.0 % \(10\.0–10\.0\)/);
  expect(lines[3]).toContain('10.0 % (4.3–21.4) lost');
});
