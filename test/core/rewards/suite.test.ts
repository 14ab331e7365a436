// Suites: compilation and its refusals, totals, errors, and the guards that make cheating dearer than answering.
import { describe, expect, it } from 'vitest';
import type { Suite } from '../../../core/contract/reward.ts';
import { ScoreResult, Suite as SuiteSchema } from '../../../core/contract/reward.ts';
import { Row } from '../../../core/contract/row.ts';
import type { PartDefinition } from '../../../core/rewards/parts/part.ts';
import { findPart, partDefinitions } from '../../../core/rewards/parts/registry.ts';
import { compileSuite } from '../../../core/rewards/suite.ts';
import { findSuite, shippedSuites } from '../../../core/rewards/suites/shipped.ts';
import { thinkFirst1 as thinkFirst } from '../../../core/rewards/suites/think-first.ts';
import { choiceRow, row, strict } from './rows.ts';

const formOnly =
  'Of open tasks, nothing but the form is judged: any answer earns all there is. Leave such rows out.';
const scorer = compileSuite(thinkFirst);
const at100 = { tokens: 100, truncated: false };
const GOOD = strict('18');
const honest = scorer.score(row(), GOOD, at100).total!;
const total = (completion: string, of = row()) => scorer.score(of, completion, at100).total!;

describe('think-first', () => {
  it('knows its range: right and strict is the maximum, broken and cut the minimum', () => {
    expect(scorer).toMatchObject({ max: 4, min: -2, warnings: [formOnly] });
    expect(honest).toBe(scorer.max);
    expect(scorer.score(row(), '<answer>', { tokens: 900, truncated: true }).total).toBe(scorer.min);
  });

  it('gives score, reason and extracted answer for each part, and fits the schema', () => {
    const result = scorer.score(row(), GOOD, at100);
    expect(ScoreResult.parse(result)).toEqual(result);
    expect(result).toMatchObject({
      total: 4,
      parts: { format: 1, answer: 1, length: 0 },
      verdict: 'correct',
      extracted: { answer: '18' },
      error: null,
    });
    expect(GOOD.slice(...result.extracted!.span)).toBe('18');
    expect(Object.keys(result.why)).toEqual(['format', 'answer', 'length']);
    const outcomes = scorer.explain(row(), GOOD, at100);
    const sum = outcomes.reduce((all, part) => all + part.weight * (part.score ?? 0), 0);
    expect(sum).toBe(result.total);
  });

  it('orders completions: strict and right, right without the form, strict and wrong, nothing', () => {
    const hasty = '<reasoning>\nI think it is 18.\n</reasoning>\n<answer>\n18\n</answer>';
    const bare = '<answer>18</answer>';
    const order = [GOOD, hasty, bare, strict('40'), hasty.replaceAll('18', '40'), 'It must be 18.'].map(
      (text) => total(text),
    );
    expect(order).toEqual([...order].sort((a, b) => b - a));
    expect(new Set(order).size).toBe(order.length);
  });

  it.each([
    ['18', 'correct', 1],
    ['18.0', 'correct', 1],
    ['$18', 'correct', 1],
    ['17', 'wrong', 0.25],
    ['40', 'wrong', 0],
    ['-18', 'wrong', 0],
    ['nan', 'wrong', 0],
    ['inf', 'wrong', 0],
    ['17 18 19', 'ambiguous', 0],
    ['eighteen', 'unparsable', 0],
  ])('judges the number %j as %s', (answer, verdict, score) => {
    const result = scorer.score(row(), strict(answer), at100);
    expect([result.verdict, result.parts.answer]).toEqual([verdict, score]);
  });

  it.each([
    ['C', 'correct', 1],
    ['photosynthesis', 'correct', 1],
    ['D', 'wrong', 0],
    ['E', 'unparsable', 0],
    ['C or D', 'ambiguous', 0],
    ['A) digestion\nB) respiration\nC) photosynthesis\nD) rain', 'wrong', 0],
  ])('judges the choice %j as %s', (answer, verdict, score) => {
    const of = choiceRow(['digestion', 'respiration', 'photosynthesis', 'rain'], 'C');
    const result = scorer.score(of, strict(answer), at100);
    expect([result.verdict, result.parts.answer]).toEqual([verdict, score]);
  });

  it('judges texts by their golds and gives a little for overlap', () => {
    const of = row({ answerType: 'text', answer: 'New York', verifier: { golds: ['New York', 'NYC'] } });
    const judged = (answer: string) => scorer.score(of, strict(answer), at100);
    expect(judged('nyc.')).toMatchObject({ verdict: 'correct', parts: { answer: 1 } });
    const near = judged('New York New York');
    expect(near.verdict).toBe('wrong');
    expect(near.parts.answer).toBeCloseTo(0.25 * (2 / 3));
  });

  it('never pays for a row whose gold cannot be read, or that has none', () => {
    const rows = [
      row({ answer: 'many' }),
      row({ answer: null, answerType: 'open' }),
      row({ answer: 'x = 1', answerType: 'code' }),
      choiceRow(['x', 'y'], 'C'),
      choiceRow(['x', 'y'], '2'),
      row({ answer: '', answerType: 'text' }),
    ];
    for (const of of rows) {
      const result = scorer.score(of, GOOD, at100);
      expect([result.verdict, result.parts.answer, result.total]).toEqual(['not-applicable', null, 1]);
    }
  });

  it('counts length in tokens, and leaves it out when nobody counted', () => {
    const length = (measured: object) => scorer.score(row(), GOOD, measured).parts.length;
    expect(length({ tokens: 640 })).toBe(0);
    expect(length({ tokens: 704 })).toBe(-0.5);
    expect(length({ tokens: 768 })).toBe(-1);
    expect(length({ tokens: 5000 })).toBe(-1);
    expect(length({ tokens: 3, truncated: true })).toBe(-1);
    expect(length({})).toBeNull();
  });
});

