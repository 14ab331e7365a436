// The feature on a real catalog: imports that are seen whole or not at all, lists, filters, search, freezing.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openBlobs } from '../../../core/blobs/blobs.ts';
import { createActivities } from '../../../core/catalog/activities.ts';
import { openCatalog } from '../../../core/catalog/catalog.ts';
import { createChanges } from '../../../core/catalog/changes.ts';
import { toFtsQuery } from '../../../core/catalog/fts-query.ts';
import { sql } from '../../../core/catalog/sql.ts';
import { datasets as contract } from '../../../core/contract/datasets.ts';
import { CoreError } from '../../../core/contract/errors.ts';
import { createDatasets } from '../../../core/datasets/datasets.ts';
import { lockedSplitInName } from '../../../core/datasets/locked-splits.ts';
import { findPromptTemplate } from '../../../core/rewards/prompt-template.ts';
import { sharedData } from '../../fixtures/shared-data.ts';
import { canMount, tempFolder } from '../../fixtures/temp-folder.ts';
import { choiceRow, row } from '../rewards/rows.ts';
import { fileOf, janet, rotation } from './records.ts';

const outside = { signal: undefined };

function lab(folder = tempFolder(), options: { hubUrl?: string } = {}) {
  const catalog = openCatalog(join(folder, 'catalog.db'));
  const changes = createChanges();
  const activities = createActivities(changes);
  const blobs = openBlobs(join(folder, 'blobs'));
  const now = () => 1_700_000_000_000;
  const datasets = createDatasets({
    catalog,
    blobs,
    changes,
    activities,
    now,
    template: findPromptTemplate,
    ...options,
  });
  return { folder, catalog, changes, activities, blobs, datasets };
}

const page = { offset: 0, limit: 100 };

