// Numbers in answers: what is read, what is refused, and how that compares with the flexible reading of other harnesses.

import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readNumber, relativeError } from '../../../core/rewards/answers/number.ts';
import { sharedData } from '../../fixtures/shared-data.ts';

function read(text: string): string {
  const reading = readNumber(text);
  return reading.kind === 'number' ? reading.value : reading.kind;
}

describe('readNumber', () => {
  it.each([
    ['18', '18'],
    [' \n18\n', '18'],
    ['18.0', '18'],
    ['018', '18'],
    ['.5', '0.5'],
    ['0.50', '0.5'],
    ['18.', '18'],
    ['42...', '42'],
    ['$18', '18'],
    ['$ 18', '18'],
    ['18$', '18'],
    ['\\$18', '18'],
    ['$18$', '18'],
    ['€1,234.50', '1234.5'],
    ['USD 18', '18'],
    ['USD18', '18'],
    ['Rs. 18', '18'],
    ['1,234', '1234'],
    ['$1,234,567.00.', '1234567'],
    ['1\u00a0234', '1234'],
    ['1\u202f234\u202f567', '1234567'],
    ['-5', '-5'],
    ['−5', '-5'],
    ['–5', '-5'],
    ['-$5', '-5'],
    ['$-5', '-5'],
    ['x = -5', '-5'],
    ['x = - 5', '-5'],
    ['minus 5', '-5'],
    ['negative 5 degrees', '-5'],
    ['-0', '0'],
    ['+7', '7'],
    ['**18**', '18'],
    ['_18_', '18'],
    ['`18`', '18'],
    ['\\boxed{18}', '18'],
    ['(18)', '18'],
    ['(-18)', '-18'],
    ['x - y (18)', '18'],
    ['| -18 |', '-18'],
    ['#### 1,600', '1600'],
    ['The answer is 42.', '42'],
    ['So 18 dollars. Hmm...', '18'],
    ['He pays $1,234.00.', '1234'],
    ['18km', '18'],
    ['18m', '18'],
    ['18 m', '18'],
    ['3 t', '3'],
    ['5 T', '5'],
    ['$18/h', '18'],
    ['60/h', '60'],
    ['60 / s', '60'],
    ['2/d', '2'],
    ['90/min', '90'],
    ['18 - a lot of eggs', '18'],
    ['18 I think', '18'],
    ['is *18*', '18'],
    ['x = 18', '18'],
    ['x2 = 18', '18'],
    ['50%', '50'],
    ['50 percent', '50'],
    ['3/4', '0.75'],
    ['-3/4', '-0.75'],
    ['6/4', '1.5'],
    ['1/3', '1/3'],
    ['2/6', '1/3'],
    ['12/4', '3'],
    ['1.5e3', '1500'],
    ['2E-2', '0.02'],
    ['=> 18', '18'],
    ['100000000000000000000000000001', '100000000000000000000000000001'],
  ])('%j is %s', (text, value) => expect(read(text)).toBe(value));

  it.each([
    'answer 18, step 4.',
    'It is 5-3',
    '5 - 3',
    '1 234',
    '18 19 20 21 22',
    '18 apples (18)',
    '3*3',
    '5 plus 5',
    '18 18 18',
    '18x2',
    '17 or 18',
    '9 * 2 = 18',
    '3:30',
    '1,80',
    '18,19',
    '1,234,5',
    '0,123',
    '1.234.567',
    '1_000',
    "1'234",
    '2^5',
    '18²',
    '- 5',
    'answer - 5',
    '--5',
    '-(18)',
    '-(-18)',
    '−(−18)',
    '-( -18 )',
    '-[18]',
    '-($18)',
    '-|18|',
    '|-18|',
    '5-(-3)',
    '3/4/2024',
    'x > 5',
    '≥ 5',
    'more than 5',
    'at least 5',
    'not 18',
    "isn't 18",
    'infinity or 18',
    '1 1/2',
    '5 3/4/5',
    '1.5 million',
    '18 million',
    '18k',
    '18½',
    '18 and a half',
    'half of 18',
    '18 squared',
    '18!',
    'sqrt(18)',
    '√18',
    '18１',
    '18 or seventeen',
    "can't be 18",
    'less than or equal to 18',
    'over 18',
    '18 is wrong',
    '18 divided by two',
    '18 + x',
    '18 ± 1',
    '18x',
    '18 x',
    '18i',
    '2xy',
    'a+18',
    'x/18',
    '18/x',
    '18/h2',
    '18/h + x',
    '18t',
    '18 - x',
    '18 * n',
    'f(18)',
    '18(x)',
  ])('%j is ambiguous', (text) => expect(read(text)).toBe('ambiguous'));

  it.each(['nan', 'NaN', 'inf', '-inf', 'Infinity', '∞', '1e999', '1/0', '9'.repeat(61)])(
    '%j is not finite',
    (text) => expect(read(text)).toBe('not-finite'),
  );

  it.each(['', ' ', 'eighteen', 'H2O', 'none', '.', '-', '$', '１８', '<>'])('%j holds no number', (text) =>
    expect(read(text)).toBe('none'),
  );

  it('keeps percent, currency and unit apart from the value', () => {
    expect(readNumber('it costs $1,234.50 dollars')).toEqual({
      kind: 'number',
      value: '1234.5',
      percent: false,
      currency: '$',
      unit: 'dollars',
      span: [9, 18],
    });
    expect(readNumber('50 %')).toMatchObject({ value: '50', percent: true, unit: null });
    expect(readNumber('-12 km/h')).toMatchObject({ value: '-12', unit: 'km/h', span: [0, 3] });
  });

  it('differs from the flexible extraction of lm-eval only where a guess would be made', () => {
    // text, gold, does lm-eval's flexible-extract count it as right, do we
    const table: [string, string, boolean, boolean][] = [
      ['The answer is 42.', '42', true, true],
      ['The answer is 42...', '42', false, true],
      ['So 18 dollars. Hmm...', '18', false, true],
      ['He pays $1,234.00.', '1234', false, true],
      ['answer 18, step 4.', '18', false, false],
      ['x = -5', '-5', true, true],
      ['It is 5-3', '-3', true, false],
      ['1 234', '1234', false, false],
      ['50%', '50', true, true],
      ['3/4', '0.75', false, true],
    ];
    for (const [text, gold, , ours] of table) expect([text, read(text) === gold]).toEqual([text, ours]);
  });

  it('reads every number that it could have written, with signs, thousands and decimals', () => {
    const digits = fc.bigInt({ min: 0n, max: 10n ** 15n });
    fc.assert(
      fc.property(
        digits,
        fc.boolean(),
        fc.nat(999),
        fc.constantFrom('', '$', '€'),
        (whole, minus, cents, sign) => {
          const grouped = whole.toString().replace(/\B(?=(\d{3})+$)/g, ',');
          const fraction = cents === 0 ? '' : `.${String(cents).padStart(3, '0')}`;
          const expected = `${whole}${fraction}`.replace(/(\.\d*?)0+$/, '$1');
          const signed = minus && expected !== '0' ? `-${expected}` : expected;
          expect(read(`${minus ? '-' : ''}${sign}${grouped}${fraction}`)).toBe(signed);
        },
      ),
      { numRuns: 3000 },
    );
  });

  it('never throws and points inside the text', () => {
    const piece = fc.oneof(
      fc.string({ maxLength: 6 }),
      fc.constantFrom(
        '-',
        '−',
        '$',
        '1',
        '23',
        ',',
        '.',
        '/',
        'e',
        ' ',
        '%',
        '(',
        '^',
        '²',
        'not',
        'inf',
        '1e5',
      ),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const text = pieces.join('');
        const reading = readNumber(text);
        if (reading.kind !== 'number') return;
        const [start, end] = reading.span;
        expect(start).toBeGreaterThanOrEqual(0);
        expect(end).toBeLessThanOrEqual(text.length);
        expect(start).toBeLessThan(end);
        expect(readNumber(reading.value)).toMatchObject({ value: reading.value });
      }),
      { numRuns: 20_000 },
    );
  });

  it('takes linear time on a megabyte of digits, signs and dots', () => {
    for (const unit of ['1', '1,', '1.', '-', '1/', '$', ' -', '1e', '- 1 ', 'not', '1\u00a0234'])
      expect(readNumber(unit.repeat(1_000_000 / unit.length)).kind).not.toBe('number');
  });

  const golds = sharedData('openai__gsm8k', 'main', 'test.jsonl');
  it.skipIf(golds === null)(
    'reads all 1,319 golds of the gsm8k test split as the official check does',
    () => {
      const lines = readFileSync(golds!, 'utf8').trimEnd().split('\n');
      expect(lines).toHaveLength(1319);
      for (const line of lines) {
        const { answer } = JSON.parse(line) as { answer: string };
        const official = /#### (-?[0-9.,]+)/.exec(answer)![1]!.replaceAll(',', '');
        expect(read(answer.slice(answer.indexOf('####')))).toBe(official);
      }
    },
  );
});

describe('relativeError', () => {
  it('is relative to the second value', () => {
    expect(relativeError('17', '18')).toBeCloseTo(1 / 18);
    expect(relativeError('-5', '5')).toBe(2);
    expect(relativeError('1/3', '0.5')).toBeCloseTo(1 / 3);
    expect(relativeError('0', '0')).toBe(0);
    expect(relativeError('1', '0')).toBe(Number.POSITIVE_INFINITY);
  });
});
