// Completions to learn from: which lines are taken, which are refused and how it is said, and what is frozen of them.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openBlobs } from '../../../core/blobs/blobs.ts';
import { createActivities } from '../../../core/catalog/activities.ts';
import { openCatalog } from '../../../core/catalog/catalog.ts';
import { createChanges } from '../../../core/catalog/changes.ts';
import { createDatasets } from '../../../core/datasets/datasets.ts';
import { findPromptTemplate } from '../../../core/rewards/prompt-template.ts';
import { tempFolder } from '../../fixtures/temp-folder.ts';

function lab() {
  const folder = tempFolder();
  const catalog = openCatalog(join(folder, 'catalog.db'));
  const blobs = openBlobs(join(folder, 'blobs'));
  const changes = createChanges(1);
  const datasets = createDatasets({
    ...{ catalog, blobs, changes, activities: createActivities(changes), now: () => 1 },
    template: findPromptTemplate,
  });
  const write = (lines: readonly unknown[], name = 'mine.jsonl') => {
    const path = join(folder, name);
    writeFileSync(
      path,
      lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n'),
    );
    return { path, name };
  };
  const linesOf = (sha256: string) =>
    readFileSync(blobs.path(sha256), 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
  return { datasets, catalog, write, linesOf };
}
const template = 'tiny-plain@1';
const outside = { signal: undefined };
const row = {
  ...{
    id: 'made:1',
    question: 'What is 2+2?',
    answer: '4',
    answerRaw: '4',
    domain: 'math',
    choices: null,
    context: null,
  },
  ...{ answerType: 'number', verifier: null, choicePermutation: null, flags: [], hash: '' },
  source: { dataset: 'made', config: 'main', split: 'train', revision: null, index: 0, licence: null },
};

describe('a file of completions', () => {
  it('is taken with rows or with bare questions, and frozen with prompts', async () => {
    const { datasets, write, linesOf } = lab();
    const file = write([
      { row, completion: 'It is 4.' },
      { question: 'Tell a story.', completion: 'Once.', domain: 'creative', dataset: 'stories' },
      { question: 'Sum it up.', context: 'A long text.', completion: 'Short.' },
    ]);
    expect(await datasets.countTexts(file, 'completions')).toEqual({ made: 1, stories: 1, mine: 1 });
    const frozen = await datasets.freezeTexts({ file, kind: 'completions', template });
    expect(frozen).toMatchObject({ count: 3, datasets: { made: 1, stories: 1, mine: 1 } });
    const lines = linesOf(frozen.sha256);
    expect(lines.map((line) => line.completion).toSorted()).toEqual(['It is 4.', 'Once.', 'Short.']);
    const summary = lines.find((line) => line.completion === 'Short.');
    expect(summary.prompt).toBe(
      '<start_of_turn>user\nA long text.\n\nSum it up.<end_of_turn>\n<start_of_turn>model\n',
    );
    expect(summary.row).toMatchObject({ answer: null, answerType: 'open', domain: 'open' });
    expect(await datasets.freezeTexts({ file, kind: 'completions', template })).toEqual(frozen);
  });

  it('can be cut in two that share no line', async () => {
    const { datasets, write, linesOf } = lab();
    const file = write(Array.from({ length: 10 }, (_, i) => ({ question: `Q${i}?`, completion: `A${i}` })));
    const part = async (name: 'aside' | 'rest') => {
      const { sha256 } = await datasets.freezeTexts({
        file,
        kind: 'completions',
        template,
        aside: { rows: 3, part: name },
      });
      return linesOf(sha256).map((line) => line.completion as string);
    };
    const [aside, rest] = [await part('aside'), await part('rest')];
    expect([aside.length, rest.length]).toEqual([3, 7]);
    expect(new Set([...aside, ...rest]).size).toBe(10);
  });

  it.each<[string, unknown[], 'completions' | 'pairs', RegExp]>([
    [
      'no completion',
      [{ question: 'Q?' }],
      'completions',
      /mine\.jsonl cannot be trained on: line 1: "completion" must be a text/,
    ],
    [
      'neither row nor question',
      [{ completion: 'A' }],
      'completions',
      /line 1: it has neither "row" nor "question"/,
    ],
    [
      'a row that is none',
      [{ row: { ...row, domain: '' }, completion: 'A' }],
      'completions',
      /line 1: "row\.domain"/,
    ],
    [
      'a turn mark',
      [{ question: 'Q?', completion: 'A<end_of_turn>' }],
      'completions',
      /holds "<end_of_turn>"/,
    ],
    ['no JSON', ['{'], 'completions', /line 1: not JSON/],
    ['nothing', [''], 'completions', /mine\.jsonl is empty/],
    ['a parquet file', ['PAR1\u0015', 'x'], 'completions', /mine\.jsonl is a parquet file\. .* JSONL/],
    ['a pair of one text', [{ question: 'Q?', chosen: 'A', rejected: 'A' }], 'pairs', /are the same text/],
    [
      'several that are none',
      [{ question: 'Q?' }, { question: 'Q?', completion: 'A' }, {}],
      'completions',
      /line 1: .*, and 1 more lines/,
    ],
  ])('is refused with %s, naming the line', async (_, lines, kind, words) => {
    const { datasets, write, catalog } = lab();
    await expect(datasets.freezeTexts({ file: write(lines), kind, template })).rejects.toThrow(words);
    expect(
      catalog.column({
        ...(await import('../../../core/catalog/sql.ts')).sql`SELECT COUNT(*) FROM snapshots`,
      }),
    ).toEqual([0]);
  });

  it('is refused with questions that are kept for evaluation, with their gold or without', async () => {
    const { datasets, write } = lab();
    const test = { ...row, source: { ...row.source, split: 'test' } };
    const held = write([test], 'test.jsonl');
    await datasets.import({ from: held.path, adapter: 'rows', split: 'test' }, outside);
    for (const line of [
      { row: { ...row, id: 'other' }, completion: '4' },
      { question: row.question, completion: '4' },
    ]) {
      const file = write([{ question: 'Fine?', completion: 'Yes.' }, line]);
      await expect(datasets.countTexts(file, 'completions')).rejects.toMatchObject({
        code: 'conflict',
        message: expect.stringContaining('1 of its 2 questions are also in'),
      });
    }
  });

  it('may repeat the instruction of held-out texts, not the texts', async () => {
    const { datasets, write } = lab();
    const about = (context: string) => ({
      ...row,
      id: context,
      question: 'Sum up.',
      context,
      source: { ...row.source, split: 'test' },
    });
    const held = write([about('A cat sat.'), about('A dog ran.')], 'test.jsonl');
    await datasets.import({ from: held.path, adapter: 'rows', split: 'test' }, outside);
    const line = (context: string) => ({ question: 'Sum up.', context, completion: 'It sat.' });
    const others = write([line('A bird sang.'), line('A fish swam.')]);
    expect(await datasets.countTexts(others, 'completions')).toBeTruthy();
    for (const text of ['A cat sat.', 'a  cat sat.\r\n']) {
      const leak = write([line('A bird sang.'), line(text)]);
      await expect(datasets.countTexts(leak, 'completions')).rejects.toThrow(/1 of its 2 questions/);
    }
  });

  it('may ask of other options what held-out rows ask of theirs, not without options', async () => {
    const { datasets, write } = lab();
    const which = (id: string, choices: string[]) => ({
      ...row,
      ...{ id, question: 'Which is a planet?', answer: 'A', answerRaw: 'A', answerType: 'choice', choices },
      verifier: null,
      source: { ...row.source, split: 'test' },
    });
    const held = write([which('a', ['Mars', 'oak']), which('b', ['Venus', 'elm'])], 'test.jsonl');
    await datasets.import({ from: held.path, adapter: 'rows', split: 'test' }, outside);
    const asked = (choices: string[]) => ({ row: which('c', choices), completion: 'It is A.' });
    expect(await datasets.countTexts(write([asked(['Pluto', 'fir'])]), 'completions')).toBeTruthy();
    for (const line of [asked(['Oak', 'mars']), { question: 'Which is a planet?', completion: 'Mars.' }])
      await expect(datasets.countTexts(write([line]), 'completions')).rejects.toThrow(/1 of its 1 questions/);
  });
});

describe('rows for a run', () => {
  it('come from several sources, and can be set aside the same way for every seed', async () => {
    const { datasets, write, linesOf } = lab();
    const rows = (split: string, n: number) =>
      write(
        Array.from({ length: n }, (_, i) => ({
          ...row,
          id: `${split}:${i}`,
          question: `${split} ${i}?`,
          source: { ...row.source, split },
        })),
        `${split}.jsonl`,
      );
    for (const [split, n] of [
      ['train', 6],
      ['more', 4],
      ['test', 3],
    ] as const)
      await datasets.import({ from: rows(split, n).path, adapter: 'rows', split }, outside);
    const sourceIds = ['made:train', 'made:more'];
    const whole = await datasets.freeze({ sourceIds, template, purpose: 'train' });
    expect(whole).toMatchObject({ count: 10, datasets: { made: 10 } });
    const ids = async (part: 'aside' | 'rest') => {
      const { sha256 } = await datasets.freeze({
        sourceIds,
        template,
        purpose: 'train',
        aside: { rows: 4, part },
      });
      return linesOf(sha256).map((line) => line.row.id as string);
    };
    const [aside, rest] = [await ids('aside'), await ids('rest')];
    expect([aside.length, rest.length, new Set([...aside, ...rest]).size]).toEqual([4, 6, 10]);
    expect(datasets.sharedRows('made:test', sourceIds)).toBe(0);
    expect(datasets.sharedRows('made:train', sourceIds)).toBe(6);
    expect(datasets.rowKinds('made:train')).toEqual([{ domain: 'math', answerType: 'number', rows: 6 }]);
    expect(await datasets.somePrompts(sourceIds, template, 3)).toHaveLength(3);
  });

  it('are examined of a locked source, never trained on', async () => {
    const { datasets, write } = lab();
    const file = write([{ ...row, source: { ...row.source, split: 'test' } }], 'test.jsonl');
    await datasets.import({ from: file.path, adapter: 'rows', split: 'test' }, outside);
    const what = { sourceIds: ['made:test'], template };
    expect(await datasets.freeze({ ...what, purpose: 'examine' })).toMatchObject({ count: 1 });
    await expect(datasets.freeze({ ...what, purpose: 'train' })).rejects.toThrow(/locked against training/);
  });
});