async function failure(work: () => unknown): Promise<CoreError> {
  const error = await (async () => work())().then(
    () => null,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(CoreError);
  return error as CoreError;
}

/** Rows of our own form: `count` of a data set and split, every third a choice. */
function rowFile(count: number, dataset = 'made', split = 'train', from = 0): string {
  const rows = Array.from({ length: count }, (_, i) => {
    const number = i + from;
    const base = number % 3 === 0 ? choiceRow(['red', 'blue'], 'B') : row();
    const source = { ...base.source, dataset, split, index: number };
    const question = `Question ${number} about ${number % 2 ? 'apples' : 'Ducks & geese'}?`;
    return { ...base, id: `${dataset}:all:${split}:${number}`, question, source };
  });
  return fileOf(rows);
}

describe('import', () => {
  it('brings in good lines and lists the others with line and reason', async () => {
    const { datasets } = lab();
    const bad = { ...janet, answer: 'no gold' };
    const from = fileOf(['broken', janet, bad, { ...janet, question: 'Second?' }, '']);
    const result = await datasets.import({ from, adapter: 'gsm8k', split: 'train' }, outside);
    expect(result).toMatchObject({ sourceId: 'gsm8k:main:train', imported: 2, rejected: 2, locked: null });
    expect(result.rejects.map((reject) => reject.line)).toEqual([1, 3]);
    expect(datasets.rejects({ sourceId: 'gsm8k:main:train', ...page }, outside)).toEqual({
      rejects: [
        { line: 1, reason: expect.stringMatching(/not JSON/), excerpt: 'broken' },
        { line: 3, reason: expect.stringMatching(/####/), excerpt: JSON.stringify(bad) },
      ],
      total: 2,
    });
    expect(datasets.list({}, outside)).toEqual([
      {
        id: 'gsm8k:main:train',
        dataset: 'gsm8k',
        config: 'main',
        split: 'train',
        revision: null,
        licence: 'MIT',
        adapter: 'gsm8k',
        origin: 'data.jsonl',
        sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
        rowCount: 2,
        rejectCount: 2,
        locked: null,
        importedAt: 1_700_000_000_000,
      },
    ]);
    // The second row is the third record: its index is its place in the file.
    expect(datasets.rowById('gsm8k:main:train:3').question).toBe('Second?');
  });

  it('keeps the answers of every procedure within the contract', async () => {
    const { datasets } = lab();
    const from = fileOf([rotation]);
    const result = await datasets.import(
      { from, adapter: 'ai2_arc', split: 'test', config: 'ARC-Easy' },
      outside,
    );
    const outputs = {
      import: result,
      list: datasets.list({}, outside),
      rows: await datasets.rows(page, outside),
      facets: await datasets.facets({}, outside),
      row: datasets.row({ id: 'ai2_arc:ARC-Easy:test:Mercury_7175875', template: 'four-step@1' }, outside),
      rejects: datasets.rejects({ sourceId: result.sourceId, ...page }, outside),
    };
    for (const [name, output] of Object.entries(outputs)) {
      const schema = contract[name as keyof typeof contract]['~orpc'].outputSchema!;
      expect(schema.parse(await output)).toEqual(await output);
    }
    expect((await outputs.row).prompt).toContain('A) Longer years.\nB) Shorter days.\nC) Less gravity.');
  });

  it('locks evaluation splits', async () => {
    const { datasets } = lab();
    const locked = await datasets.import({ from: fileOf([janet]), adapter: 'gsm8k', split: 'test' }, outside);
    expect(locked.locked).toMatch(/gsm8k test is an evaluation split/);
    expect(datasets.resolveSource('gsm8k').locked).toBe(locked.locked);
    const held = await datasets.import(
      { from: rowFile(2, 'made', 'held-out'), adapter: 'rows', split: 'held-out' },
      outside,
    );
    expect(held.locked).not.toBeNull();
    const error = await failure(() =>
      datasets.freeze({ sourceIds: ['gsm8k'], template: 'tiny-plain@1', purpose: 'train' }),
    );
    expect(error).toMatchObject({
      code: 'conflict',
      message: expect.stringMatching(/locked against training/),
    });
  });

  it('finds the configuration in the path, takes it by name, and asks where it must', async () => {
    const { datasets } = lab();
    const folder = join(tempFolder(), 'ARC-Challenge');
    mkdirSync(folder);
    writeFileSync(join(folder, 'train.jsonl'), JSON.stringify(rotation));
    const from = join(folder, 'train.jsonl');
    expect((await datasets.import({ from, adapter: 'ai2_arc', split: 'train' }, outside)).sourceId).toBe(
      'ai2_arc:ARC-Challenge:train',
    );
    const bare = fileOf([rotation]);
    const asked = await failure(() =>
      datasets.import({ from: bare, adapter: 'ai2_arc', split: 'train' }, outside),
    );
    expect(asked.message).toMatch(/ARC-Challenge and ARC-Easy.*--config/);
    const wrong = { from: bare, adapter: 'ai2_arc', split: 'train', config: 'hard' } as const;
    expect((await failure(() => datasets.import(wrong, outside))).message).toMatch(/no "hard"/);
  });

  it.each<[string, () => { from: string; adapter: 'gsm8k' | 'rows'; split?: string }, string, RegExp]>([
    [
      'a missing file',
      () => ({ from: '/no/such.jsonl', adapter: 'gsm8k' }),
      'not-found',
      /no file \/no\/such\.jsonl/,
    ],
    ['binary as JSONL', () => ({ from: process.execPath, adapter: 'gsm8k' }), 'bad-input', /not JSONL/],
    [
      'no gold in any line',
      () => ({ from: fileOf([{ ...janet, answer: '18' }]), adapter: 'gsm8k' }),
      'bad-input',
      /None of its 1 line is a row.*line 1: .*####.*Nothing was changed/,
    ],
    [
      'another schema',
      () => ({ from: fileOf([rotation]), adapter: 'gsm8k' }),
      'bad-input',
      /"answer" in text is missing/,
    ],
    ['only empty lines', () => ({ from: fileOf(['', '']), adapter: 'gsm8k' }), 'bad-input', /no records/],
    [
      'a split that is no name',
      () => ({ from: fileOf([janet]), adapter: 'gsm8k', split: 'a b' }),
      'bad-input',
      /"a b"/,
    ],
    [
      'a file named after an evaluation split as training rows',
      () => ({ from: fileOf([janet], 'gsm8k-test-00000.jsonl'), adapter: 'gsm8k' }),
      'bad-input',
      /gsm8k-test-00000\.jsonl, says that it is the split "test", but --split says "train"/,
    ],
    [
      'a long file of something else, before its end',
      () => ({ from: fileOf(new Array(150_000).fill('no row')), adapter: 'gsm8k' }),
      'bad-input',
      /None of its first 100000 lines is a row/,
    ],
    ['a broken hub address', () => ({ from: 'hub:gsm8k', adapter: 'gsm8k' }), 'bad-input', /hub:<owner>/],
  ])('refuses %s and changes nothing', async (_, input, code, message) => {
    const { datasets, catalog, folder, activities } = lab();
    const error = await failure(() => datasets.import({ split: 'train', ...input() }, outside));
    expect(error.code).toBe(code);
    expect(error.message).toMatch(message);
    expect(catalog.column(sql`SELECT count(*) FROM sources UNION ALL SELECT count(*) FROM rows`)).toEqual([
      0, 0,
    ]);
    expect(activities.list()).toEqual([]);
    expect(existsSync(join(folder, 'downloads', 'x'))).toBe(false);
  });

  it('refuses a source that is there already, and rows that are', async () => {
    const { datasets } = lab();
    const from = fileOf([janet]);
    await datasets.import({ from, adapter: 'gsm8k', split: 'train' }, outside);
    const again = await failure(() => datasets.import({ from, adapter: 'gsm8k', split: 'train' }, outside));
    expect(again).toMatchObject({
      code: 'conflict',
      message: expect.stringMatching(
        /already \(1 rows, from the same file\).*remove it first: `npx forethought datasets remove gsm8k:main:train`/,
      ),
    });
    // A file that is none is told as such, whatever is in the lab.
    const bad = fileOf([{ question: 'no gold', answer: 'none' }]);
    expect(
      await failure(() => datasets.import({ from: bad, adapter: 'gsm8k', split: 'train' }, outside)),
    ).toMatchObject({ code: 'bad-input', message: expect.stringMatching(/line 1: the answer has no line/) });
    const doubled = fileOf([
      row({ id: 'x' }),
      row({ id: 'x' }),
      row({ id: 'y', source: { ...row().source, dataset: 'z' } }),
    ]);
    const result = await datasets.import({ from: doubled, adapter: 'rows', split: 'test' }, outside);
    expect(result.imported).toBe(1);
    expect(result.rejects.map((reject) => reject.reason)).toEqual([
      'a row with the id "x" is in this lab already',
      'the row is of the data set "z", this source of "test"',
    ]);
  });

  it('removes a source with its rows, unless an evaluation or a run relies on them', async () => {
    const { datasets, catalog } = lab();
    await datasets.import({ from: rowFile(2500), adapter: 'rows', split: 'train' }, outside);
    const [source] = datasets.list({}, outside);
    const sourceId = source?.id ?? '';
    const uses = [
      sql`INSERT INTO jobs (id, name, kind, host, state, spec, spec_sha256, command, folder, base_id, suite_name, suite_hash,
        suite_max, suite_min, total_steps, created_at) VALUES ('j', 'first run', 'grpo', 'local', 'DONE',
        '{"data":{"snapshot":"s1"}}', '', '', '', 'b', 's', 'h', 5, -1, 60, 1)`,
      sql`INSERT INTO snapshots (sha256, name, count, sources, template, created_at)
        VALUES ('s1', 's', 1, ${JSON.stringify([sourceId])}, 't', 1)`,
    ];
    for (const use of uses) catalog.run(use);
    const refusal = await failure(() => datasets.remove({ sourceId }, outside));
    expect(refusal).toMatchObject({
      code: 'conflict',
      message: expect.stringMatching(/stays.*run "first run"/),
    });
    expect((await datasets.rows({ offset: 0, limit: 1 }, outside)).total).toBe(2500);
    catalog.run(sql`DELETE FROM snapshots`);
    const removal = datasets.remove({ sourceId }, outside);
    expect(datasets.list({}, outside)).toEqual([]);
    expect(await removal).toEqual({ sourceId, rows: 2500 });
    expect((await datasets.rows({ offset: 0, limit: 1 }, outside)).total).toBe(0);
    expect(catalog.column(sql`SELECT count(*) FROM rows`)).toEqual([0]);
    await expect(datasets.remove({ sourceId }, outside)).rejects.toMatchObject({ code: 'not-found' });
  });

  it('shows nothing of an import before its end, and nothing of one that was stopped', async () => {
    const { datasets, catalog, activities } = lab();
    const from = rowFile(6000);
    const running = datasets.import({ from, adapter: 'rows', split: 'train' }, outside);
    while ((catalog.column(sql`SELECT count(*) FROM rows`)[0] as number) === 0)
      await new Promise((done) => setImmediate(done));
    expect(datasets.list({}, outside)).toEqual([]);
    expect(await datasets.rows(page, outside)).toMatchObject({ total: 0, rows: [] });
    expect(await datasets.rows({ ...page, search: 'question' }, outside)).toMatchObject({ total: 0 });
    expect((await failure(() => datasets.rowById('made:all:train:0'))).code).toBe('not-found');
    expect(activities.list()).toMatchObject([{ kind: 'import', phase: 'reading rows' }]);
    activities.cancel(activities.list()[0]!.id);
    expect(await failure(() => running)).toMatchObject({ code: 'cancelled' });
    expect(catalog.column(sql`SELECT count(*) FROM sources UNION ALL SELECT count(*) FROM rows`)).toEqual([
      0, 0,
    ]);
    expect(activities.list()).toEqual([]);
    expect((await datasets.import({ from, adapter: 'rows', split: 'train' }, outside)).imported).toBe(6000);
    expect(await datasets.rows({ ...page, search: 'question' }, outside)).toMatchObject({ total: 6000 });
  });

  it('leaves nothing of an import whose process was killed', async () => {
    const folder = tempFolder();
    const from = rowFile(6000);
    const code = `
      import { join } from 'node:path';
      import { openBlobs } from './core/blobs/blobs.ts';
      import { createActivities } from './core/catalog/activities.ts';
      import { openCatalog } from './core/catalog/catalog.ts';
      import { createChanges } from './core/catalog/changes.ts';
      import { createDatasets } from './core/datasets/datasets.ts';
      const [folder, from] = ${JSON.stringify([folder, from])};
      const changes = createChanges();
      const catalog = openCatalog(join(folder, 'catalog.db'));
      const activities = createActivities(changes);
      const deps = { catalog, changes, activities, blobs: openBlobs(join(folder, 'blobs')), now: Date.now };
      const datasets = createDatasets({ ...deps, template: () => { throw new Error(); } });
      setInterval(() => { if (activities.list()[0]?.done > 1000) { console.log('half'); for (;;); } }, 0);
      await datasets.import({ from, adapter: 'rows', split: 'train' }, { signal: undefined });
      console.log('whole');`;
    const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', code], { stdio: 'pipe' });
    const [said] = await once(child.stdout, 'data');
    expect(String(said).trim()).toBe('half');
    child.kill('SIGKILL');
    await once(child, 'exit');
    const { datasets, catalog } = lab(folder);
    expect(datasets.list({}, outside)).toEqual([]);
    expect((await datasets.rows(page, outside)).total).toBe(0);
    const result = await datasets.import({ from, adapter: 'rows', split: 'train' }, outside);
    expect(result.imported).toBe(6000);
    expect(catalog.column(sql`SELECT count(*) FROM rows`)).toEqual([6000]);
    expect((await datasets.rows({ ...page, search: 'geese' }, outside)).total).toBe(3000);
  });

  it.skipIf(!canMount)(
    'changes nothing when the disk fills up, and works when there is room again',
    async () => {
      const folder = tempFolder();
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', folder]);
      try {
        const { datasets, catalog } = lab(folder);
        const small = rowFile(20, 'small');
        await datasets.import({ from: small, adapter: 'rows', split: 'train' }, outside);
        const before = datasets.list({}, outside);
        const error = await failure(() =>
          datasets.import({ from: rowFile(20_000), adapter: 'rows', split: 'train' }, outside),
        );
        expect(error).toMatchObject({ code: 'disk', message: expect.stringMatching(/disk is full/) });
        expect(datasets.list({}, outside)).toEqual(before);
        expect((await datasets.rows(page, outside)).total).toBe(20);
        catalog.close();
        const again = lab(folder);
        expect(again.datasets.list({}, outside)).toEqual(before);
        expect((await again.datasets.rows(page, outside)).total).toBe(20);
        again.catalog.close();
      } finally {
        execFileSync('umount', [folder]);
      }
    },
  );

  const shared = sharedData('openai__gsm8k', 'main', 'test.jsonl');
  it.skipIf(shared === null)('imports the 1,319 rows of gsm8k test, all golds parsed', async () => {
    const { datasets } = lab();
    const result = await datasets.import({ from: shared!, adapter: 'gsm8k', split: 'test' }, outside);
    expect(result).toMatchObject({ sourceId: 'gsm8k:main:test', imported: 1319, rejected: 0, rejects: [] });
    const train = sharedData('openai__gsm8k', 'main', 'train.parquet')!;
    expect(await datasets.import({ from: train, adapter: 'gsm8k', split: 'train' }, outside)).toMatchObject({
      imported: 1500,
      rejected: 0,
      locked: null,
    });
    expect((await datasets.rows({ ...page, search: 'Janet ducks' }, outside)).rows[0]).toMatchObject({
      id: 'gsm8k:main:test:0',
      answer: '18',
    });
  });
});

describe('rows', () => {
  async function filled() {
    const made = lab();
    const { datasets } = made;
    await datasets.import({ from: rowFile(30), adapter: 'rows', split: 'train' }, outside);
    await datasets.import(
      { from: rowFile(12, 'made', 'test', 100), adapter: 'rows', split: 'test' },
      outside,
    );
    await datasets.import(
      { from: fileOf([rotation]), adapter: 'ai2_arc', split: 'train', config: 'ARC-Easy' },
      outside,
    );
    return made;
  }

  it('pages through every row once, in a fixed order', async () => {
    const { datasets } = await filled();
    const seen: string[] = [];
    for (let offset = 0; offset < 50; offset += 10) {
      const { rows, total } = await datasets.rows({ offset, limit: 10 }, outside);
      expect(total).toBe(43);
      seen.push(...rows.map((each) => each.id));
    }
    expect(seen).toHaveLength(43);
    expect(new Set(seen).size).toBe(43);
    expect(seen[0]).toBe('made:all:train:0');
    expect((await datasets.rows({ offset: 43, limit: 10 }, outside)).rows).toEqual([]);
  });

  it('filters by every field and all together', async () => {
    const { datasets } = await filled();
    const total = async (filter: object) => (await datasets.rows({ ...page, ...filter }, outside)).total;
    expect(await total({ sourceId: 'made:all:test' })).toBe(12);
    expect(await total({ split: 'train' })).toBe(31);
    expect(await total({ domain: 'math' })).toBe(28);
    expect(await total({ answerType: 'choice' })).toBe(15);
    expect(await total({ split: 'train', domain: 'science', answerType: 'choice', search: 'apples' })).toBe(
      5,
    );
    expect(await total({ domain: 'nothing' })).toBe(0);
    expect(await total({ sourceId: 'nothing' })).toBe(0);
  });

  it('searches words and the beginning of the last one, in questions and options, whatever signs are typed', async () => {
    const { datasets } = await filled();
    const total = async (search: string) => (await datasets.rows({ ...page, search }, outside)).total;
    expect(await total('apples')).toBe(21);
    expect(await total('APPLES question')).toBe(21);
    expect(await total('ques')).toBe(42);
    expect(await total('ques apples')).toBe(0);
    expect(await total('apples gees')).toBe(0);
    expect(await total('blue')).toBe(14);
    expect(await total('shorter')).toBe(1);
    expect(await total('')).toBe(43);
    expect(await total('& -- "')).toBe(43);
    for (const odd of ['"', "'; DROP", 'a OR b', 'NEAR(x)', 'a*', '(', 'question:', '-', '^q', 'é'])
      await total(odd);
    expect(toFtsQuery(' ducks & "geese" NOT x ')).toBe('"ducks" AND "geese" AND "not" AND "x"*');
  });

  it('counts facets under the filter, each without its own field', async () => {
    const { datasets } = await filled();
    expect(await datasets.facets({}, outside)).toEqual({
      source: [
        { value: 'made:all:train', count: 30 },
        { value: 'made:all:test', count: 12 },
        { value: 'ai2_arc:ARC-Easy:train', count: 1 },
      ],
      split: [
        { value: 'train', count: 31 },
        { value: 'test', count: 12 },
      ],
      domain: [
        { value: 'math', count: 28 },
        { value: 'science', count: 15 },
      ],
      answerType: [
        { value: 'number', count: 28 },
        { value: 'choice', count: 15 },
      ],
    });
    const narrowed = await datasets.facets({ split: 'test', search: 'apples' }, outside);
    expect(narrowed.split).toEqual([
      { value: 'train', count: 15 },
      { value: 'test', count: 6 },
    ]);
    expect(narrowed.source).toEqual([{ value: 'made:all:test', count: 6 }]);
    expect(narrowed.domain.reduce((sum, each) => sum + each.count, 0)).toBe(6);
  });

  it('gives a row as it was imported, and says which rows and templates there are not', async () => {
    const { datasets } = await filled();
    const { row: got, prompt } = datasets.row(
      { id: 'made:all:train:3', template: 'tiny-plain@1' },
      outside,
    ) as {
      row: unknown;
      prompt: string;
    };
    expect(got).toMatchObject({
      choices: ['red', 'blue'],
      answer: 'B',
      source: { dataset: 'made', index: 3 },
    });
    expect(prompt).toBe(
      '<start_of_turn>user\nQuestion 3 about apples?\nA) red\nB) blue<end_of_turn>\n<start_of_turn>model\n',
    );
    expect(
      (await failure(() => datasets.row({ id: 'none', template: 'tiny-plain@1' }, outside))).message,
    ).toMatch(/no row "none"/);
    expect((await failure(() => datasets.resolveSource('squad'))).message).toMatch(/"squad".*made:all:test/);
    expect((await failure(() => datasets.resolveSource('made'))).message).toMatch(/fits 2 sources/);
    expect(datasets.resolveSource('made:test').id).toBe('made:all:test');
  });

  it('orders the rows of a source by a seed', async () => {
    const { datasets } = await filled();
    const all = await datasets.rowIds('made:train', { seed: 1 });
    expect(all).toHaveLength(30);
    expect(await datasets.rowIds('made:train', { seed: 1, limit: 7 })).toEqual(all.slice(0, 7));
    const other = await datasets.rowIds('made:train', { seed: 2 });
    expect(other).not.toEqual(all);
    expect([...other].sort()).toEqual([...all].sort());
  });
});

describe('freeze', () => {
  it('writes rows with prompts, the same bytes each time, and notes the snapshot', async () => {
    const { datasets, blobs, catalog } = lab();
    await datasets.import({ from: rowFile(30), adapter: 'rows', split: 'train' }, outside);
    const what = {
      sourceIds: ['made:train'],
      template: 'tiny-plain@1',
      purpose: 'train' as const,
      limit: 20,
    };
    const frozen = await datasets.freeze(what);
    expect(await datasets.freeze(what)).toEqual(frozen);
    const lines = readFileSync(blobs.path(frozen.sha256), 'utf8').trimEnd().split('\n');
    expect(frozen.count).toBe(20);
    expect(lines).toHaveLength(20);
    const ids = lines.map((line) => {
      const { row: each, prompt } = JSON.parse(line) as {
        row: { id: string; question: string };
        prompt: string;
      };
      expect(prompt).toContain(each.question);
      expect(prompt.startsWith('<start_of_turn>user\n')).toBe(true);
      return each.id;
    });
    const all = await datasets.freeze({
      sourceIds: ['made:train'],
      template: 'tiny-plain@1',
      purpose: 'train',
    });
    expect(readFileSync(blobs.path(all.sha256), 'utf8').startsWith(`${lines.join('\n')}\n`)).toBe(true);
    expect(new Set(ids).size).toBe(20);
    expect(catalog.column(sql`SELECT count(*) FROM snapshots`)).toEqual([2]);
  });

  it('refuses a source that holds questions of a locked one under whatever name', async () => {
    const { datasets, catalog } = lab();
    const [first, second] = [
      { ...janet, question: 'First?' },
      { ...janet, question: 'Second?' },
    ];
    const take = (lines: object[], config: string, split: string) =>
      datasets.import({ from: fileOf(lines), adapter: 'gsm8k', config, split }, outside);
    const clean = await take([janet], 'main', 'train');
    await datasets.freeze({ sourceIds: [clean.sourceId], template: 'tiny-plain@1', purpose: 'train' });
    const locked = await take([first, second, { ...janet, question: 'Third?' }], 'main', 'test');
    const leaking = await take([second, first, { ...janet, question: 'Own?' }], 'socratic', 'train');
    const error = await failure(() =>
      datasets.freeze({ sourceIds: [leaking.sourceId], template: 'tiny-plain@1', purpose: 'train' }),
    );
    expect(error).toMatchObject({
      code: 'conflict',
      message: expect.stringContaining(`2 of its 3 rows are also in ${locked.sourceId}, which is kept`),
    });
    expect(catalog.column(sql`SELECT count(*) FROM snapshots`)).toEqual([1]);
    await datasets.freeze({ sourceIds: [clean.sourceId], template: 'tiny-plain@1', purpose: 'train' });
  });
});

describe('names of files', () => {
  it.each([
    ['test.jsonl', 'test'],
    ['validation-00000-of-00001.parquet', 'validation'],
    ['held-out.jsonl', 'held-out'],
    ['held_out.jsonl', 'held-out'],
    ['Test-output.jsonl', 'test'],
    ['arc_dev.jsonl', 'dev'],
    ['latest.jsonl', null],
    ['train-test-split.jsonl', null],
    ['contest-devices.jsonl', null],
  ])('%s tells of %s', (file, split) => expect(lockedSplitInName(file)).toBe(split));
});
