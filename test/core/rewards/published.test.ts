// The published suites against what was published: the Tunix demo's functions run in Python, open-r1's formulas, verl's reading.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cosOfHalfTurns } from '../../../core/rewards/parts/published/cos-of-half-turns.ts';
import { pyFloat } from '../../../core/rewards/python-text.ts';
import { compileSuite } from '../../../core/rewards/suite.ts';
import { openR1, tunixGsm8k, verlGsm8k } from '../../../core/rewards/suites/published.ts';
import { trainerPython } from '../../../resources/setup/python-environment.mjs';
import { row } from './rows.ts';

const fixtures = join(import.meta.dirname, '../../fixtures/rewards');
const PATIENCE = 600_000;

/** One JSON line in, one out, by a Python program of the fixtures. */
function askPython<T>(program: string, lines: unknown[], python = 'python3'): T[] {
  const input = lines.map((line) => JSON.stringify(line)).join('\n');
  const options = { input, encoding: 'utf8', maxBuffer: 1 << 28 } as const;
  return execFileSync(python, [join(fixtures, program)], options)
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as T);
}

const goldRow = (gold: string) => row({ answer: gold, answerRaw: `#### ${gold}` });

/** 10,000 completions of pieces that the expressions of the Tunix demo stumble over, each with a gold. */
function generated() {
  const piece = fc.oneof(
    { weight: 8, arbitrary: fc.constantFrom('<reasoning>', '</reasoning>', '<answer>', '</answer>') },
    { weight: 3, arbitrary: fc.constantFrom('\n', ' ', '\t', '\u00a0', '\x1c', '\u2028', '\r\n', '') },
    fc.constantFrom('18', '-5', '18.0', '1,800', '$18', 'nan', 'inf', '1_8', '.5', '5.', '٣', '1e3', '𝟛'),
    fc.constantFrom('eggs', '.', '...', '<answer', 'Sure!', '0', '1080', '-0', '19.8', '14.4', '𝟗'),
  );
  const strictly = fc
    .tuple(fc.constantFrom('', 'Sure!\n', ' \n', 'x '), piece, fc.constantFrom('', '\n', '\nBye', ' x'))
    .map(
      ([before, answer, after]) => `${before}<reasoning>x</reasoning>\n<answer>${answer}</answer>${after}`,
    );
  const soup = fc.array(piece, { maxLength: 14 }).map((pieces) => pieces.join(''));
  const gold = fc.constantFrom('18', '-5', '1,800', '1080', '0', '5', '0.5', 'nan');
  return fc.sample(fc.tuple(fc.oneof(strictly, soup), gold), { numRuns: 10_000, seed: 4 });
}

