// Suites of one's own: what is kept, refused, compared and sent to others, and what an editor is told about a bad draft.
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { sql } from '../../../core/catalog/sql.ts';
import { KeptSuite, PartCatalogue, SuiteInfo } from '../../../core/contract/rewards.ts';
import { type Executor, PythonRewardError } from '../../../core/rewards/evidence.ts';
import { numberRow } from '../evals/eval-lab.ts';
import { context, mine, openSuitesLab } from './lab.ts';

const edited = {
  ...mine,
  parts: [mine.parts[0]!, { ...mine.parts[1]!, weight: 4, params: { nearMiss: 0.2 } }],
};

describe('versions', () => {
  test('a save makes the next version, and the same suite none', async () => {
    const { suites } = openSuitesLab();
    const first = await suites.save({ suite: mine, note: 'to begin with' }, context);
    expect(KeptSuite.parse(first)).toMatchObject({
      name: 'mine',
      version: 1,
      made: true,
      shipped: false,
      max: 4,
    });
    expect(await suites.save({ suite: mine }, context)).toMatchObject({ version: 1, made: false });
    const second = await suites.save({ suite: { ...edited, version: 99 } }, context);
    expect(second).toMatchObject({ version: 2, made: true, max: 5 });
    expect(second.hash).not.toBe(first.hash);
    const all = await suites.suites({}, context);
    expect(all.map(({ name, version }) => `${name}@${version}`).slice(-2)).toEqual(['mine@2', 'mine@1']);
    expect(await suites.show({ suite: 'mine' }, context)).toMatchObject({ version: 2, note: null });
    expect(SuiteInfo.parse(await suites.show({ suite: 'mine@1' }, context)).note).toBe('to begin with');
  });

  test('a number that was used is never given to other contents; the same contents get it back', async () => {
    const { suites } = openSuitesLab();
    await suites.save({ suite: mine, note: 'first' }, context);
    await suites.remove({ suite: 'mine@1' }, context);
    await expect(suites.show({ suite: 'mine' }, context)).rejects.toThrow(/no reward suite/);
    expect(await suites.save({ suite: edited }, context)).toMatchObject({ version: 2, made: true });
    expect(await suites.save({ suite: mine, note: 'back' }, context)).toMatchObject({
      version: 1,
      note: 'back',
    });
  });

  test('a file is shown as a suite is, and a draft in one is imported as the next version', async () => {
    const { suites, file } = openSuitesLab();
    const path = file('draft.json', mine);
    expect(await suites.show({ suite: path }, context)).toMatchObject({
      name: 'mine',
      max: 4,
      createdAt: null,
    });
    expect(await suites.import({ from: path }, context)).toMatchObject({ version: 1, made: true });
  });

  test('a draft under the name of a shipped suite is told at its check', async () => {
    const { suites } = openSuitesLab();
    const { ok, problems } = await suites.check({ suite: { ...mine, name: 'think-first' } }, context);
    expect([ok, problems[0]?.field]).toEqual([false, 'name']);
    expect((await suites.check({ suite: 'think-first' }, context)).ok).toBe(true);
  });

  test('names of shipped suites are refused with another one', async () => {
    const { suites } = openSuitesLab();
    await expect(suites.save({ suite: { ...mine, name: 'think-first' } }, context)).rejects.toThrow(
      /"think-first" is the name of a suite that comes with the program.*"my-think-first"/,
    );
  });

  test('what was scored by a suite keeps it', async () => {
    const { suites, catalog } = openSuitesLab();
    const { hash } = await suites.save({ suite: mine }, context);
    catalog.run(sql`INSERT INTO models (id, kind, name, architecture, bytes, identity, state, template, gguf, files, created_at)
      VALUES ('m', 'base', 'M', 'gemma2', 1, 'x', 'ready', 't', '', '[]', 1)`);
    catalog.run(sql`INSERT INTO evaluations (id, name, model_id, source_id, template, suite_name, suite_hash, settings, state, total, created_at)
      VALUES ('e', 'n', 'm', 's', 't', 'mine@1', ${hash}, '{}', 'done', 1, 1)`);
    expect((await suites.show({ suite: 'mine' }, context)).uses).toEqual({ evaluations: 1, runs: 0 });
    await expect(suites.remove({ suite: 'mine@1' }, context)).rejects.toThrow(/stays: 1 evaluations/);
    catalog.run(sql`DELETE FROM evaluations`);
    await expect(suites.remove({ suite: 'mine' }, context)).rejects.toThrow(/name the version too/);
    await expect(suites.remove({ suite: 'open-r1@1' }, context)).rejects.toThrow(/comes with the program/);
    expect(await suites.remove({ suite: 'mine@1' }, context)).toEqual({ removed: 'mine@1' });
    await expect(suites.show({ suite: 'mine' }, context)).rejects.toThrow(/no reward suite "mine"/);
  });

  test('a diff names part, field and both values', async () => {
    const { suites } = openSuitesLab();
    const right = { ...edited, parts: [edited.parts[1]!, { id: 'length', fn: 'soft-overlong', weight: 1 }] };
    const diff = await suites.diff({ left: mine, right }, context);
    expect([diff.left.max, diff.right.max]).toEqual([4, 4]);
    expect(
      diff.changes.map(({ change, part, field, left, right: to }) => [change, part, field, left, to]),
    ).toEqual([
      ['removed', 'format', null, mine.parts[0], null],
      ['changed', 'answer', 'weight', 3, 4],
      ['changed', 'answer', 'params.nearMiss', null, 0.2],
      ['added', 'length', null, null, right.parts[1]],
    ]);
    expect((await suites.diff({ left: mine, right: mine }, context)).changes).toEqual([]);
  });
});