describe('guards', () => {
  it('the form alone earns at most a third of the maximum', () => {
    for (const wrong of ['40', '?', 'nan', '1 2 3', 'the answer'])
      expect(total(strict(wrong))).toBeLessThanOrEqual(scorer.max / 3);
  });

  it('a near miss earns at most half of the right answer, a list of near misses nothing', () => {
    expect(scorer.score(row(), strict('17'), at100).parts.answer).toBeLessThanOrEqual(0.5);
    expect(scorer.score(row(), strict('17, 18, 19'), at100).parts.answer).toBe(0);
    const generous = {
      ...thinkFirst,
      parts: [{ id: 'a', fn: 'answer', weight: 1, params: { nearMiss: 0.6 } }],
    };
    expect(() => compileSuite(generous)).toThrow(/nearMiss.*0 and 0\.5/);
  });

  it('text outside of the blocks earns nothing', () => {
    for (const outside of ['18', 'The answer is 18.', '#### 18', '**18**', GOOD.replaceAll(/<.*?>/g, '')]) {
      expect(total(`${outside}\n${strict('40')}`)).toBeLessThan(total(strict('40')));
      expect(total(`${strict('40')}\n${outside}`)).toBeLessThan(total(strict('40')));
      expect(total(outside)).toBe(scorer.min + 1);
    }
  });

  it('headings copied without content earn less than an answer without any form', () => {
    const empty = GOOD.replace(/:\n.*$/gm, ':\n');
    expect(scorer.score(row(), empty, at100).parsed.reading).toBe('repairable');
    const wrong = empty.replace('18', '40');
    expect(scorer.score(row(), wrong, at100).parts.format).toBeLessThan(0);
  });

  // The completions that a published gsm8k reward pays well (up to 9.5 of 9.5), beside the honest one.
  const clean = '<reasoning>\nThere are 9 eggs at 2 dollars.\n</reasoning>\n<answer>18</answer>';
  it.each([
    ['a preamble', `Sure!\n${GOOD}\nI hope this helps.`],
    ['text between the blocks', GOOD.replace('<answer>', 'so\n<answer>')],
    ['two answers, wrong then right', `${GOOD.replace('18', '17')}\n<answer>18</answer>`],
    ['two answers, right then wrong', `${GOOD}\n<answer>17</answer>`],
    ['one character of reasoning', '<reasoning>.</reasoning>\n<answer>18</answer>'],
    ['a range of answers', strict('18 19 20 21 22 23 24 25 26 27 28 29')],
    ['an unclosed answer', GOOD.replace('\n</answer>', '')],
    [
      'the answer inside the reasoning',
      clean.replace('9 eggs', '<answer>18</answer>').replace(/\n<answer>18.*$/, ''),
    ],
    ['a near miss', strict('17')],
    ['the wrong sign', strict('-18')],
    ['tags in reverse order', '</answer>18<answer></reasoning>x<reasoning>'],
    ['tags without content', '<reasoning></reasoning><answer></answer>'],
    ['nested thinking', GOOD.replace('Count', '<reasoning>Count</reasoning>')],
    ['no form at all', '18'],
  ])('%s earns less than the honest completion', (_, hack) => {
    expect(total(hack)).toBeLessThan(honest);
  });

  it('honest spellings of the same answer earn the same', () => {
    const tight = GOOD.replace('\n18\n', '18');
    for (const text of [
      tight,
      GOOD.replace('\n18\n', ' 18 '),
      strict('18.0'),
      strict('18 dollars'),
      strict('$18.00'),
    ])
      expect(total(text)).toBe(honest);
    const big = row({ answer: '1800' });
    expect(total(strict('1,800'), big)).toBe(honest);
    expect(total(strict('-5'), row({ answer: '-5' }))).toBe(honest);
  });
});