describe('tunix-gsm8k', () => {
  const scorer = compileSuite(tunixGsm8k);
  const points = (completion: string, gold: string) => {
    const { total, parts } = scorer.score(goldRow(gold), completion);
    const weighted = scorer.parts.map(({ id, weight }) => weight * parts[id]!);
    expect(total).toBeCloseTo(
      weighted.reduce((sum, each) => sum + each, 0),
      12,
    );
    return weighted;
  };

  const clean = '<reasoning>\nThere are 9 eggs at 2 dollars.\n</reasoning>\n<answer>18</answer>';
  const answered = (answer: string) => clean.replace('>18<', `>${answer}<`);
  // What the demo pays, and the sum that the functions of its command line pay.
  const rows: [string, string, string, number[], number][] = [
    ['clean', clean, '18', [3, 2, 3, 1.5], 9.5],
    ['a line before and after', `Sure!\n${clean}\nI hope this helps.`, '18', [3, 2, 3, 1.5], 9.5],
    [
      'text between the blocks',
      clean.replace('\n<answer>', '\nso it is\n<answer>'),
      '18',
      [3, 2, 3, 1.5],
      9.5,
    ],
    ['17 then 18 on one line', `${answered('17')}<answer>18</answer>`, '18', [3, 0, -0.5, 0], 3.5],
    ['18 then 17', `${clean}\n<answer>17</answer>`, '18', [3, 0, 3, 1.5], 7.5],
    ['one character of reasoning', '<reasoning>.</reasoning><answer>18</answer>', '18', [3, 2, 3, 1.5], 9.5],
    ['spaces', answered(' 18 '), '18', [3, 2, 1.5, 1.5], 9.5],
    ['lines', answered('\n18\n'), '18', [3, 2, 1.5, 1.5], 9.5],
    ['18.0', answered('18.0'), '18', [3, 2, 0.5, 1.5], 9.5],
    ['a currency', answered('$18'), '18', [3, 2, -0.5, 1.5], 6],
    ['thousands', answered('1,800'), '1800', [3, 2, -0.5, 0], 8],
    ['-5 for 5', answered('-5'), '5', [3, 2, -1, 1.5], 5.5],
    ['-5 for -5', answered('-5'), '-5', [3, 2, 3, 0], 8],
    ['a list', answered('18 19 20 21'), '18', [3, 2, -0.5, 1.5], 6],
    ['unclosed', clean.replace('</answer>', ''), '18', [0, 1, 0, 1.5], 8.5],
    ['17', answered('17'), '18', [3, 2, 0.5, 0], 5.5],
    ['far away', answered('40'), '18', [3, 2, -1, 0], 4],
    ['answer in the reasoning', '<reasoning><answer>18</answer></reasoning>', '18', [0, 2, 0, 1.5], 3.5],
  ];
  it.each(rows)('pays %s as the demo does', (_, completion, gold, expected) => {
    expect(points(completion, gold)).toEqual(expected);
  });

  it(
    'equals the Python functions on 10,000 generated completions',
    () => {
      const cases = generated();
      const expected = askPython<number[]>(
        'tunix_gsm8k.py',
        cases.map(([completion, of]) => ({ completion, gold: of })),
      );
      const differing = cases.filter(
        ([completion, of], i) => JSON.stringify(points(completion, of)) !== JSON.stringify(expected[i]!),
      );
      expect(differing).toEqual([]);
      // All four functions were really tried.
      for (const part of [0, 1, 2, 3])
        expect(new Set(expected.map((each) => each[part])).size).toBeGreaterThan(1);
    },
    PATIENCE,
  );

  describe.skipIf(!existsSync(trainerPython()))(
    'the functions that tunix brings for its command line',
    () => {
      const cli = (cases: readonly (readonly [string, string])[]) =>
        askPython<number[]>(
          'tunix_cli_gsm8k.py',
          cases.map(([completion, gold]) => ({ completion, gold })),
          trainerPython(),
        );
      const sum = (all: readonly number[]) => all.reduce((total, each) => total + each, 0);

      it('pay as published', () => {
        const paid = cli(rows.map(([, completion, gold]) => [completion, gold]));
        expect(paid.map((each, i) => [rows[i]![0], sum(each)])).toEqual(
          rows.map((each) => [each[0], each[4]]),
        );
      });

      it(
        'differ from ours, which are the demo’s, only as docs/answers.md tells',
        () => {
          const cases = generated();
          const differing = [0, 0, 0, 0];
          for (const [i, theirs] of cli(cases).entries()) {
            const [completion, gold] = cases[i]!;
            const ours = points(completion, gold);
            for (const part of [0, 1, 2, 3]) differing[part]! += Number(ours[part] !== theirs[part]);
            // Whatever stands around the two blocks, and an answer that is never closed.
            expect(theirs[0]).toBeGreaterThanOrEqual(ours[0]!);
            expect(theirs[1]).toBe(ours[1]);
            // Commas of the gold are taken away.
            if (!gold.includes(',')) expect(theirs[3]).toBe(ours[3]);
          }
          expect(differing.map((count) => count > 0)).toEqual([true, false, true, false]);
        },
        PATIENCE,
      );
    },
  );

  it('reads floats as Python does', () => {
    expect(
      ['1_000', ' 5\n', '+.5e-1', 'Infinity', '٣', '𝟛', '1__0', '_1', '1e', '0x1', ''].map(pyFloat),
    ).toEqual([1000, 5, 0.05, Number.POSITIVE_INFINITY, 3, 3, null, null, null, null, null]);
    expect(pyFloat('-NaN')).toBeNaN();
  });

  it('stays linear where its expressions would backtrack', () => {
    const hostile = '<reasoning>x</reasoning><answer>'.repeat(30_000);
    expect(points(hostile, '18')).toEqual([0, -2, 0, 0]);
    const block = (answer: string) => `<reasoning>x</reasoning><answer>${answer}</answer>`;
    expect(points(block(`1${' '.repeat(400_000)}2`), '18')[2]).toBe(-0.5);
    expect(points(block(`${'1'.repeat(400_000)}x`), '18')[2]).toBe(-0.5);
  });
});

