// Two suites on a stored set: the statistics by hand, the three kinds of sets, and what a big one costs.
import { describe, expect, test } from 'vitest';
import { sql } from '../../../core/catalog/sql.ts';
import { Explained, TryReport } from '../../../core/contract/rewards.ts';
import { type Executor, PythonRewardError } from '../../../core/rewards/evidence.ts';
import { findPromptTemplate } from '../../../core/rewards/prompt-template.ts';
import { correlation, flatGroups, histogram, ranks } from '../../../core/suites/spread.ts';
import { numberRow, strict } from '../evals/eval-lab.ts';
import { context, mine, openSuitesLab } from './lab.ts';

const sides = { left: 'think-first@2', right: mine };
const line = (index: number, completion: string, more: object = {}) =>
  JSON.stringify({ rowId: `sums:main:test:${index}`, completion, tokens: 120, ...more });

describe('statistics', () => {
  const scored = (total: number | null, verdict: 'correct' | 'wrong' | 'error') => ({ total, verdict });
  test('point-biserial correlation, and why there is none', () => {
    // Pearson of (1, 2, 3, 6) with (0, 0, 1, 1): 3 / sqrt(14 · 1).
    const four = [scored(1, 'wrong'), scored(2, 'wrong'), scored(3, 'correct'), scored(6, 'correct')];
    expect(correlation(four).value).toBeCloseTo(3 / Math.sqrt(14), 12);
    expect(correlation([...four, scored(null, 'error')])).toMatchObject({ n: 4, correct: 2 });
    expect(correlation(four.slice(0, 2))).toMatchObject({ value: null, reason: 'No completion is right.' });
    expect(correlation(four.slice(2)).reason).toBe('Every completion is right.');
    expect(correlation([scored(1, 'wrong'), scored(1, 'correct')]).reason).toBe('All totals are equal.');
    expect(correlation([]).n).toBe(0);
  });
  test('bins take in both ends; ranks share ties; flat groups are those without any spread', () => {
    expect(histogram([-1, 3, 3], -1, 3)).toHaveLength(24);
    expect(histogram([-1, 3, 3], -1, 3).at(-1)).toBe(2);
    expect(histogram([1, 1], 1, 1)).toEqual([2]);
    expect(ranks([5, 1, 5, 9])).toEqual([0.5, 0, 0.5, 1]);
    const [a, b] = [scored(1, 'wrong'), scored(2, 'wrong')];
    expect(flatGroups([[a, a], [a, b], [a]])).toEqual({ flat: 1, groups: 2 });
    expect(flatGroups([[a], [b]])).toBeNull();
    expect(flatGroups([new Array(200_000).fill(a)])).toEqual({ flat: 1, groups: 1 });
  });
});