describe('compilation', () => {
  const part = thinkFirst.parts[0]!;
  const withPart = (change: object) => ({ ...thinkFirst, parts: [{ ...part, ...change }] });

  it.each<[string, unknown, RegExp]>([
    ['not an object', null, /JSON object/],
    ['no name', { ...thinkFirst, name: '' }, /no name/],
    ['a version of 0', { ...thinkFirst, version: 0 }, /"think-first".*version.*not 0/],
    ['an unknown structure', { ...thinkFirst, structure: 'five-step@1' }, /five-step@1.*four-step@1/],
    ['no parts', { ...thinkFirst, parts: [] }, /no parts/],
    ['an unknown field', { ...thinkFirst, judges: [] }, /"judges".*newer version/],
    ['an unknown part', withPart({ fn: 'vibes' }), /part "format".*"vibes".*structure, section-quality/],
    ['weight NaN', withPart({ weight: Number.NaN }), /"weight" must be a number from 0/],
    ['weight infinite', withPart({ weight: Number.POSITIVE_INFINITY }), /"weight".*Infinity/],
    ['weight negative', withPart({ weight: -1 }), /"weight".*-1/],
    ['weight as text', withPart({ weight: '1' }), /"weight".*"1"/],
    ['two parts of one id', { ...thinkFirst, parts: [part, part] }, /two parts.*"format"/],
    ['an id that is no name', withPart({ id: '__proto__' }), /"id".*__proto__/],
    ['an unknown parameter', withPart({ params: { tolerance: 1 } }), /"tolerance"/],
    ['a parameter out of bounds', withPart({ fn: 'answer', params: { nearMiss: -1 } }), /nearMiss.*-1/],
    ['a parameter of text', withPart({ fn: 'answer', params: { nearMiss: 'much' } }), /nearMiss.*"much"/],
    [
      'half a token',
      withPart({ fn: 'soft-overlong', params: { budgetTokens: 1.5 } }),
      /budgetTokens.*whole.*1\.5/,
    ],
    ['an unknown domain', withPart({ when: { domain: ['maths'] } }), /"maths".*math, coding/],
    ['an empty switch', withPart({ when: { domain: [] } }), /"when"/],
    ['a switch on something else', withPart({ when: { domain: ['math'], split: ['test'] } }), /"split"/],
  ])('refuses %s', (_, suite, message) => {
    expect(() => compileSuite(suite)).toThrow(message);
  });

  it('accepts every shipped suite, and so does the schema; our own warn of open tasks only', () => {
    for (const suite of shippedSuites) {
      expect(SuiteSchema.parse(suite)).toEqual(suite);
      const { warnings } = compileSuite(suite);
      if (suite.name === 'think-first') expect(warnings).toEqual([expect.stringMatching(/^Of open tasks/)]);
    }
  });

  it('tells which rows earn by their form alone while it judges others', () => {
    const only = (name: string, domain: string, answerType: Row['answerType']) =>
      compileSuite(findSuite(name)).onlyForm({ domain, answerType });
    expect(only('think-first@2', 'math', 'number')).toBe(false);
    expect(only('think-first@2', 'creative', 'open')).toBe(false);
    expect(only('think-first@2', 'science', 'open')).toBe(true);
    expect(only('think-first@1', 'creative', 'open')).toBe(true);
    const format = { id: 'format', fn: 'structure', weight: 1 };
    const asked = { id: 'good', criterion: 'Is good.', importance: 'essential' };
    const judged = { id: 'judged', fn: 'rubric', weight: 4, params: { items: [asked] } };
    const when = { answerType: ['open'] };
    const answer = { id: 'answer', fn: 'answer', weight: 4 };
    const suite = (...parts: object[]) => compileSuite({ ...thinkFirst, parts });
    const open = { domain: 'creative', answerType: 'open' } as const;
    // Training asks no judge.
    const asking = suite(format, answer, { ...judged, when });
    expect(asking.onlyForm(open)).toBe(true);
    // A rubric that the rows bring themselves goes before, where it is one that ships.
    expect(asking.onlyForm({ ...open, rubricId: 'writing@1' })).toBe(false);
    expect(asking.onlyForm({ ...open, rubricId: 'none' })).toBe(true);
    const computed = { ...asked, id: 'long', check: { predicate: 'words', min: 8 } };
    expect(
      suite(format, answer, { ...judged, params: { items: [asked, computed] }, when }).onlyForm(open),
    ).toBe(false);
    // A suite of nothing but form is one on purpose.
    expect(suite(format).onlyForm(open)).toBe(false);
  });

  it('a name alone stands for the newest version', () => {
    expect(findSuite('think-first').version).toBe(2);
    expect(findSuite('think-first@1')).toBe(thinkFirst);
    expect(() => findSuite('think-first@9')).toThrow(/think-first@9.*think-first@2, think-first@1/);
  });

  it.each<[string, unknown, RegExp]>([
    ['a heading twice', { headings: ['Plan & Do', 'plan and do'] }, /two headings.*plan and do/],
    ['a heading that is no heading', { headings: ['**'] }, /heading 1.*start with a letter/],
    ['one tag for both', { answerTag: 'think' }, /two tags must differ/],
    ['a tag with brackets', { answerTag: '<answer>' }, /"answerTag"/],
    ['the id of a shipped one', { id: 'four-step@1' }, /ships with other contents/],
    ['an unknown field', { order: [] }, /no field "order"/],
  ])('refuses a structure of its own with %s', (_, change, message) => {
    const structure = {
      id: 'two-step@1',
      reasoningTag: 'think',
      answerTag: 'answer',
      headings: ['Plan', 'Do'],
    };
    const suite = { ...thinkFirst, structure };
    expect(compileSuite(suite).structure).toEqual(structure);
    expect(() => compileSuite({ ...suite, structure: { ...structure, ...(change as object) } })).toThrow(
      message,
    );
  });

  it('reads completions in a structure of its own', () => {
    const structure = {
      id: 'two-step@1',
      reasoningTag: 'plan-it',
      answerTag: 'result',
      headings: ['Step 1', 'Research and Review'],
    };
    const compiled = compileSuite({ ...thinkFirst, structure });
    const text =
      '<plan-it>\nStep 1:\nCount the eggs.\nResearch & Review\nThat fits.\n</plan-it>\n<result>18</result>';
    expect(compiled.score(row(), text, at100)).toMatchObject({ total: 4, verdict: 'correct' });
  });

  it('warns of a suite in which the form pays too well', () => {
    const [format, answer] = thinkFirst.parts;
    const suite = { ...thinkFirst, parts: [format, { ...answer, weight: 1 }] };
    expect(compileSuite(suite).warnings).toEqual([expect.stringContaining('50 %'), formOnly]);
  });

  it('a completion that only a judge could score is an error without one, not a zero', () => {
    const judged = { id: 'vivid', criterion: 'Is vivid.', importance: 'essential' };
    const suite = {
      ...thinkFirst,
      parts: [{ id: 'style', fn: 'rubric', weight: 1, params: { items: [judged] } }],
    };
    const result = compileSuite(suite).score(
      row({ answerType: 'open', answer: null }),
      strict('The gulls had come back to the harbour before anybody spoke of spring.'),
      at100,
    );
    expect(result).toMatchObject({ total: null, verdict: 'error', error: { part: 'style' } });
    expect(result.error?.message).toMatch(
      /^Nothing of the suite could be applied to row .*there is no judge/,
    );
  });

  it('switches parts by domain', () => {
    const suite: Suite = { ...thinkFirst, parts: [{ ...part, when: { domain: ['science'] } }] };
    const compiled = compileSuite(suite);
    expect(compiled.score(row(), GOOD)).toMatchObject({ total: 0, parts: { format: null } });
    expect(compiled.score(row({ domain: 'science' }), GOOD)).toMatchObject({
      total: 1,
      parts: { format: 1 },
    });
  });

  it('every part states its range and has defaults within their bounds', () => {
    for (const { range, params, explanation } of partDefinitions) {
      const defaults = Object.fromEntries(Object.entries(params).map(([name, spec]) => [name, spec.default]));
      const { min, max } = typeof range === 'function' ? range(defaults) : range;
      expect(min).toBeGreaterThanOrEqual(-1);
      expect(max).toBeLessThanOrEqual(1);
      expect(min).toBeLessThan(max);
      expect(explanation).not.toBe('');
      for (const spec of Object.values(params)) {
        expect(spec.explanation).not.toBe('');
        if (spec.type === 'choice') expect(spec.options).toContain(spec.default);
        if (spec.type !== 'number') continue;
        expect(spec.default).toBeGreaterThanOrEqual(spec.min);
        expect(spec.default).toBeLessThanOrEqual(spec.max);
      }
    }
  });
});

