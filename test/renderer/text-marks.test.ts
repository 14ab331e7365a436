// Pieces of a marked text: every letter once, in order, under exactly the marks that cover it.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { piecesUnder, type TextMark, titleAt } from '../../renderer/ui/text-marks.ts';

const mark = (from: number, to: number, title?: string): TextMark => ({
  span: [from, to],
  look: 'warn',
  ...(title ? { title } : {}),
});

describe('the pieces of a marked text', () => {
  it('are the text, whatever the marks are', () => {
    const marks = fc.array(
      fc.record({
        span: fc.tuple(fc.integer({ min: -3, max: 40 }), fc.integer({ min: -3, max: 40 })),
        look: fc.constantFrom('tag' as const, 'bad' as const),
      }),
    );
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 30 }),
        marks,
        fc.array(fc.nat(40)),
        (text, all, cuts) => {
          const pieces = piecesUnder(text, all, cuts);
          expect(pieces.map((piece) => piece.text).join('')).toBe(text);
          for (const piece of pieces)
            for (let at = piece.from; at < piece.from + piece.text.length; at += 1) {
              const over = all.filter(({ span }) => span[0] <= at && at < span[1]).map(({ look }) => look);
              expect(new Set(piece.looks)).toEqual(new Set(over));
            }
        },
      ),
    );
  });

  it('count in UTF-16 code units, as the reader of completions does', () => {
    const text = '🥚 18';
    expect(piecesUnder(text, [mark(3, 5)]).map((piece) => piece.text)).toEqual(['🥚 ', '18']);
  });

  it('carry every name once where marks lie on each other', () => {
    const pieces = piecesUnder('abcdef', [mark(0, 4, 'x'), mark(2, 6, 'y'), mark(2, 3, 'x')]);
    expect(pieces.map(({ text, title }) => [text, title])).toEqual([
      ['ab', 'x'],
      ['c', 'x\ny'],
      ['d', 'x\ny'],
      ['ef', 'y'],
    ]);
  });

  it('are cut where a note is to stand', () => {
    expect(piecesUnder('abc', [], [1]).map(({ from }) => from)).toEqual([0, 1]);
  });
});

describe('a caret', () => {
  it('in a mark, or at its end, is told what is said there', () => {
    const marks = [mark(2, 4, 'nested tag: why')];
    expect([1, 2, 4, 5].map((at) => titleAt(marks, at))).toEqual([
      undefined,
      'nested tag: why',
      'nested tag: why',
      undefined,
    ]);
  });
});