describe('open-r1', () => {
  const scorer = compileSuite(openR1);
  const parts = (completion: string, change: object = {}, measured: object = {}) =>
    scorer.score(row(change), completion, measured).parts;
  const think = (answer: string) => `<think>\nIt is.\n</think>\n<answer>\n${answer}\n</answer>`;

  it.each<[string, string, number, number]>([
    ['honest', think('18'), 1, 1],
    ['text after on a new line', `${think('18')}\nmore`, 1, 1],
    ['two answers', `${think('18')}\n<answer>\n17\n</answer>`, 1, 0.5],
    ['empty blocks', '<think>\n\n</think>\n<answer>\n\n</answer>', 1, 1],
    ['no line ends', '<think>It is.</think><answer>18</answer>', 0, 0],
    ['reversed', '\n</answer>\n<answer>\n\n</think>\n<think>\n', 0, 1],
    ['text before', `So\n${think('18')}`, 0, 1],
  ])('%s: format and tag count', (_, text, format, tags) => {
    expect(parts(text)).toMatchObject({ format, 'tag-count': tags });
  });

  it('counts steps by their markers, so a list of words is worth more than a numbered list', () => {
    expect(parts('First,First,First,').steps).toBe(1);
    expect(parts('1. a\n2. b\n3. c').steps).toBeCloseTo(1 / 3);
    expect(parts('Step 1: a\n- b\n* c').steps).toBe(1);
  });

  it.each([
    [500, 0.75, -0.75],
    [1000, 0.5, -0.5],
    [1500, 0.75, -0.75],
    [2000, 1, -1],
  ])('cosine at %i characters, which wraps beyond the maximum', (length, right, wrong) => {
    const filled = (answer: string) => {
      const text = `<think>\n</think>\n<answer>\n${answer}\n</answer>`;
      return text.padStart(Math.max(length, text.length), 'é');
    };
    expect(parts(filled('18')).cosine).toBeCloseTo(right, 12);
    expect(parts(filled('40')).cosine).toBeCloseTo(wrong, 12);
  });

  it('cosine is that of the engine but for its last digits, in every quarter', () => {
    for (let i = 0; i < 4000; i += 1)
      expect(Math.abs(cosOfHalfTurns(i / 999) - Math.cos((i / 999) * Math.PI))).toBeLessThan(3e-15);
    expect([0, 1 / 3, 1 / 2, 1, 3 / 2, 2, 1e6].map(cosOfHalfTurns)).toEqual(
      [1, 0.5, 0, -1, 0, 1, 1].map((x) => expect.closeTo(x, 15)),
    );
  });

  it('cosine of nothing at all is that of the shortest wrong answer', () => {
    expect(parts('').cosine).toBe(-1);
  });

  it('a gold that cannot be read pays the cosine in full and skips accuracy', () => {
    expect(parts(think('18'), { answer: 'many' })).toMatchObject({ accuracy: null, cosine: 1 });
  });

  it('repetition is minus the share of repeated word trigrams', () => {
    expect(parts('a b c a b c').repetition).toBe(-0.25);
    expect(parts('a b').repetition).toBe(0);
  });

  it('length compares within the group', () => {
    const group = { shortest: 40, longest: 80 };
    const text = think('18').padEnd(80, ' ');
    expect(parts(text, {}, { group }).length).toBe(-0.5);
    expect(parts(think('40').slice(0, 40).padEnd(40), {}, { group }).length).toBe(0);
    expect(parts(text).length).toBeNull();
  });
});

describe('verl-gsm8k', () => {
  const scorer = compileSuite(verlGsm8k);
  it.each([
    ['#### 18', 1],
    ['#### 17\n#### 18', 1],
    ['#### 18\n#### 17', 0],
    ['18', 0],
    ['#### 1,8', 1],
    ['#### 18.0', 0],
    ['#### 18.', 0],
    [`#### 18${'x'.repeat(299)}`, 0],
  ])('%j earns %d', (text, total) => {
    expect(scorer.score(row(), text).total).toBe(total);
  });
});
