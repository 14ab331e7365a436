// Choices and short texts in answers.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readChoice } from '../../../core/rewards/answers/choice.ts';
import {
  exactMatch,
  goldTexts,
  matchesGold,
  normaliseText,
  tokenF1,
} from '../../../core/rewards/answers/text.ts';
import { row } from './rows.ts';

const OPTIONS = ['respiration', 'digestion', 'photosynthesis', 'the water cycle'];

function read(text: string, choices: string[] | null = OPTIONS): string {
  const reading = readChoice(text, choices);
  return reading.kind === 'choice' ? reading.letter : reading.kind;
}

describe('readChoice', () => {
  it.each([
    'C',
    'c',
    ' C \n',
    '(C)',
    'C.',
    'C)',
    '[C]',
    '**C**',
    '`C`',
    'Answer: C',
    'answer: c',
    '**Answer:** C',
    'The correct answer is C.',
    'So the answer is (C).',
    'Option C',
    '\\boxed{C}',
    '$C$',
    'C) photosynthesis',
    'C. Photosynthesis.',
    'C: photosynthesis',
    'C - photosynthesis',
    '**C) photosynthesis**',
    'C because plants need light',
    'photosynthesis',
    'Photosynthesis.',
    'The answer is photosynthesis',
    '"photosynthesis"',
  ])('%j is C', (text) => expect(read(text)).toBe('C'));

  it.each([
    'A, B, C, D',
    'A or C',
    'The answer is not A but C.',
    'not C',
    'Answer: A\nWait, that is wrong.\nAnswer: C',
    'C) digestion',
    'C, maybe digestion',
    'B) photosynthesis',
    'respiration and digestion',
    'C or d',
    '(C) or (d)',
    'C / d',
    'C, or d',
  ])('%j is ambiguous', (text) => expect(read(text)).toBe('ambiguous'));

  it.each([
    '',
    'E',
    'Z',
    '(E)',
    '3',
    'plants',
    'A good way to see this: it dies.',
    'a plant',
    'ABC',
    'CC',
    'I think',
  ])('%j names no option', (text) => expect(read(text)).toBe('none'));

  it('refuses the option list written out again, also with the right letter after it', () => {
    const list = OPTIONS.map((option, i) => `${'ABCD'[i]}) ${option}`).join('\n');
    expect(read(list)).toBe('option-list');
    expect(read(`${list}\nC`)).toBe('option-list');
    expect(read(`C\n${list}`)).toBe('option-list');
    expect(read(OPTIONS.join(', '))).toBe('option-list');
  });

  it('follows the number of options: three, five, or none listed', () => {
    expect(read('D', ['x', 'y', 'z'])).toBe('none');
    expect(read('E', ['v', 'w', 'x', 'y', 'z'])).toBe('E');
    expect(read('Q', null)).toBe('Q');
    expect(read('photosynthesis', null)).toBe('none');
  });

  it('does not mix up letters that are options, and options that hold letters', () => {
    expect(read('B', ['B', 'A', 'C'])).toBe('ambiguous');
    expect(read('A', ['A', 'B', 'C'])).toBe('A');
    expect(read('B) vitamin C', ['vitamin A', 'vitamin C', 'vitamin D'])).toBe('B');
    expect(read('vitamin C', ['vitamin A', 'vitamin C', 'vitamin D'])).toBe('B');
    expect(read('4', ['3', '4', '5'])).toBe('B');
    expect(read('same', ['same', 'same', 'other'])).toBe('ambiguous');
    expect(read('A cat', ['A dog', 'A cat'])).toBe('B');
    expect(read('B) dark red', ['red', 'dark red', 'blue'])).toBe('B');
  });

  it('never throws, points inside the text, and a letter of the range reads as itself in every dress', () => {
    const dress = fc.constantFrom(
      (l: string) => `(${l})`,
      (l: string) => `**${l}**.`,
      (l: string) => `Answer: ${l}`,
      (l: string) => `\n ${l} \n`,
      (l: string) => l.toLowerCase(),
    );
    fc.assert(
      fc.property(fc.nat(3), dress, fc.string({ maxLength: 40 }), (index, wear, noise) => {
        expect(read(wear('ABCD'[index]!))).toBe('ABCD'[index]);
        for (const choices of [OPTIONS, null, ['', '  ', noise]]) {
          const reading = readChoice(noise, choices);
          if (reading.kind === 'choice') expect(reading.span[1]).toBeLessThanOrEqual(noise.length);
        }
      }),
      { numRuns: 5000 },
    );
  });
});

describe('texts', () => {
  it.each([
    ['The Eiffel Tower', 'Eiffel Tower', true, 1],
    ['yes, it is', 'yes', false, 0],
    ['Yes.', 'yes', true, 1],
    ['no', 'yes', false, 0],
    ['the the a', '', true, 0],
    ['New York New York', 'New York', false, 0.6667],
    ['U.S.A.', 'USA', true, 1],
    ['well-known', 'well known', false, 0],
    ['3.14', '3,14', true, 1],
    ['Shirley Temple Black', 'Shirley Temple', false, 0.8],
    ['a', 'A', true, 0],
    ['“Paris”', 'Paris', false, 0],
  ])('%j against %j is what the official HotpotQA script says', (prediction, gold, em, f1) => {
    expect(exactMatch(prediction, gold)).toBe(em);
    expect(tokenF1(prediction, gold)).toBeCloseTo(f1, 4);
  });

  it('removes articles as words only', () => {
    expect(normaliseText('An apple, the area and a Theatre')).toBe('apple area and theatre');
  });

  it.each([
    ['-5', '5', false],
    ['-5', '-5.0', false],
    ['-5', '-5', true],
    ['1.5', '15', false],
    ['1,500', '1500', true],
    ['$5', '5', true],
    ['World War 2', 'world war 2', true],
  ])('gold %j, answer %j: a number keeps sign and point (%s)', (gold, answer, right) => {
    expect(matchesGold(answer, gold)).toBe(right);
  });

  it('a gold of which nothing is left is none: any mark would match it', () => {
    for (const gold of ['The', 'a', '!', ' '])
      expect(goldTexts(row({ answerType: 'text', answer: gold, verifier: { golds: [gold] } }))).toBeNull();
    expect(
      goldTexts(row({ answerType: 'text', answer: null, verifier: { golds: ['The', 'Rome'] } })),
    ).toEqual(['Rome']);
  });
});