describe('sets', () => {
  test('a file: groups, disagreements, lines that are none', async () => {
    const { suites, file, activities } = openSuitesLab();
    const path = file(
      'set.jsonl',
      [
        line(1, strict('2')),
        line(1, strict('2')),
        line(2, strict('5')),
        line(2, 'the answer is 4'),
        line(3, '<reasoning>\nno\n</reasoning>\n<answer>\n6\n</answer>'),
        'no completion',
        line(4, strict('8')).replace('sums', 'gone'),
        JSON.stringify({
          row: { question: '1 + 1?', answer: '2', answerType: 'number', domain: 'math' },
          completion: strict('2'),
        }),
      ].join('\r\n'),
    );
    const report = TryReport.parse(await suites.try({ set: { file: path }, ...sides }, context));
    expect(report).toMatchObject({
      set: 'set.jsonl',
      n: 6,
      total: 8,
      missing: 1,
      broken: { count: 1, firstLine: 6 },
    });
    expect(report.left).toMatchObject({
      name: 'think-first',
      version: 2,
      n: 6,
      errors: 0,
      flatGroups: { flat: 1, groups: 2 },
    });
    expect(report.left.histogram.reduce((sum, n) => sum + n, 0)).toBe(6);
    expect(report.left.correlation).toMatchObject({ n: 6, correct: 4 });
    expect(report.right.correlation.value).toBeGreaterThan(0.5);
    for (const d of report.disagreements) {
      const apart = Math.abs(d.left.rank - d.right.rank);
      expect(apart).toBeGreaterThan(0);
      const again = Explained.parse(
        await suites.score(
          d.rowId.startsWith('sums')
            ? { rowId: d.rowId, completion: d.completion, suite: mine, tokens: 120, truncated: false }
            : {
                row: { ...numberRow(1), question: '1 + 1?' },
                completion: d.completion,
                suite: mine,
                truncated: false,
              },
          context,
        ),
      );
      expect(again.total).toBe(d.right.total);
      expect(again.outcomes.reduce((sum, part) => sum + (part.score ?? 0) * part.weight, 0)).toBeCloseTo(
        d.right.total,
        12,
      );
    }
    expect(activities.list()).toEqual([]);
  });

  test('a file that changed while its trial went on is tried anew; one that did not is tried once', async () => {
    const { suites, file } = openSuitesLab();
    const write = (lines: number) =>
      file('set.jsonl', Array.from({ length: lines }, (_, i) => line(i, strict('2'))).join('\n'));
    const set = { file: write(1) };
    const left = file('mine.json', mine);
    const ask = () => suites.try({ set, left, right: mine }, context);
    const [one, same] = await Promise.all([ask(), ask()]);
    expect(same).toBe(one);
    const before = ask();
    write(2);
    const after = ask();
    file('mine.json', { ...mine, parts: mine.parts.slice(1) });
    const last = ask();
    expect(await after).not.toBe(await before);
    expect(await after).toMatchObject({ n: 2 });
    expect(await last).not.toBe(await after);
    expect(await last).toMatchObject({ left: { max: 3 } });
  });

  test('an evaluation by its id, and the rollouts of a run in their groups', async () => {
    const { suites, catalog } = openSuitesLab();
    catalog.run(sql`INSERT INTO models (id, kind, name, architecture, bytes, identity, state, template, gguf, files, created_at)
      VALUES ('m', 'base', 'M', 'gemma2', 1, 'x', 'ready', 't', '', '[]', 1)`);
    catalog.run(sql`INSERT INTO evaluations (id, name, model_id, source_id, template, suite_name, suite_hash, settings, state, total, created_at)
      VALUES ('e', 'sums', 'm', 's', 'four-step@1', 'x', 'h', '{}', 'done', 1, 1)`);
    catalog.run(sql`INSERT INTO jobs (id, name, kind, host, state, spec, spec_sha256, command, folder, base_id, suite_name,
        suite_hash, suite_max, suite_min, total_steps, created_at)
      VALUES ('j', 'climb', 'grpo', 'local', 'DONE', ${JSON.stringify({ prompt: findPromptTemplate('tiny-plain@1') })}, 'x', '{}', 'f', 'm', 's', 'h', 1, 0, 1, 1)`);
    for (let i = 0; i < 4; i++) {
      const text = strict(i % 2 === 0 ? '2' : '3');
      catalog.run(sql`INSERT INTO completions (evaluation, position, row_id, domain, text, tokens, truncated, verdict, strict, result, ms)
        VALUES ('e', ${i}, 'sums:main:test:1', 'math', ${text}, 9, 0, 'wrong', 1, '{}', 1)`);
      catalog.run(sql`INSERT INTO rollouts (job, step, group_index, sample, row_id, prompt, completion, tokens, truncated, total, parts, verdict, advantage, why)
        VALUES ('j', 1, ${i % 2}, ${i >> 1}, 'sums:main:test:1', 'p', ${text}, 9, 0, 0, '{}', 'wrong', 0, '{}')`);
    }
    const evaluation = await suites.try({ set: 'e', ...sides }, context);
    expect(evaluation).toMatchObject({ set: 'evaluation sums', n: 4, left: { flatGroups: null } });
    const run = await suites.try({ set: { run: 'j' }, ...sides }, context);
    expect(run).toMatchObject({ set: 'run climb', n: 4, left: { flatGroups: { flat: 2, groups: 2 } } });
    expect((await suites.try({ set: 'e', ...sides, limit: 2 }, context)).n).toBe(2);
    await expect(suites.try({ set: 'nothing', ...sides }, context)).rejects.toThrow(
      /nothing has the id "nothing"/,
    );
  });

  test('a copy of the worked example costs where the model was shown one, and only there', async () => {
    const { suites, catalog } = openSuitesLab();
    const copy = findPromptTemplate('four-step@1').examples[0]!.completion;
    for (const template of ['four-step@1', 'tiny-plain@1']) {
      catalog.run(sql`INSERT OR IGNORE INTO models (id, kind, name, architecture, bytes, identity, state, template, gguf, files, created_at)
        VALUES ('m', 'base', 'M', 'gemma2', 1, 'x', 'ready', 't', '', '[]', 1)`);
      catalog.run(sql`INSERT INTO evaluations (id, name, model_id, source_id, template, suite_name, suite_hash, settings, state, total, created_at)
        VALUES (${template}, 'sums', 'm', 's', ${template}, 'x', 'h', '{}', 'done', 1, 1)`);
      catalog.run(sql`INSERT INTO completions (evaluation, position, row_id, domain, text, tokens, truncated, verdict, strict, result, ms)
        VALUES (${template}, 0, 'sums:main:test:1', 'math', ${copy}, 9, 0, 'wrong', 1, '{}', 1)`);
    }
    const mean = async (id: string) => (await suites.try({ set: id, ...sides }, context)).left.moments!.mean;
    expect(await mean('four-step@1')).toBeLessThan(await mean('tiny-plain@1'));
  });

  test('10,000 completions: the event loop goes on in between, and a person can stop it', async () => {
    const { suites, file, activities } = openSuitesLab();
    const lines = Array.from({ length: 10_000 }, (_, i) => line(i, strict(String(i % 3 === 0 ? 2 * i : i))));
    const path = file('many.jsonl', lines.join('\n'));
    let turns = 0;
    const timer = setInterval(() => (turns += 1), 1);
    const report = await suites.try({ set: path, ...sides }, context);
    clearInterval(timer);
    expect(report).toMatchObject({ n: 10_000, left: { n: 10_000 }, scatter: { length: 500 } });
    expect(turns).toBeGreaterThan(50);
    console.log(`10,000 completions under two suites: ${(report.ms / 1000).toFixed(2)} s`);
    const stopped = suites.try({ set: path, ...sides }, context);
    while (activities.list().length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    activities.cancel(activities.list()[0]!.id);
    await expect(stopped).rejects.toMatchObject({ code: 'cancelled' });
  }, 60_000);
});

describe('a person’s own function', () => {
  const source = 'def reward(prompts, completions, **kwargs):\n    return [0.0 for _ in completions]\n';
  const suite = {
    ...mine,
    parts: [...mine.parts, { id: 'own', fn: 'python', weight: 1, params: { source } }],
  };
  const calling = (call: Executor['call']): Executor => ({
    run: async () => [],
    call,
    close: async () => {},
  });
  const set = (lab: ReturnType<typeof openSuitesLab>) =>
    lab.file('set.jsonl', `${line(1, strict('2'))}\n${line(2, strict('4'))}`);

  test('one that is at fault gives errors with its reason, and no totals', async () => {
    const lab = openSuitesLab({
      executor: calling(async () => {
        throw new PythonRewardError('reward returned 1 scores for 2 completions.');
      }),
    });
    const report = await lab.suites.try({ set: set(lab), left: suite, right: mine }, context);
    expect(report.left).toMatchObject({ n: 0, errors: 2, moments: null, correlation: { value: null } });
    expect(report.left.firstError).toMatch(/Part "own" failed.*1 scores for 2 completions/);
    expect(report).toMatchObject({ right: { n: 2, errors: 0 }, scatter: [], disagreements: [] });
  });

  test('without a sandbox nothing is scored', async () => {
    const lab = openSuitesLab();
    await expect(lab.suites.try({ set: set(lab), left: suite, right: mine }, context)).rejects.toThrow(
      /Deno is not installed/,
    );
    await expect(lab.suites.attack({ suite }, context)).rejects.toThrow(/Deno is not installed/);
    await expect(
      lab.suites.score({ rowId: 'sums:main:test:1', completion: 'x', suite, truncated: false }, context),
    ).rejects.toMatchObject({ code: 'unavailable' });
  });
});
