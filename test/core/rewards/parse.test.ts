// Reading completions: the strict form, every deviation by its name, the three readings, and speed.
import { describe, expect, it } from 'vitest';
import { parseCompletion } from '../../../core/rewards/parse.ts';
import { partsOf, renderCompletion } from '../../../core/rewards/render.ts';
import { fourStep, thinkAnswer } from '../../../core/rewards/structure.ts';
import { strict } from './rows.ts';

const parse = (text: string) => parseCompletion(text, fourStep);
const names = (text: string) => parse(text).deviations.map((deviation) => deviation.name);
const answerOf = (text: string) => {
  const { answer } = parse(text);
  return answer && text.slice(...answer);
};

const GOOD = strict('18');
const REASONING = GOOD.slice(0, GOOD.indexOf('<answer>')).trim();

describe('the strict form', () => {
  it('is read with spans for tags, headings, sections and answer', () => {
    const parsed = parse(GOOD);
    expect(parsed).toMatchObject({ structure: 'four-step@1', reading: 'strict', deviations: [] });
    expect(parsed.tags.map((tag) => GOOD.slice(...tag.span))).toEqual([
      '<reasoning>',
      '</reasoning>',
      '<answer>',
      '</answer>',
    ]);
    expect(parsed.sections.map((section) => GOOD.slice(...section.headingSpan))).toEqual([
      'Analysis & Strategy:',
      'Step-by-Step Execution:',
      'Verification & Self-Correction:',
      'Final Synthesis:',
    ]);
    expect(parsed.sections.map((section) => GOOD.slice(...section.bodySpan))).toEqual([
      'Count what is left.',
      '16 - 3 - 4 = 9, times 2.',
      'Going back, it fits.',
      'She sells them.',
    ]);
    expect(answerOf(GOOD)).toBe('18');
    expect(GOOD.slice(...parsed.reasoning!)).toContain('Count what is left.');
  });

  it.each([
    ['white space around', `\n\n ${GOOD}\n \n`],
    ['Windows line ends', GOOD.replaceAll('\n', '\r\n')],
    ['tight tags', GOOD.replace('<answer>\n18\n</answer>', '<answer>18</answer>')],
    ['bold headings', GOOD.replace(/^(.*&.*|Step.*|Final.*):$/gm, '**$1**:')],
    ['bold headings with the colon inside', GOOD.replace(/^(.*&.*|Step.*|Final.*):$/gm, '**$1:**')],
    ['Markdown headings', GOOD.replace(/^(.*&.*|Step.*|Final.*):$/gm, '### $1')],
    ['no colons', GOOD.replace(/^(.*&.*|Step.*|Final.*):$/gm, '$1')],
    ['an escaped ampersand', GOOD.replaceAll('&', '&amp;')],
    ['"and" for the ampersand', GOOD.replaceAll('&', 'and')],
    ['blank lines between', GOOD.replaceAll('\n', '\n\n')],
    ['trailing spaces', GOOD.replaceAll('\n', '  \n')],
  ])('allows %s', (_, text) => {
    expect(names(text)).toEqual([]);
    expect(parse(text).reading).toBe('strict');
    expect(answerOf(text)).toBe('18');
  });
});

describe('repairable completions', () => {
  const without = (heading: string) => GOOD.replace(`${heading}:\n`, '');
  it.each([
    ['text-before', `Sure!\n${GOOD}`],
    ['text-between', GOOD.replace('<answer>', 'So:\n<answer>')],
    ['text-after', `${GOOD}\nI hope this helps.`],
    ['missing-tag', '<answer>18</answer>'],
    ['tag-order', `<answer>18</answer>\n${REASONING}`],
    ['tag-variant', GOOD.replace('<answer>', '<Answer>')],
    ['tag-variant', GOOD.replace('</answer>', '< / answer >')],
    ['tag-variant', GOOD.replace('<answer>', '<answer type="number">')],
    ['duplicate-tag', `${REASONING}\n${GOOD}`],
    ['stray-tag', `${GOOD}</reasoning>`],
    ['heading-missing', without('Verification & Self-Correction')],
    ['heading-duplicate', GOOD.replace('Final Synthesis:', 'Analysis & Strategy:\nMore.\nFinal Synthesis:')],
    ['heading-inline', GOOD.replace('Final Synthesis:\n', 'Final Synthesis: ')],
    ['heading-inline', GOOD.replace('Final Synthesis:\n', '**Final Synthesis** ')],
    ['heading-variant', GOOD.replace('Final Synthesis:', 'final synthesis:')],
    ['heading-variant', GOOD.replace('Final Synthesis:', '4. Final Synthesis:')],
    ['heading-variant', GOOD.replace('Step-by-Step', 'Step by Step')],
    ['section-empty', GOOD.replace('She sells them.', '')],
    ['section-empty', GOOD.replace('She sells them.', '...')],
    ['text-before-heading', GOOD.replace('<reasoning>', '<reasoning>\nLet me see.')],
  ])('%s', (name, text) => {
    expect(new Set(names(text))).toEqual(new Set([name]));
    expect(parse(text).reading).toBe('repairable');
    expect(answerOf(text)).toBe('18');
  });

  it('names headings out of order', () => {
    const [a, b] = ['Analysis & Strategy', 'Final Synthesis'];
    const swapped = GOOD.replace(a, '#').replace(b, a).replace('#', b);
    expect(new Set(names(swapped))).toEqual(new Set(['heading-order']));
    expect(parse(swapped).reading).toBe('repairable');
  });

  it('points at what it names', () => {
    const text = `Sure!\n${GOOD}\nBye.`;
    const found = parse(text).deviations.map(({ name, span }) => [name, text.slice(...span)]);
    expect(found).toEqual([
      ['text-before', 'Sure!'],
      ['text-after', 'Bye.'],
    ]);
  });

  it('does not take a sentence that begins like a heading for one', () => {
    const text = GOOD.replace('She sells them.', 'Final synthesis of it all shows that she sells them.');
    expect(parse(text).reading).toBe('strict');
  });
});

