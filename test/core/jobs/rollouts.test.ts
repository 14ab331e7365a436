// Questions about the rollouts of a run: lists and their orders, places by key, and words found as a plain scan finds them.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type Catalog, openCatalog } from '../../../core/catalog/catalog.ts';
import { sql } from '../../../core/catalog/sql.ts';
import { NOT_RIGHT, Verdict } from '../../../core/contract/reward.ts';
import { createLocalHost } from '../../../core/hosts/local.ts';
import { ingest } from '../../../core/jobs/ingest.ts';
import { jobPrompts, jobRollout, jobRollouts, rolloutsOfPrompt } from '../../../core/jobs/rollout-queries.ts';
import { insertJob, RunLog, writeRun } from '../../fixtures/run-log.ts';
import { tempFolder } from '../../fixtures/temp-folder.ts';

describe('rollouts', () => {
  let catalog: Catalog;
  const add = (step: number, group: number, sample: number, row: string, verdict: string, total: number) =>
    catalog.run(sql`INSERT INTO rollouts (job, step, group_index, sample, row_id, prompt, completion, tokens, truncated, total,
        parts, verdict, answer, advantage, why) VALUES ('j', ${step}, ${group}, ${sample}, ${row}, ${`What is ${row}?`},
        ${`${row} ${step} ${sample}`}, 3, 0, ${total}, '{}', ${verdict}, NULL, 0, '{}')`);
  beforeEach(() => {
    catalog = openCatalog(`${tempFolder()}/catalog.db`);
    insertJob(catalog, 'j');
    add(1, 0, 0, 'a', 'wrong', 3);
    add(1, 0, 1, 'a', 'correct', 4);
    add(1, 1, 0, 'b', 'wrong', 0);
    add(2, 0, 0, 'a', 'correct', 5);
    add(2, 1, 0, 'c', 'unparsable', 2);
    add(3, 0, 0, 'd', 'ambiguous', 1);
    // Open tasks earn most and are neither right nor wrong.
    add(3, 1, 0, 'open', 'not-applicable', 9);
    add(3, 1, 1, 'e', 'unverifiable', 8);
  });
  const ask = (filter: object) =>
    jobRollouts(catalog, { id: 'j', order: 'newest', offset: 0, limit: 10, ...filter });
  const totals = (filter: object) => ask(filter).rollouts.map((each) => each.total);

  it('come newest first, or only those that are known not to be right, highest reward first', () => {
    expect(totals({})).toEqual([1, 9, 8, 5, 2, 3, 4, 0]);
    expect(totals({ order: 'suspicious' })).toEqual([3, 2, 1, 0]);
    expect(ask({ order: 'suspicious', offset: 1, limit: 2 })).toMatchObject({
      total: 4,
      rollouts: [{ total: 2 }, { total: 1 }],
    });
    expect(totals({ order: 'suspicious', verdict: 'wrong', minTotal: 1 })).toEqual([3]);
    expect(totals({ order: 'suspicious', verdict: 'not-applicable' })).toEqual([]);
  });
  it('are not right where the contract says so, as the index has it', () => {
    for (const [sample, verdict] of Verdict.options.entries()) add(9, 0, sample, verdict, verdict, 1);
    const { rollouts } = ask({ order: 'suspicious', step: 9 });
    expect(rollouts.map(({ verdict }) => verdict).toSorted()).toEqual(NOT_RIGHT.toSorted());
  });
  it('have an advantage against their group, whatever drew it, and none where a question has one answer', () => {
    catalog.run(sql`UPDATE jobs SET kind = 'rejection' WHERE id = 'j'`);
    catalog.run(
      sql`UPDATE rollouts SET advantage = total - 3.5 WHERE job = 'j' AND step = 1 AND group_index = 0`,
    );
    const ofStep = (step: number) => ask({ step }).rollouts.map((each) => each.advantage);
    expect([ofStep(1), ofStep(2)]).toEqual([
      [-0.5, 0.5, null],
      [null, null],
    ]);
    add(2, 1, 1, 'c', 'wrong', 2); // as good as the other one: compared, and no better
    expect(rolloutsOfPrompt(catalog, 'j', 'c').map((each) => each.advantage)).toEqual([0, 0]);
  });
  it('are named by step, group and sample, and stand elsewhere when newer ones come', () => {
    const place = (key: string, filter: object = {}) =>
      jobRollout(catalog, { id: 'j', order: 'newest', key, ...filter });
    expect(place('2/1/0')).toMatchObject({ place: 4, rollout: { rowId: 'c', total: 2 } });
    expect(place('2/1/0', { verdict: 'unparsable' }).place).toBe(0);
    expect(place('2/1/0', { verdict: 'correct' })).toMatchObject({ place: null, rollout: { rowId: 'c' } });
    expect(place('7/0/0')).toEqual({ place: null, rollout: null });
    add(4, 0, 0, 'a', 'wrong', 1);
    expect(place('2/1/0')).toMatchObject({ place: 5, rollout: { rowId: 'c', total: 2 } });
  });
  it('are listed anew when the run tells of others, and not at each of its lines', () => {
    const asked: string[] = [];
    const watched: Catalog = {
      ...catalog,
      column: (query) => {
        if (query.text.includes('ORDER BY')) asked.push(query.text);
        return catalog.column(query);
      },
    };
    const list = () =>
      jobRollouts(watched, { id: 'j', order: 'newest', offset: 0, limit: 10 }).rollouts.length;
    const line = (seq: number, kind: string) =>
      catalog.run(
        sql`INSERT INTO job_events (job, seq, kind, wall, body) VALUES ('j', ${seq}, ${kind}, 0, '{}')`,
      );
    expect([list(), list(), asked.length]).toEqual([8, 8, 1]);
    line(1, 'heartbeat');
    catalog.run(sql`UPDATE jobs SET events_offset = 99 WHERE id = 'j'`);
    expect([list(), asked.length]).toEqual([8, 1]);
    line(2, 'rollouts');
    add(3, 2, 0, 'late', 'wrong', 1);
    expect([list(), asked.length]).toEqual([9, 2]);
    // Void, because a process goes over this step again and has told of nothing yet.
    catalog.run(sql`DELETE FROM rollouts WHERE job = 'j' AND step >= 3`);
    expect([list(), asked.length]).toEqual([5, 3]);
  });
  it('are told apart by question, reward and words', () => {
    expect(totals({ rowId: 'a' })).toEqual([5, 3, 4]);
    expect(totals({ step: 3, minTotal: 2 })).toEqual([9, 8]);
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
      { rowId: 'd' },
      { rowId: 'e' },
      { rowId: 'open' },
      { rowId: 'c', steps: 1, firstMean: 2, lastMean: 2 },
      { rowId: 'b', lastStep: 1 },
    ]);
    expect(jobPrompts(catalog, 'j', 'is b').map((each) => each.rowId)).toEqual(['b']);
  });

  describe('of many steps', () => {
    /** Questions are asked again and again, some in two groups of a step; another run has the same ones. */
    const fill = () => {
      insertJob(catalog, 'other');
      for (let step = 10; step < 60; step++)
        for (let group = 0; group < 4; group++)
          for (let sample = 0; sample < 3; sample++)
            add(
              step,
              group,
              sample,
              `q${(step * step + (group >> 1)) % 17}`,
              'wrong',
              ((step * 7 + group + sample) % 50) / 8,
            );
      catalog.run(sql`INSERT INTO rollouts (job, step, group_index, sample, row_id, prompt, completion, tokens, truncated, total,
          parts, verdict, answer, advantage, why) SELECT 'other', step + 1, group_index, sample, row_id, prompt, completion, tokens,
          truncated, total + 1, parts, verdict, answer, advantage, why FROM rollouts WHERE job = 'j'`);
    };
    const Rollout = z.object({ row_id: z.string(), step: z.int(), total: z.number() });
    const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
    /** One by one, without the database's own sums. Totals are eighths, so that sums are the same in any order. */
    const counted = () => {
      const all = catalog.all(Rollout, sql`SELECT row_id, step, total FROM rollouts WHERE job = 'j'`);
      const asked = [...Map.groupBy(all, (each) => each.row_id)].map(([rowId, of]) => {
        const steps = [...new Set(of.map(({ step }) => step))].sort((a, b) => a - b);
        const [firstStep = 0, lastStep = 0] = [steps[0], steps.at(-1)];
        const meanAt = (at: number) => mean(of.filter(({ step }) => step === at).map(({ total }) => total));
        return {
          ...{ rowId, domain: null, question: `What is ${rowId}?`, steps: steps.length, rollouts: of.length },
          ...{ firstStep, lastStep, firstMean: meanAt(firstStep), lastMean: meanAt(lastStep) },
        };
      });
      return asked.sort(
        (a, b) =>
          Number(b.steps > 1) - Number(a.steps > 1) ||
          b.lastStep - a.lastStep ||
          (a.rowId < b.rowId ? -1 : 1),
      );
    };

    it('are summed up as by counting them one by one, also when a process goes over steps again', () => {
      fill();
      const before = counted();
      expect(before.some(({ steps }) => steps > 2)).toBe(true);
      expect(jobPrompts(catalog, 'j', undefined)).toEqual(before);
      catalog.run(sql`DELETE FROM rollouts WHERE job = 'j' AND step >= 40`);
      add(40, 0, 0, 'q3', 'correct', 1.5);
      add(40, 1, 0, 'new', 'correct', 2.5);
      expect(counted()).not.toEqual(before);
      expect(jobPrompts(catalog, 'j', undefined)).toEqual(counted());
      expect(jobPrompts(catalog, 'j', 'is q1')).toEqual(
        counted().filter(({ question }) => question.includes('is q1')),
      );
    });

    it('are summed up from an index alone: no rollout is read for it, and none is sorted', () => {
      fill();
      const plan: string[] = [];
      const watched: Catalog = {
        ...catalog,
        all: (schema, query) => {
          const asked = { ...query, text: `EXPLAIN QUERY PLAN ${query.text}` };
          for (const { detail } of catalog.all(z.object({ detail: z.string() }), asked)) plan.push(detail);
          return catalog.all(schema, query);
        },
      };
      jobPrompts(watched, 'j', undefined);
      const looks = plan.filter((line) => /\b(rollouts|r) /.test(line));
      expect(looks.filter((line) => line.includes('COVERING INDEX rollouts_by_row'))).toHaveLength(3);
      // The text of a question that the lab has no more is the one look at a row.
      expect(looks.filter((line) => !line.includes('COVERING'))).toEqual([
        'SEARCH r USING INDEX rollouts_by_row (job=? AND row_id=?)',
      ]);
      expect(plan.filter((line) => line.includes('TEMP B-TREE FOR GROUP BY'))).toEqual([]);
    });
  });
});