describe('files', () => {
  test('an export is imported elsewhere as the same suite', async () => {
    const [here, there] = [openSuitesLab(), openSuitesLab()];
    await here.suites.save({ suite: mine, note: 'ours' }, context);
    const to = join(here.folder, 'mine.json');
    const { hash } = await here.suites.export({ suite: 'mine', to }, context);
    await expect(here.suites.export({ suite: 'mine', to }, context)).rejects.toThrow(/is there already/);
    expect(await there.suites.import({ from: to }, context)).toMatchObject({
      made: true,
      hash,
      note: 'ours',
    });
    expect(await there.suites.import({ from: to }, context)).toMatchObject({ made: false, hash });
  });

  const suite = { ...mine, version: 1 };
  const exported = { format: 'forethought-reward-suite', formatVersion: 1, suite, note: null };
  test.each([
    [
      'a file from a newer version',
      { ...exported, formatVersion: 2 },
      /newer version of the program \(format 2/,
    ],
    [
      'a suite from a newer version',
      { ...exported, suite: { ...suite, judge: 'x' } },
      /field "judge".*newer version/,
    ],
    [
      'a part from a newer version',
      { ...exported, suite: { ...suite, parts: [{ id: 'a', fn: 'telepathy', weight: 1 }] } },
      /no reward function "telepathy"/,
    ],
    ['broken JSON', '{"format": ', /is no JSON/],
    ['NaN, which JSON has not', '{"format": "forethought-reward-suite", "formatVersion": NaN}', /is no JSON/],
    ['another file', { hello: 'world' }, /was not written by an export/],
    ['another format', { ...exported, format: 'x' }, /holds no reward suite/],
    [
      'a name that is taken with other contents',
      { ...exported, suite: { ...edited, version: 1 } },
      /"mine@1" with other contents/,
    ],
    [
      'the name of a shipped one',
      { ...exported, suite: { ...suite, name: 'open-r1' } },
      /"open-r1" is the name of a suite that comes with/,
    ],
  ])('%s changes nothing', async (_, content, message) => {
    const { suites, file } = openSuitesLab();
    await suites.save({ suite: mine }, context);
    const before = await suites.suites({}, context);
    await expect(suites.import({ from: file('in.json', content) }, context)).rejects.toThrow(message);
    expect(await suites.suites({}, context)).toEqual(before);
  });
});

describe('a bad draft', () => {
  const { suites } = openSuitesLab();
  const part = (change: object) => ({ ...mine, parts: [mine.parts[0], { ...mine.parts[1], ...change }] });
  test.each([
    ['an unknown part', part({ fn: 'telepathy' }), 1, 'fn', /no reward function "telepathy"/],
    ['weight NaN', part({ weight: Number.NaN }), 1, 'weight', /a number from 0 to 1000\.$/],
    ['weight beyond bounds', part({ weight: 1e308 }), 1, 'weight', /a number from 0 to 1000, not 1e\+308/],
    ['weight Infinity', part({ weight: Number.POSITIVE_INFINITY }), 1, 'weight', /not Infinity/],
    [
      'an unknown domain',
      part({ when: { domain: ['alchemy'] } }),
      1,
      'when.domain',
      /unknown domain "alchemy"/,
    ],
    [
      'a parameter out of bounds',
      part({ params: { nearMiss: 2 } }),
      1,
      'params.nearMiss',
      /must lie between/,
    ],
    ['a rubric without items', part({ fn: 'rubric', params: { items: [] } }), 1, null, /rubric/],
    ['a function without a source', part({ fn: 'python' }), 1, 'params', /"source" is empty/],
    ['a field of a newer version', { ...mine, ensemble: true }, null, 'ensemble', /newer version/],
    ['an id twice', part({ id: 'format' }), 1, 'id', /id "format"/],
    ['no name', { ...mine, name: '' }, null, 'name', /no name/],
    ['a name with a dot', { ...mine, name: 'mine.json' }, null, 'name', /lower-case letters/],
    ['an unknown structure', { ...mine, structure: 'haiku@1' }, null, 'structure', /no structure "haiku@1"/],
    [
      'every weight 0',
      { ...mine, parts: mine.parts.map((each) => ({ ...each, weight: 0 })) },
      null,
      'weight',
      /every weight is 0/,
    ],
    ['no parts', { ...mine, parts: [] }, null, 'parts', /no parts/],
    ['no object', 17, null, null, /JSON object/],
  ])('%s is told by field, and not kept', async (_, draft, index, field, message) => {
    const check = await suites.check({ suite: draft }, context);
    expect(check).toMatchObject({ ok: false, min: null, max: null });
    expect(check.problems).toContainEqual(
      expect.objectContaining({ part: index, message: expect.stringMatching(message) }),
    );
    if (field !== null) expect(check.problems.map((problem) => problem.field)).toContain(field);
    if (typeof draft === 'object')
      await expect(suites.save({ suite: draft as Record<string, unknown> }, context)).rejects.toThrow(
        message,
      );
  });

  test('every problem is told at once; a sound draft has a range and its cautions', async () => {
    const { problems } = await suites.check(
      { suite: { ...part({ weight: -1, id: 'A' }), structure: 'x' } },
      context,
    );
    expect(problems.length).toBeGreaterThan(1);
    const formOnly = { ...mine, parts: [mine.parts[0], { ...mine.parts[1], weight: 1 }] };
    const check = await suites.check({ suite: formOnly }, context);
    expect(check).toMatchObject({ ok: true, min: -1, max: 2, problems: [] });
    expect(check.warnings.join()).toMatch(/form alone earns 50 %/);
  });
});

test('the catalogue of parts is all that an editor needs', async () => {
  const { suites } = openSuitesLab();
  const catalogue = PartCatalogue.parse(await suites.parts({}, context));
  for (const info of await suites.suites({}, context))
    for (const { fn, params = {} } of info.suite.parts) {
      const names = catalogue.parts.find((part) => part.fn === fn)?.params.map(({ name }) => name);
      for (const name of Object.keys(params)) expect(names, fn).toContain(name);
    }
});

test('the attack list goes over a draft, with totals, texts and a summary', async () => {
  const { suites } = openSuitesLab();
  const report = await suites.attack({ suite: 'tunix-gsm8k' }, context);
  expect(report.summary.pays).toBe(report.outcomes.filter(({ pays }) => pays).length);
  expect(report.summary.pays).toBeGreaterThan(0);
  for (const o of report.outcomes) expect(o.margin).toBeCloseTo(o.honestTotal - o.hackTotal, 9);
  expect((await suites.attack({ suite: 'think-first@2' }, context)).summary.pays).toBe(0);
});

test('a function of one’s own is called once for each side of the list, and its scores are told with both sides', async () => {
  const batches: number[] = [];
  const executor: Executor = {
    run: async () => [],
    call: async ({ completions }) => {
      batches.push(completions.length);
      return completions.map(() => 1);
    },
    close: async () => {},
  };
  const { suites, activities } = openSuitesLab({ executor });
  const source = 'def reward(completions, **kwargs):\n    return [1.0 for _ in completions]\n';
  const own = { id: 'own', fn: 'python', weight: 1, params: { source } };
  const report = await suites.attack({ suite: { ...mine, parts: [...mine.parts, own] } }, context);
  const { tried } = report.summary;
  const open = report.outcomes.filter(({ answerType }) => answerType === 'open').length;
  expect(batches).toEqual([tried, tried, open, open]);
  expect(report.outcomes[0]?.sides.hack.parts.own).toBe(1);
  expect(activities.list()).toEqual([]);
});

test('Python that cannot be run is no suite; without a sandbox it is said that nobody looked', async () => {
  const source = 'def reward(completions, **kwargs):\n    return [1.0 for _ in completions\n';
  const own = { id: 'own', fn: 'python', weight: 1, params: { source } };
  const draft = { ...mine, parts: [...mine.parts, own] };
  const executor: Executor = {
    run: async () => [],
    call: async () => {
      throw new PythonRewardError('The reward function "reward" gave no scores: SyntaxError: never closed.');
    },
    close: async () => {},
  };
  const { suites } = openSuitesLab({ executor });
  const { ok, problems } = await suites.check({ suite: draft }, context);
  expect(ok).toBe(false);
  expect(problems).toMatchObject([{ part: 2, field: 'params.source' }]);
  expect(problems[0]?.message).toMatch(/cannot be run: SyntaxError: never closed/);
  await expect(suites.save({ suite: draft }, context)).rejects.toThrow(/SyntaxError/);
  const elsewhere = openSuitesLab().suites;
  const { warnings } = await elsewhere.check({ suite: draft }, context);
  expect(warnings.join()).toMatch(/"own" was not checked. Deno is not installed/);
});

test('runs and evaluations are told which version and code they are scored by', async () => {
  const { suites } = openSuitesLab();
  const { hash } = await suites.show({ suite: 'think-first@1' }, context);
  expect(await suites.forRun('think-first@1')).toMatchObject({ name: 'think-first@1', version: 1, hash });
  expect(await suites.forEvaluation('think-first')).toMatchObject({ name: 'think-first@2' });
  await expect(suites.forRun('nothing')).rejects.toThrow(/no reward suite "nothing"/);
});

test('an evaluation hands its prompt to a person’s own function', async () => {
  const prompts: unknown[] = [];
  const executor: Executor = {
    run: async () => [],
    call: async (what) => {
      prompts.push(...what.prompts);
      return what.completions.map(() => 1);
    },
    close: async () => {},
  };
  const { suites, file } = openSuitesLab({ executor });
  const source = 'def reward(prompts, completions, **kwargs):\n    return [1.0 for _ in completions]\n';
  const own = { id: 'own', fn: 'python', weight: 1, params: { source, min: -1, max: 1 } };
  const { score } = await suites.forEvaluation(file('own.json', { ...mine, version: 1, parts: [own] }));
  const known = { tokens: 1, truncated: false, examples: [] };
  const results = [
    await score(numberRow(1), '18', { ...known, prompt: 'as the model saw it' }),
    await score(numberRow(1), '', { ...known, prompt: null }),
  ];
  expect(results.map(({ total }) => total)).toEqual([1, 1]);
  expect(prompts).toEqual(['as the model saw it', numberRow(1).question]);
});

test('a completion comes as a text or from a file, and not as both', async () => {
  const { suites, file } = openSuitesLab();
  const rest = { rowId: 'sums:main:test:1', suite: mine, truncated: false };
  const completionFile = file('said.txt', '<reasoning>x</reasoning><answer>2</answer>');
  expect((await suites.score({ ...rest, completionFile }, context)).extracted?.answer).toBe('2');
  await expect(suites.score(rest, context)).rejects.toThrow(/as a text, or a file/);
  await expect(suites.score({ ...rest, completion: 'x', completionFile }, context)).rejects.toThrow(
    /not both/,
  );
  const nowhere = { ...rest, completionFile: `${completionFile}.gone` };
  await expect(suites.score(nowhere, context)).rejects.toThrow(/cannot be read/);
});