describe('completions without a reading', () => {
  it.each([
    ['nothing', '', ['missing-tag', 'missing-tag']],
    ['plain text', 'The answer is 18.', ['missing-tag', 'missing-tag']],
    ['no answer block', REASONING, ['missing-tag']],
    ['an unclosed answer', GOOD.replace('</answer>', ''), ['unclosed-tag']],
    [
      'an unclosed reasoning block',
      GOOD.replace('</reasoning>', ''),
      ['nested-tag', 'unclosed-tag', 'missing'],
    ],
    ['two answers', `${GOOD}\n<answer>18</answer>`, ['duplicate-tag']],
    [
      'an answer inside the reasoning',
      GOOD.replace('Going', '<answer>18</answer> Going'),
      ['nested-tag', 'duplicate-tag'],
    ],
    [
      'only an answer inside the reasoning',
      REASONING.replace('Going', '<answer>18</answer>'),
      ['nested-tag'],
    ],
    ['an empty answer', GOOD.replace('\n18\n', ' \n '), ['answer-empty']],
    ['a nested reasoning tag', GOOD.replace('Going', '<reasoning>Going'), ['nested-tag', 'unclosed-tag']],
    ['a second closing answer tag', `${GOOD}</answer>`, ['stray-tag']],
    ['a hidden second answer', `${GOOD}\n<ANSWER >17</ANSWER>`, ['tag-variant', 'duplicate-tag']],
  ])('%s', (_, text, some) => {
    const parsed = parse(text);
    expect(parsed.reading).toBe('none');
    expect(parsed.answer).toBeNull();
    expect(names(text)).toEqual(expect.arrayContaining(some.filter((name) => name !== 'missing')));
  });
});

describe('other structures', () => {
  it('find a heading that is written as declared, whatever its letters are in lower case', () => {
    const parsed = parseCompletion('<plan>\nİlk adım:\nOne.\n</plan>\n<answer>\n18\n</answer>', {
      ...{ id: 'one-step@1', reasoningTag: 'plan', answerTag: 'answer', headings: ['İlk adım'] },
    });
    expect(parsed).toMatchObject({ reading: 'strict', sections: [{ heading: 'İlk adım' }] });
  });

  it('reads think and answer without headings', () => {
    const text = '<think>\nAnalysis & Strategy:\nhm\n</think>\n<answer>\nB\n</answer>';
    expect(parseCompletion(text, thinkAnswer)).toMatchObject({ reading: 'strict', sections: [] });
    expect(parseCompletion(text, fourStep).reading).toBe('repairable');
    const empty = parseCompletion('<think> … </think><answer>B</answer>', thinkAnswer);
    expect(empty.deviations.map((deviation) => deviation.name)).toEqual(['reasoning-empty']);
  });

  it('reads a prefilled opening tag as missing, not as the end of the world', () => {
    const parsed = parseCompletion('I count.\n</think>\n<answer>B</answer>', thinkAnswer);
    expect(parsed.reading).toBe('repairable');
    expect(parsed.deviations.map((deviation) => deviation.name).sort()).toEqual([
      'missing-tag',
      'stray-tag',
      'text-before',
    ]);
  });
});

describe('rendering', () => {
  it('is the inverse of parsing', () => {
    const parts = { sections: ['one', 'two\n\nlines', 'three & four', '4: five'], answer: '18' };
    const text = renderCompletion(fourStep, parts);
    expect(partsOf(text, parse(text), fourStep)).toEqual(parts);
  });

  it.each([
    ['an empty section', ['one', '', 'three', 'four'], '18'],
    ['too few sections', ['one'], '18'],
    ['a tag in a section', ['one', '<answer>', 'three', 'four'], '18'],
    ['a heading in a section', ['one', 'Final Synthesis:', 'three', 'four'], '18'],
    ['an empty answer', ['one', 'two', 'three', 'four'], ' '],
  ])('refuses %s', (_, sections, answer) => {
    expect(() => renderCompletion(fourStep, { sections, answer })).toThrow(/four-step@1/);
  });
});

describe('a megabyte of anything', () => {
  const units = [
    '<reasoning>',
    '</reasoning>',
    '<reasoning></reasoning>',
    '<answer>',
    '<answer>1</answer>',
    '</answer>x',
    '<',
    '<answer ',
    '< / / ',
    '<reasoning>\nAnalysis & Strategy:\n',
    'Analysis & Strategy:\n',
    '\n',
    ' ',
    '****',
    '#\n',
    '1. 2. ',
    'Analysis & ',
  ];

  /** Processor time, the least of three: a busy machine does not look like a slow parser. */
  function seconds(text: string): number {
    const runs = [1, 2, 3].map(() => {
      const start = process.cpuUsage();
      parse(text);
      return process.cpuUsage(start).user;
    });
    return Math.min(...runs) / 1e6;
  }

  it.each(units)('%j costs time in proportion to its length', (unit) => {
    const whole = `<reasoning>\n${unit.repeat(Math.ceil(1_000_000 / unit.length))}`;
    const small = whole.slice(0, whole.length / 16);
    // A quadratic parser would need 256 times as long, and minutes; 16 is linear, the rest is slack for noise.
    expect(seconds(whole)).toBeLessThan(96 * seconds(small) + 0.25);
  });
});
