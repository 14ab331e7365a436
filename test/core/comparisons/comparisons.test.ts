// Two evaluations side by side: pairs, order, statistics, and the sentences about what is not comparable.
import { afterEach, describe, expect, it } from 'vitest';
import { sql } from '../../../core/catalog/sql.ts';
import { createComparisons } from '../../../core/comparisons/comparisons.ts';
import * as statistics from '../../../core/evals/statistics.ts';
import { context, fakeInference, numberRow, openEvalLab, start, strict } from '../evals/eval-lab.ts';

type Started = Partial<typeof start> & { limit?: number; template?: string };
const labs: ReturnType<typeof openEvalLab>[] = [];
afterEach(async () => {
  for (const lab of labs.splice(0)) await lab.close();
});

/** Two runs over ten rows; a row is right on a side when its number is in the list. */
async function pair(left: number[], right: number[], options: { left?: Started; right?: Started } = {}) {
  let rightNumbers = left;
  const { inference } = fakeInference({
    answer: (prompt) => {
      const asked = Number(/What is (\d+)/.exec(prompt)![1]);
      return rightNumbers.includes(asked) ? strict(String(2 * asked)) : 'I think it is 1.';
    },
  });
  const rows = Array.from({ length: 10 }, (_, i) => numberRow(i + 1, i < 5 ? 'math' : 'logic'));
  const lab = openEvalLab({ inference, rows });
  labs.push(lab);
  const run = async (name: string, change: Started = {}) => {
    const { id } = await lab.evals.start({ ...start, name, ...change }, context);
    await lab.evals.wait({ id }, context);
    return id;
  };
  const ids = { left: await run('before', options.left), right: '' };
  rightNumbers = right;
  ids.right = await run('after', options.right);
  const comparisons = createComparisons({ catalog: lab.catalog, rowById: lab.rowById, statistics });
  return { lab, comparisons, ids };
}

describe('a pair', () => {
  it('counts gained and lost, tests them exactly, and gives the interval of the difference', async () => {
    const { comparisons, ids } = await pair([1, 2, 6], [2, 3, 4, 5, 6, 7, 8, 9]);
    const found = await comparisons.pair(ids, context);
    expect(found).toMatchObject({ n: 10, gained: 6, lost: 1, bothRight: 2, bothWrong: 1, cautions: [] });
    expect(found.left).toMatchObject({ name: 'before', accuracy: { count: 3, n: 10 }, format: { count: 3 } });
    expect(found.right).toMatchObject({ name: 'after', accuracy: { count: 8, n: 10 } });
    expect(found.pValue).toBeCloseTo(0.125, 12); // 2 · (C(7,0) + C(7,1)) / 2^7
    expect(found.difference.value).toBeCloseTo(0.5, 12);
    expect(found.difference.low).toBeGreaterThan(0);
    expect(found.byDomain).toMatchObject([
      { domain: 'logic', n: 5, gained: 3, lost: 0, left: { count: 1 }, right: { count: 4 } },
      { domain: 'math', n: 5, gained: 3, lost: 1, left: { count: 2 }, right: { count: 4 } },
    ]);
  });

  it('lists what was lost first, then what was gained, each row with both answers', async () => {
    const { comparisons, ids } = await pair([1, 2, 6], [2, 3, 6]);
    const all = await comparisons.rows({ ...ids, offset: 0, limit: 4 }, context);
    expect(all.total).toBe(10);
    expect(all.rows.map((row) => [row.rowId.split(':').at(-1), row.outcome])).toEqual([
      ['1', 'lost'],
      ['3', 'gained'],
      ['4', 'both-wrong'],
      ['5', 'both-wrong'],
    ]);
    expect(all.rows[0]).toMatchObject({
      left: { runId: ids.left, verdict: 'correct', gold: '2', question: 'What is 1 + 1?' },
      right: { runId: ids.right, verdict: 'unparsable', text: 'I think it is 1.' },
    });
    const gained = await comparisons.rows(
      { ...ids, outcome: 'gained', domain: 'math', offset: 0, limit: 9 },
      context,
    );
    expect(gained).toMatchObject({ total: 1, rows: [{ outcome: 'gained' }] });
    expect(
      (await comparisons.rows({ ...ids, outcome: 'both-right', offset: 0, limit: 9 }, context)).total,
    ).toBe(2);
    const last = await comparisons.rows({ ...ids, offset: 8, limit: 9 }, context);
    expect(last.rows.map((row) => row.outcome)).toEqual(['both-right', 'both-right']);
  });
});

describe('cautions', () => {
  it('name everything besides the model that the two runs do not share', async () => {
    const { comparisons, ids, lab } = await pair([1], [2], {
      left: { limit: 8, maxTokens: 900 },
      right: { template: 'four-step@1', temperature: 1 },
    });
    lab.catalog.run(
      sql`UPDATE evaluations SET suite_hash = 'older', state = 'paused' WHERE id = ${ids.left}`,
    );
    const { cautions, n } = await comparisons.pair(ids, context);
    expect(n).toBe(8);
    expect(cautions).toEqual([
      'The prompt template differs: tiny-plain@1 on the left, four-step@1 on the right. The models were not asked the same thing.',
      'The reward suite "think-first@2" changed in between: older on the left, suite-hash on the right. The answers were not read by the same rules.',
      'The token limit differs: 900 on the left, 1000 on the right. A cut answer counts as wrong.',
      'The temperature differs: 0 on the left, 1 on the right. Drawn answers vary from run to run.',
      '"before" is paused; it has not answered all of its 8 rows.',
      'Only the 8 rows that both answered are compared (8 on the left, 10 on the right).',
    ]);
  });

  it('say when rows are left out because an answer could not be judged', async () => {
    const { comparisons, ids, lab } = await pair([1], [2]);
    lab.catalog.run(
      sql`UPDATE completions SET verdict = 'error' WHERE evaluation = ${ids.right} AND position < 3`,
    );
    const found = await comparisons.pair(ids, context);
    expect(found.n).toBe(7);
    expect(found.cautions).toEqual([
      '3 shared rows are left out: their answers could not be judged on one of the sides.',
    ]);
  });
});

describe('what cannot be compared', () => {
  it('is refused: no shared row, the same run twice, a run that is not there', async () => {
    const { comparisons, ids } = await pair([1], [2], { left: { limit: 3 }, right: { seed: 3, limit: 5 } });
    expect(() => comparisons.pair(ids, context)).toThrow(
      /"before" and "after" have no row in common that both answered/,
    );
    expect(() => comparisons.rows({ ...ids, offset: 0, limit: 5 }, context)).toThrow(/have no row in common/);
    expect(() => comparisons.pair({ left: ids.left, right: ids.left }, context)).toThrow(
      /both sides are the same/,
    );
    expect(() => comparisons.pair({ left: ids.left, right: 'x' }, context)).toThrow(
      /There is no evaluation "x"/,
    );
  });
});