describe('a part that fails', () => {
  const broken = (score: () => number): PartDefinition => ({
    fn: 'broken',
    explanation: 'Fails on purpose.',
    range: { min: 0, max: 1 },
    params: {},
    score: () => ({ score: score(), why: '', spans: [] }),
  });
  const suite = { ...thinkFirst, parts: [...thinkFirst.parts, { id: 'bad', fn: 'broken', weight: 1 }] };

  it.each<[string, () => number, RegExp]>([
    [
      'throws',
      () => {
        throw new Error('out of ink');
      },
      /"bad".*"test:main:test:0".*out of ink/,
    ],
    ['gives NaN', () => Number.NaN, /NaN/],
    ['gives infinity', () => Number.POSITIVE_INFINITY, /Infinity/],
    ['leaves its range', () => 1.5, /1\.5/],
  ])('%s: the verdict is error and there is no total', (_, score, message) => {
    const find = (fn: string) => (fn === 'broken' ? broken(score) : findPart(fn));
    const result = compileSuite(suite, { findPart: find }).score(row(), GOOD, at100);
    expect(result).toMatchObject({ verdict: 'error', total: null, parts: {}, extracted: null });
    expect(result.error).toMatchObject({ part: 'bad', message: expect.stringMatching(message) });
    expect(ScoreResult.parse(result)).toEqual(result);
  });
});

it('the row that the tests use is a row', () => {
  expect(Row.parse(row())).toEqual(row());
});
