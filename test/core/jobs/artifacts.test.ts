// Which adapter of a run is best so far, and questions about rollouts on a small catalog.
import { beforeEach, describe, expect, it } from 'vitest';
import { type Catalog, openCatalog } from '../../../core/catalog/catalog.ts';
import { sql } from '../../../core/catalog/sql.ts';
import { bestOf } from '../../../core/jobs/artifacts.ts';
import { jobPrompts, jobRollouts, rolloutsOfPrompt } from '../../../core/jobs/rollout-queries.ts';
import { insertJob } from '../../fixtures/run-log.ts';
import { tempFolder } from '../../fixtures/temp-folder.ts';

describe('the best so far', () => {
  const score = (correct: number | null, mean: number | null, loss: number | null = null) => ({
    ...{ set: 's', n: 9, mean, correct, format: null, loss },
  });
  const adapter = (
    step: number,
    of: ReturnType<typeof score> | null,
    state: 'home' | 'refused' = 'home',
  ) => ({
    ...{ kind: 'lora-adapter', step, state, score: of },
  });
  it('has the most right answers, of equals the earlier', () => {
    const found = bestOf([
      adapter(10, score(0.4, 9)),
      adapter(20, score(0.6, 1)),
      adapter(30, score(0.6, 2)),
    ]);
    expect(found?.step).toBe(20);
  });
  it('earns most where nothing can be checked', () => {
    expect(bestOf([adapter(10, score(null, 1)), adapter(20, score(null, 2))])?.step).toBe(20);
  });
  it('loses least where no questions are asked', () => {
    const found = bestOf([
      adapter(10, score(null, null, 1.5)),
      adapter(20, score(null, null, 1.2)),
      adapter(30, score(null, null, 1.4)),
    ]);
    expect(found?.step).toBe(20);
  });
  it('was examined, is an adapter and was not refused', () => {
    expect(bestOf([adapter(10, null), adapter(20, score(0.9, 1), 'refused')])).toBeNull();
    expect(bestOf([{ ...adapter(10, score(1, 1)), kind: 'merged-model' }])).toBeNull();
  });
});

describe('rollouts', () => {
  let catalog: Catalog;
  beforeEach(() => {
    catalog = openCatalog(`${tempFolder()}/catalog.db`);
    insertJob(catalog, 'j');
    const add = (step: number, group: number, sample: number, row: string, verdict: string, total: number) =>
      catalog.run(sql`INSERT INTO rollouts (job, step, group_index, sample, row_id, prompt, completion, tokens, truncated, total,
        parts, verdict, answer, advantage, why) VALUES ('j', ${step}, ${group}, ${sample}, ${row}, ${`What is ${row}?`},
        ${`${row} ${step} ${sample}`}, 3, 0, ${total}, '{}', ${verdict}, NULL, 0, '{}')`);
    add(1, 0, 0, 'a', 'wrong', 3);
    add(1, 0, 1, 'a', 'correct', 4);
    add(1, 1, 0, 'b', 'wrong', 0);
    add(2, 0, 0, 'a', 'correct', 5);
    add(2, 1, 0, 'c', 'unparsable', 2);
  });
  const ask = (filter: object) =>
    jobRollouts(catalog, { id: 'j', order: 'newest', offset: 0, limit: 10, ...filter });
  const totals = (filter: object) => ask(filter).rollouts.map((each) => each.total);

  it('come newest first, or what earned much and was not right first', () => {
    expect(totals({})).toEqual([5, 2, 3, 4, 0]);
    expect(totals({ order: 'suspicious' })).toEqual([3, 2, 0, 5, 4]);
    expect(totals({ order: 'suspicious', offset: 1, limit: 2 })).toEqual([2, 0]);
  });
  it('are told apart by question, reward and words', () => {
    expect(totals({ rowId: 'a' })).toEqual([5, 3, 4]);
    expect(totals({ minTotal: 3, verdict: 'wrong' })).toEqual([3]);
    expect(ask({ search: 'is c?' })).toMatchObject({ total: 1, rollouts: [{ rowId: 'c' }] });
  });
  it('of one question come as they were trained', () => {
    const told = rolloutsOfPrompt(catalog, 'j', 'a').map((each) => [each.step, each.sample, each.total]);
    expect(told).toEqual([
      [1, 0, 3],
      [1, 1, 4],
      [2, 0, 5],
    ]);
  });
  it('are summed up by question, with what it earned first and last', () => {
    expect(jobPrompts(catalog, 'j', undefined)).toMatchObject([
      {
        rowId: 'a',
        question: 'What is a?',
        steps: 2,
        rollouts: 3,
        firstStep: 1,
        lastStep: 2,
        firstMean: 3.5,
        lastMean: 5,
      },
      { rowId: 'c', steps: 1, firstMean: 2, lastMean: 2 },
      { rowId: 'b', lastStep: 1 },
    ]);
    expect(jobPrompts(catalog, 'j', 'is b').map((each) => each.rowId)).toEqual(['b']);
  });
});
