// Adapters: hub records to rows, and the reasons why some are none.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Row } from '../../../core/contract/row.ts';
import { contentHash } from '../../../core/datasets/adapters/adapter.ts';
import { adapters } from '../../../core/datasets/adapters/registry.ts';
import { sharedData } from '../../fixtures/shared-data.ts';
import { row as numberRow } from '../rewards/rows.ts';
import { janet, rotation } from './records.ts';

const context = { config: 'main', split: 'test', revision: 'abc', index: 7 };

function adapt(name: keyof typeof adapters, record: object, change: object = {}) {
  return adapters[name].adapt(record as Record<string, unknown>, { ...context, ...change });
}

function reason(name: keyof typeof adapters, record: object): string {
  const adapted = adapt(name, record);
  if ('row' in adapted) throw new Error('the record was adapted');
  return adapted.reason;
}

function rowOf(name: keyof typeof adapters, record: object, change: object = {}): Row {
  const adapted = adapt(name, record, change);
  if ('reason' in adapted) throw new Error(adapted.reason);
  return Row.parse(adapted.row);
}

describe('gsm8k', () => {
  it('becomes a number row with a plain gold', () => {
    expect(rowOf('gsm8k', janet)).toEqual({
      id: 'gsm8k:main:test:7',
      question: janet.question,
      answer: '18',
      answerRaw: '#### 18',
      domain: 'math',
      choices: null,
      context: null,
      answerType: 'number',
      verifier: null,
      source: { dataset: 'gsm8k', config: 'main', split: 'test', revision: 'abc', index: 7, licence: 'MIT' },
      choicePermutation: null,
      flags: [],
      hash: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
  });

  it.each([
    ['#### 1,600', '1600'],
    ['#### -10', '-10'],
    ['####3', '3'],
    ['#### 5 ', '5'],
    ['#### $1,234.50', '1234.5'],
  ])('%j has the gold %s', (line, gold) => {
    expect(rowOf('gsm8k', { ...janet, answer: `Some work.\n${line}` }).answer).toBe(gold);
  });

  it.each([
    [{ ...janet, answer: 'She makes 18.' }, /no line "#### <number>"/],
    [{ ...janet, answer: '#### eighteen' }, /"eighteen" is not one number/],
    [{ ...janet, answer: '#### 17 or 18' }, /not one number/],
    [{ ...janet, answer: '#### ' }, /not one number/],
    [{ question: janet.question, solution: 'x' }, /"answer" in text is missing.*question, solution/],
    [{ ...janet, question: 5 }, /"question" in text is missing/],
    [{ ...janet, question: ' ' }, /question is empty/],
    [{ ...janet, question: 'Hi<end_of_turn>' }, /<end_of_turn>.*control token/],
    [{}, /no fields/],
  ])('refuses %j', (record, why) => expect(reason('gsm8k', record)).toMatch(why));

  const test = sharedData('openai__gsm8k', 'main', 'test.jsonl');
  it.skipIf(test === null)('reads all 1,319 rows of the test split', () => {
    const lines = readFileSync(test!, 'utf8').trimEnd().split('\n');
    const rows = lines.map((line, index) => rowOf('gsm8k', JSON.parse(line), { index }));
    expect(rows).toHaveLength(1319);
    expect(new Set(rows.map((row) => row.id)).size).toBe(1319);
    expect(rows.every((row) => /^-?\d+$/.test(row.answer!))).toBe(true);
  });
});

describe('ai2_arc', () => {
  it('becomes a choice row with a letter', () => {
    const row = rowOf('ai2_arc', rotation, { config: 'ARC-Challenge' });
    expect(row).toMatchObject({
      id: 'ai2_arc:ARC-Challenge:test:Mercury_7175875',
      answer: 'B',
      answerRaw: 'B',
      choices: rotation.choices.text,
      answerType: 'choice',
      domain: 'science',
      source: { dataset: 'ai2_arc', licence: 'CC-BY-SA-4.0', index: 7 },
    });
  });

  it('maps digits to letters, also for five options', () => {
    const choices = { text: ['v', 'w', 'x', 'y', 'z'], label: ['1', '2', '3', '4', '5'] };
    expect(rowOf('ai2_arc', { ...rotation, choices, answerKey: '5' })).toMatchObject({
      answer: 'E',
      answerRaw: '5',
    });
  });

  it('flags a repeated option', () => {
    const choices = { text: ['x', 'x', 'y'], label: ['A', 'B', 'C'] };
    expect(rowOf('ai2_arc', { ...rotation, choices }).flags).toEqual(['option-repeated']);
  });

  it.each([
    [{ ...rotation, answerKey: 'D' }, /key "D" is not among the labels A, B, C/],
    [{ ...rotation, answerKey: '2' }, /key "2"/],
    [{ ...rotation, choices: { text: ['x', 'y'], label: ['A'] } }, /2 options have 1 labels/],
    [{ ...rotation, choices: { text: ['x'], label: ['B'] } }, /1 options/],
    [{ ...rotation, choices: { text: ['x', 'y'], label: ['B', 'B'] } }, /one label/],
    [{ ...rotation, choices: { text: ['x', ' '], label: ['A', 'B'] } }, /option is empty/],
    [{ ...rotation, choices: ['x', 'y'] }, /two lists of text/],
    [{ ...rotation, choices: null }, /two lists of text/],
    [{ ...rotation, id: undefined }, /"id" in text is missing/],
  ])('refuses %j', (record, why) => expect(reason('ai2_arc', record)).toMatch(why));

  const files = ['ARC-Challenge', 'ARC-Easy'].flatMap((config) =>
    ['train', 'validation', 'test'].map((split) => ({
      config,
      split,
      path: sharedData('allenai__ai2_arc', config, `${split}.jsonl`),
    })),
  );
  it.skipIf(files.some((file) => file.path === null))(
    'reads all 2,300 rows, letters and digits, 3 to 5 options',
    () => {
      const rows = files.flatMap(({ config, split, path }) =>
        readFileSync(path!, 'utf8')
          .trimEnd()
          .split('\n')
          .map((line, index) => rowOf('ai2_arc', JSON.parse(line), { config, split, index })),
      );
      expect(rows).toHaveLength(2300);
      expect(new Set(rows.map((row) => row.id)).size).toBe(2300);
      expect(new Set(rows.map((row) => row.choices!.length))).toEqual(new Set([3, 4, 5]));
      expect(rows.filter((row) => /\d/.test(row.answerRaw)).length).toBe(162);
      expect(
        rows.every((row) => row.answer! < 'ABCDE'[row.choices!.length]! || row.choices!.length === 5),
      ).toBe(true);
    },
  );
});

describe('rows', () => {
  it('takes a Row as it is and states its hash', () => {
    const row = rowOf('rows', numberRow());
    expect(row).toEqual({ ...numberRow(), hash: contentHash(numberRow()) });
    expect(row.hash).not.toBe(contentHash(numberRow({ answer: '19' })));
    expect(row.hash).not.toBe(contentHash(numberRow({ context: 'x' })));
  });

  it.each([
    [{ ...numberRow(), question: undefined }, /"question"/],
    [{ ...numberRow(), answerType: 'numbers' }, /"answerType"/],
    [{ ...numberRow(), answer: '1,800' }, /"1,800" is not a plain number/],
    [{ ...numberRow(), answer: null }, /null is not a plain number/],
    [{ ...numberRow(), answerType: 'choice', answer: 'A' }, /needs "choices"/],
    [{ ...numberRow(), answerType: 'choice', choices: ['x', 'y'], answer: 'C' }, /"C" is not a letter of 2/],
    [
      { ...numberRow(), source: { ...numberRow().source, split: 'train' } },
      /split "train", this import of "test"/,
    ],
    [{ ...numberRow(), context: '<|im_end|>' }, /control token/],
  ])('refuses %#', (record, why) => expect(reason('rows', record)).toMatch(why));
});