describe('words in rollouts', () => {
  const steps = 150;
  let catalog: Catalog;
  /** Two runs in one lab; the first was cut, and the second process told of the last steps anew. */
  const labOf = async (ids: readonly string[]) => {
    const folder = tempFolder();
    catalog = openCatalog(join(folder, 'catalog.db'));
    for (const [seed, id] of ids.entries()) {
      const log = new RunLog(id, { seed: seed + 1 });
      const begun = log.start();
      const parts = Array.from({ length: steps }, (_, i) => log.step(i + 1, steps, 16, 6));
      const again = log.start(2);
      const over = Array.from({ length: 10 }, (_, i) => log.step(steps - 9 + i, steps, 16, 6));
      const all = [...parts, ...over];
      const job = join(folder, id);
      mkdirSync(job, { recursive: true });
      insertJob(catalog, id);
      writeRun(job, {
        events: begun + parts.map((p) => p.events).join('') + again + over.map((p) => p.events).join(''),
        rollouts: all.map((part) => part.rollouts).join(''),
      });
      await ingest(
        { catalog, host: createLocalHost(folder), now: Date.now },
        { id, folder: job },
        { final: true },
      );
    }
  };
  const Scanned = z.object({ rowid: z.int(), prompt: z.string(), completion: z.string(), total: z.number() });
  /** As a person would look: every text, word by word. */
  const scan = (id: string, words: readonly string[], atLeast: number) =>
    catalog
      .all(
        Scanned,
        sql`SELECT rowid, prompt, completion, total FROM rollouts WHERE job = ${id} ORDER BY step DESC, group_index, sample`,
      )
      .filter(({ prompt, completion, total }) => {
        const found = `${prompt} ${completion}`.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
        const all = words.every((word, i) =>
          found.some((each) => (i === words.length - 1 ? each.startsWith(word) : each === word)),
        );
        return all && total >= atLeast;
      })
      .map(({ prompt, completion }) => prompt + completion);
  const search = (id: string, text: string, minTotal?: number) => {
    const rollouts = [];
    for (let offset = 0; ; offset += 500) {
      const page = jobRollouts(catalog, { id, search: text, minTotal, order: 'newest', offset, limit: 500 });
      rollouts.push(...page.rollouts);
      if (rollouts.length >= page.total) return rollouts.map((each) => each.question + each.completion);
    }
  };

  it('are found in the same rollouts and the same order as by reading all of them', async () => {
    await labOf(['one', 'two']);
    for (const id of ['one', 'two'])
      for (const text of ['check again', 'Größer', 'st', 'turn', '7', 'nowhere', 'what is 149', '“so” ×'])
        for (const least of [undefined, 3]) {
          const words = text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
          const found = search(id, text, least);
          expect(found, `${id}: ${text}`).toEqual(scan(id, words, least ?? Number.NEGATIVE_INFINITY));
        }
    expect(() =>
      catalog.run(sql`INSERT INTO rollouts_text(rollouts_text, rank) VALUES ('integrity-check', 1)`),
    ).not.toThrow();
  });

  /** Another text in the completion of that place among those of a step. */
  const say = (place: number, completion: string) =>
    catalog.run(
      sql`UPDATE rollouts SET completion = ${completion} WHERE job = 'one' AND step = 7 AND 4 * group_index + sample = ${place}`,
    );

  it('are split as the index splits them, in every script', async () => {
    await labOf(['one']);
    const letters = ['हिन्दी', 'ภาษาไทย', 'مَدْرَسَة', 'e\u0301tude', '東京タワー', 'İstanbul'];
    const younger = ['ka\u{1fae0}ka', '\u{10ffff}x']; // than the Unicode of the index
    const texts = [...letters, ...younger];
    for (const [i, text] of texts.entries()) say(i, `So it is ${text}.`);
    for (const text of texts) expect(search('one', text), text).toHaveLength(1);
    expect(search('one', 'हिन्दी भाषा')).toEqual([]);
  });

  it('are not asked for where only signs are typed: the very signs are', async () => {
    await labOf(['one']);
    say(1, 'It is <<2+3=5>> then. #### 5');
    say(2, '#### 5');
    for (const [text, found] of [
      ['####', 2],
      ['<<', 1],
      ['<< ####', 1],
      ['%', 0],
      ['😀', 0],
      ['***', 0],
    ] as const)
      expect(search('one', text), text).toHaveLength(found);
    expect(search('one', '####', 1e9)).toEqual([]);
    expect(search('one', '  ')).toHaveLength(steps * 16);
  });

  it('go with a rollout that is told again, and with a run that goes', async () => {
    await labOf(['one']);
    const first = jobRollouts(catalog, { id: 'one', order: 'newest', offset: 0, limit: 1 }).rollouts[0];
    catalog.run(sql`UPDATE rollouts SET completion = 'unheard' WHERE job = 'one' AND step = ${first?.step ?? 0}
      AND group_index = 0 AND sample = 0`);
    expect(search('one', 'unheard')).toHaveLength(1);
    catalog.run(sql`DELETE FROM jobs WHERE id = 'one'`);
    expect(
      catalog.column(sql`SELECT rowid FROM rollouts_text WHERE rollouts_text MATCH '"unheard"'`),
    ).toEqual([]);
  });
});
