// The parts of a suite one by one: what each pays for, what it refuses, and evidence that a part needs and does not get.
import { describe, expect, it } from 'vitest';
import type { SuitePart } from '../../../core/contract/reward.ts';
import { plainMaths, sameFormula } from '../../../core/rewards/answers/latex.ts';
import { bridge, complete, eggs, lighthouse, squares } from '../../../core/rewards/attacks/tasks.ts';
import type { CodeReport, Evidence, Executor, Judge } from '../../../core/rewards/evidence.ts';
import { PythonRewardError } from '../../../core/rewards/evidence.ts';
import { createGrader } from '../../../core/rewards/grade.ts';
import type { Measured } from '../../../core/rewards/parts/part.ts';
import { meets } from '../../../core/rewards/rubrics/check-item.ts';
import { compileSuite } from '../../../core/rewards/suite.ts';
import { row, strict } from './rows.ts';

const suiteOf = (part: Omit<SuitePart, 'id' | 'weight'>) => ({
  name: 'one',
  version: 1,
  structure: 'four-step@1',
  parts: [{ id: 'part', weight: 1, ...part }],
});
const compile = (fn: string, params: object = {}) =>
  compileSuite(suiteOf({ fn, params: params as Record<string, unknown> }));
const score = (
  fn: string,
  params: object,
  of: typeof eggs.row,
  text: string,
  measured: Measured = {},
  evidence: Evidence = {},
) => compile(fn, params).score(of, text, measured, evidence);

describe('section-quality', () => {
  const quality = (sections: readonly string[], params: object = {}, measured: Measured = {}) =>
    score('section-quality', params, eggs.row, complete(eggs, { sections }), measured);
  const [first, second, third, fourth] = eggs.sections;

  it('pays for four sections of thinking', () => {
    expect(quality(eggs.sections)).toMatchObject({
      total: 1,
      why: { part: '4 of 4 sections hold thinking.' },
    });
  });

  it.each<[string, readonly string[], number, RegExp]>([
    ['a section of one word', [first, second, 'Checked.', fourth], 0.75, /Verification.*only 1 word\b/],
    ['a verification that only repeats', [first, second, second, fourth], 0.75, /Verification.*repeats/],
    [
      'talk about nothing',
      [first, second, 'All of it has been looked at once more.', fourth],
      0.75,
      /nothing about the question/,
    ],
    [
      'the question copied',
      [eggs.row.question, second, third, fourth],
      0.75,
      /Analysis.*copies the question/,
    ],
    [
      'thinking about something else',
      Array(4).fill('The garden wall is forty metres long and very old.'),
      0,
      /take up/,
    ],
  ])('%s', (_, sections, total, why) => {
    const result = quality(sections);
    expect(result.total).toBe(total);
    expect(result.why.part).toMatch(why);
  });

  it('a copy of the worked example costs a point, whichever prompt it stood in', () => {
    const example = complete(eggs);
    expect(quality(eggs.sections, {}, { examples: [example] }).total).toBe(-1);
    expect(quality(eggs.sections, {}, { examples: [complete(lighthouse)] }).total).toBe(1);
  });

  it('a form that is not closed earns nothing, nor do missing headings', () => {
    const text = complete(eggs);
    expect(score('section-quality', {}, eggs.row, text.replace('\n</answer>', '')).total).toBe(0);
    const without = text.replace('Final Synthesis:\n', '').replace('Verification & Self-Correction:\n', '');
    expect(score('section-quality', {}, eggs.row, without).total).toBe(0.5);
  });

  it('takes plain thinking as one section, and none of it where the headings are missing', () => {
    const think = `<think>\n${eggs.sections.join('\n')}\n</think>\n<answer>\n18\n</answer>`;
    const suite = { ...suiteOf({ fn: 'section-quality' }), structure: 'think-answer@1' };
    expect(compileSuite(suite).score(eggs.row, think).total).toBe(1);
    const bare = think.replaceAll('think>', 'reasoning>');
    expect(score('section-quality', {}, eggs.row, bare).total).toBe(0);
  });
});

describe('repetition and language', () => {
  it('repetition is free up to a share and full where everything repeats', () => {
    expect(score('repetition', {}, eggs.row, complete(eggs)).total).toBe(0);
    expect(score('repetition', {}, eggs.row, 'the eggs are sold '.repeat(100)).total).toBeLessThan(-0.9);
    expect(score('repetition', { tolerated: 0.9 }, eggs.row, 'the eggs are sold '.repeat(5)).total).toBe(0);
  });

  it.each([
    ['question', 'English as asked', complete(lighthouse), 0],
    ['de', 'English, German wanted', complete(lighthouse), -1],
  ])('language %s: %s', (language, _, text, total) => {
    expect(score('language', { language }, lighthouse.row, text).total).toBe(total);
  });

  it('follows the language and the script of the question', () => {
    const german = row({
      question: 'Wie viele Eier verkauft die Frau auf dem Markt, wenn sie am Morgen drei von ihnen isst?',
    });
    const text = strict('18').replace(
      'Count what is left.',
      'Die Frau isst am Morgen drei von den Eiern, und das ist nicht alles, denn sie backt auch noch mit vier von ihnen.',
    );
    expect(score('language', {}, german, text).total).toBe(0);
    expect(score('language', {}, german, complete(lighthouse)).total).toBe(-1);
    const chinese = row({ question: '她每天卖多少个鸡蛋？' });
    expect(score('language', {}, chinese, complete(lighthouse)).total).toBeLessThan(-0.8);
    const mixed = complete(eggs, { sections: [...eggs.sections.slice(0, 3), `${'她卖鸡蛋'.repeat(60)} 18`] });
    expect(score('language', {}, eggs.row, mixed).total).toBeLessThan(-0.2);
  });
});

describe('reference overlap', () => {
  const reference = 'The harbour bridge closes in October for three years and a ferry replaces it.';
  const of = { ...bridge.row, verifier: { rubricId: 'none', reference } };

  it('is ROUGE of the answer block, and falls where the answer is cut out of the passage', () => {
    const same = score('reference-overlap', {}, of, complete(bridge, { answer: reference }));
    expect(same.total).toBe(1);
    const cut = score('reference-overlap', {}, of, complete(bridge, { answer: bridge.row.context! }));
    expect(cut.total).toBe(0);
    expect(score('reference-overlap', {}, bridge.row, complete(bridge)).parts.part).toBeNull();
  });
});

describe('rubric', () => {
  const items = [
    {
      id: 'words',
      criterion: 'Has ten words or more.',
      importance: 'essential',
      check: { predicate: 'words', min: 10 },
    },
    {
      id: 'ferry',
      criterion: 'Names the ferry.',
      importance: 'important',
      check: { predicate: 'contains', any: ['ferry'] },
    },
    { id: 'judged', criterion: 'Is pleasant to read.', importance: 'optional' },
    {
      id: 'calm',
      criterion: 'Does not shout.',
      importance: 'pitfall',
      check: { predicate: 'avoids', texts: ['!'] },
    },
  ];
  const of = { ...bridge.row, verifier: null };
  const answered = (answer: string, evidence: Evidence = {}, params: object = {}) =>
    score('rubric', { items, ...params }, of, complete(bridge, { answer }), {}, evidence);
  const good = 'The bridge will be closed for three years while a ferry carries people.';

  it('is the weighted share of the items met; judged items leave the sum without a judge', () => {
    expect(answered(good)).toMatchObject({ total: 1, why: { part: 'All criteria are met. 1 not judged.' } });
    expect(answered(good.replace('ferry', 'boat')).total).toBeCloseTo((1 + 0.9) / (1 + 0.7 + 0.9));
    const judged = (met: boolean) => ({ judged: { 'part/judged': { met, why: '' } } });
    expect(answered(good, judged(true)).total).toBe(1);
    expect(answered(good, judged(false)).total).toBeCloseTo(2.6 / 2.9);
    expect(answered('A ferry.', {}, { essentialCap: 0.1 }).total).toBe(0.1);
  });

  it('what is essential and not judged holds the score under the cap, and still tells answers apart', () => {
    const essential = items.map((item) =>
      item.id === 'judged' ? { ...item, importance: 'essential' } : item,
    );
    const capped = (answer: string, evidence: Evidence = {}) =>
      answered(answer, evidence, { items: essential, essentialCap: 0.2 });
    expect(capped(good).total).toBeCloseTo(0.2);
    expect(capped(good).why.part).toMatch(/1 not judged. At most 0.2, because nobody judged/);
    expect(capped(good.replace('ferry', 'boat')).total).toBeCloseTo((0.2 * 1.9) / 2.6);
    const judged = (met: boolean) => ({ judged: { 'part/judged': { met, why: '' } } });
    expect(capped(good, judged(true)).total).toBe(1);
    expect(capped(good, judged(false)).total).toBe(0.2);
  });

  it('counts sentences by their last mark, in linear time', () => {
    const sentences = (text: string) => {
      const has = (count: number) =>
        meets({ predicate: 'sentences', min: count, max: count }, text, bridge.row);
      return [0, 1, 2, 3].find(has);
    };
    expect(['', '...', 'Wait... what?! Yes', 'One.\n\nTwo', 'v1.5 is out.'].map(sentences)).toEqual([
      0, 0, 3, 2, 1,
    ]);
    expect(sentences(`One${'.'.repeat(400_000)}two`)).toBe(1);
    expect(sentences(`One${'\n'.repeat(400_000)}two`)).toBe(2);
  });

  it('an unanswered question or a judge without a verdict is an error, never "not met"', () => {
    expect(answered(good, { judged: {} })).toMatchObject({ verdict: 'error', total: null });
    const failed = answered(good, { judged: { 'part/judged': { error: 'status 500' } } });
    expect(failed.error?.message).toMatch(/no verdict.*status 500/);
  });

  it.each([':', 'Thought process:', 'Solution', '', 'Let’s solve this step by step.'])(
    'refuses the master key %j before a judge is asked',
    (answer) => {
      const text = answer === '' ? '<answer></answer>' : complete(bridge, { answer });
      expect(compile('rubric', { items }).needs(of, text)).toEqual({});
    },
  );

  it.each<[string, unknown, RegExp]>([
    ['no items', { items: [] }, /no rubric: a rubric needs at least one item/],
    ['nothing given', {}, /the rubric has no items/],
    [
      'an item without a criterion',
      { items: [{ id: 'a', importance: 'essential' }] },
      /item 1 needs a "criterion"/,
    ],
    ['an unknown importance', { items: [{ ...items[0], importance: 'vital' }] }, /"importance": essential/],
    [
      'an unknown predicate',
      { items: [{ ...items[0], check: { predicate: 'regex' } }] },
      /unknown predicate/,
    ],
    [
      'a predicate without bounds',
      { items: [{ ...items[0], check: { predicate: 'words' } }] },
      /without any of/,
    ],
    [
      'a share over 1',
      { items: [{ ...items[0], check: { predicate: 'prose', min: 2 } }] },
      /"min" is out of bounds/,
    ],
    ['two of one id', { items: [items[0], items[0]] }, /two items have the id "words"/],
    ['an unknown shipped rubric', { rubric: 'poems@1' }, /"rubric" must be one of.*summary@1/],
  ])('refuses %s', (_, params, message) => {
    expect(() => compile('rubric', params as object)).toThrow(message);
  });
});

describe('code', () => {
  const report = (outcome: CodeReport['outcome'], passed = 0): CodeReport => ({
    outcome,
    passed,
    total: 3,
    failing: { assertion: 'assert sum_squares(3) == 14', message: 'got 0' },
    stdout: '',
    ms: 1,
  });
  const judged = (code?: CodeReport, text = complete(squares)) =>
    score('answer', {}, squares.row, text, {}, code ? { code } : {});

  it('is an error that says so without a sandbox, never a zero', () => {
    expect(judged()).toMatchObject({ verdict: 'error', total: null });
    expect(judged().error?.message).toMatch(/was not run.*sandbox/);
  });

  it.each([
    ['passed', 3, 'correct', 1],
    ['failed', 2, 'wrong', 0.5 * (2 / 3)],
    ['error', 2, 'wrong', 0],
    ['timeout', 2, 'wrong', 0],
    ['memory', 2, 'wrong', 0],
    ['forged', 2, 'wrong', 0],
    ['no-code', 0, 'unparsable', 0],
    ['unsupported', 2, 'unverifiable', 0],
  ] as const)('%s with %i of 3 tests is %s', (outcome, passed, verdict, total) => {
    const result = judged(report(outcome, passed));
    expect(result.verdict).toBe(verdict);
    expect(result.total).toBeCloseTo(total);
  });

  it('is not called wrong where that cannot be decided: the answer leaves the sum', () => {
    const result = judged(report('unsupported', 2));
    expect(Object.values(result.parts)).toEqual([null]);
    expect(Object.values(result.why)[0]).toMatch(
      /cannot be decided here \(2 of 3 passed\): assert .*: got 0\.$/s,
    );
  });

  it('is an error of the row where its own tests cannot be run, never a score', () => {
    const result = judged(report('bad-row'));
    expect(result).toMatchObject({ verdict: 'error', total: null, parts: {} });
    expect(result.error?.message).toMatch(
      /the row's own tests cannot be run, whatever the program: assert .*: got 0\. Mend/s,
    );
  });

  it('submits the inside of the one block, and nothing where there are two, none or an open one', () => {
    const submitted = (answer: string) =>
      compile('answer').needs(squares.row, complete(squares, { answer })).code?.code;
    expect(submitted('So:\r\n```python\r\nx = 1\r\n```\r\nDone.')).toBe('x = 1\n');
    const indented = complete(squares).replace(
      /<answer>[\s\S]*$/,
      '<answer>\n    def f():\n        return 1\n</answer>',
    );
    expect(compile('answer').needs(squares.row, indented).code?.code).toBe('def f():\n    return 1');
    expect(submitted('```\nx = 1\n```\n```\ny = 1\n```')).toBeUndefined();
    expect(submitted('```python\nx = 1')).toBeUndefined();
    expect(submitted('```js\nlet x\n```')).toBeUndefined();
    expect(compile('structure').needs(squares.row, complete(squares))).toEqual({});
  });
});

describe('maths', () => {
  const verdict = (answer: string, gold: string) =>
    score('answer', {}, row({ answer: gold }), strict(answer)).verdict;
  it.each([
    ['\\boxed{18}', '18', 'correct'],
    ['$18$', '18', 'correct'],
    ['\\(\\frac{3}{4}\\)', '0.75', 'correct'],
    ['$\\dfrac{1}{3}$', '1/3', 'correct'],
    ['\\$1{,}800', '1800', 'correct'],
    ['18\\%', '18', 'correct'],
    ['1.5 \\times 10^{3}', '1500', 'correct'],
    ['\\boxed{\\text{18}}', '18', 'correct'],
    ['\\frac{1}{2}', '0.75', 'wrong'],
    ['\\sqrt{324}', '18', 'unverifiable'],
    ['2\\frac{1}{2}', '2.5', 'unverifiable'],
    ['2^3', '8', 'unverifiable'],
    ['2π', '6', 'unverifiable'],
    ['$\\frac{ \\sqrt{2} }{2}$', '\\frac{\\sqrt{2}}{2}', 'correct'],
    ['0.7071', '\\frac{\\sqrt{2}}{2}', 'unverifiable'],
    ['0.5', '\\frac{1}{2}', 'correct'],
    ['$17$ or $18$', '18', 'ambiguous'],
    ['\\boxed{1}\\boxed{8}', '18', 'ambiguous'],
    ['\\boxed{1} \\boxed{8}', '18', 'ambiguous'],
    ['\\boxed{18} or \\boxed{\\text{18}}', '18', 'ambiguous'],
    ['$1 8$', '18', 'ambiguous'],
    ['\\text{1 8}', '18', 'ambiguous'],
    ['\\text{1}\\text{8}', '18', 'ambiguous'],
    ['\\text{1}8', '18', 'ambiguous'],
    ['$1\\,8$', '18', 'ambiguous'],
    ['$1~~8$', '18', 'ambiguous'],
    ['1\\!8', '18', 'ambiguous'],
    ['1\\left8', '18', 'ambiguous'],
    ['\\frac{1}{2}\\frac{3}{4}', '0.5', 'ambiguous'],
    ['2\\,\\frac{1}{2}', '10.5', 'ambiguous'],
    ['1\\,800', '1800', 'correct'],
    ['$1,\\!800$', '1800', 'correct'],
    ['18\\,\\text{dollars}', '18', 'correct'],
    ['\\[ 18 \\].', '18', 'correct'],
    ['$\\sqrt{1 8}$', '\\sqrt{18}', 'unverifiable'],
    ['\\boxed{3\\sqrt{13}}.', '$3\\sqrt{13}$', 'correct'],
    ['\\boxed{\\frac{1}{2}} + \\frac{1}{2}', '\\frac{1}{2}\\sqrt{2}', 'unverifiable'],
    ['\\frac134', '1/34', 'unverifiable'],
    ['\\frac13x', '1/3', 'unverifiable'],
    ['$2x$', '2', 'unverifiable'],
    ['$2 x$', '2', 'unverifiable'],
    ['$2 ab$', '2', 'unverifiable'],
    ['$2x and$', '2', 'unverifiable'],
    ['\\$18 an hour', '18', 'correct'],
    ['\\$18 a day', '18', 'correct'],
    ['\\$18 per day', '18', 'correct'],
    ['\\$18/h', '18', 'correct'],
    ['$2\\text{ m}$', '2', 'correct'],
    ['Answer: \\(9\\)', '9', 'correct'],
    ['\\(1\\)\\(8\\)', '18', 'ambiguous'],
    ['33.5\\%', '0.335', 'unverifiable'],
    ['33.5%', '33.5', 'correct'],
    ['100/3 %', '1/3', 'unverifiable'],
    ['33%', '0.34', 'wrong'],
    ['x = 1', '$x \\geq 1$', 'unverifiable'],
    ['$x = \\sqrt 3$', 'x=\\sqrt{3}', 'correct'],
    ['$x = \\sqrt{3} $', 'x=\\sqrt{3}', 'correct'],
  ])('%j against %j is %s', (answer, gold, expected) => {
    expect(verdict(answer, gold)).toBe(expected);
  });

  it('a plain number between dollars or in a box is told in its canonical form', () => {
    for (const answer of ['$18$', '\\boxed{18.0}', '\\(\\text{18 eggs}\\)'])
      expect(score('answer', {}, row(), strict(answer)).extracted?.answer).toBe('18');
  });

  it('is linear where spaces, dollars and boxes never close', () => {
    for (const unit of [' ', '\\,', '\\text{', '\\boxed', '^{ ', '$ ']) {
      const hostile = `$${unit.repeat(100_000 / unit.length)}\\x`;
      expect(plainMaths(hostile)).toBeNull();
      expect(sameFormula(hostile, '18')).toBe(false);
    }
  });

  it('what cannot be decided earns nothing', () => {
    expect(score('answer', {}, row(), strict('\\sqrt{324}'))).toMatchObject({
      total: 0,
      parts: { part: null },
    });
  });
});

describe('python', () => {
  const source = 'def reward(prompts, completions, **kwargs):\n    return [1.0 for _ in completions]\n';
  const suite = suiteOf({ fn: 'python', params: { source, min: -1, max: 1 } });
  const executor = (call: Executor['call']): Executor => ({
    run: async () => [],
    call,
    close: async () => {},
  });
  const items = [row(), row({ id: 'other' })].map((of) => ({ row: of, completion: strict('18') }));
  const grade = (call: Executor['call']) =>
    createGrader({ scorer: compileSuite(suite), executor: executor(call) }).grade(items);

  it('is called once for the batch, with the columns of the rows', async () => {
    const results = await grade(async ({ name, prompts, completions, columns }) => {
      expect([name, prompts.length, completions.length]).toEqual(['reward', 2, 2]);
      expect(columns.answer).toEqual(['18', '18']);
      return [0.5, null];
    });
    expect(results.map((result) => [result.total, result.parts.part])).toEqual([
      [0.5, 0.5],
      [0, null],
    ]);
  });

  it.each<[string, Executor['call'], RegExp]>([
    [
      'raises',
      async () => {
        throw new PythonRewardError('ValueError: no');
      },
      /ValueError: no/,
    ],
    ['leaves its range', async () => [7, 7], /gave 7, outside of \[-1, 1\]/],
    ['gives NaN', async () => [Number.NaN, 0], /NaN/],
  ])('is an error of each completion where the function %s', async (_, call, message) => {
    const [first] = await grade(call);
    expect(first).toMatchObject({ verdict: 'error', total: null });
    expect(first!.error?.message).toMatch(message);
  });

  it('a sandbox that fails, or answers for too few, fails the batch', async () => {
    await expect(
      grade(async () => {
        throw new Error('deno is missing');
      }),
    ).rejects.toThrow('deno is missing');
    await expect(grade(async () => [1])).rejects.toThrow(/fewer completions/);
  });

  it('without a sandbox every completion is an error', async () => {
    const [first] = await createGrader({ scorer: compileSuite(suite) }).grade(items);
    expect(first!.error?.message).toMatch(/was not run.*sandbox/);
  });

  it.each([
    ['no source', { source: ' ' }, /"source" is empty/],
    ['another name', { source, name: 'other' }, /defines no function "other"/],
    ['a name that is none', { source, name: 'a b' }, /"name" must be the name/],
    ['an empty range', { source, min: 1, max: 1 }, /"min" \(1\) must be below/],
  ])('refuses %s when the suite is compiled', (_, params, message) => {
    expect(() => compile('python', params)).toThrow(message);
  });
});

describe('grading with a judge', () => {
  const suite = suiteOf({ fn: 'rubric', params: { rubric: 'summary@1' } });
  const items = [{ row: bridge.row, completion: complete(bridge) }];

  it('asks each judged item once and keeps the text of the model apart', async () => {
    const judge: Judge = {
      judge: async (questions) => {
        expect(questions.map((each) => each.criterion)).toEqual([
          'States the main point of the passage.',
          'States nothing that the passage does not say.',
        ]);
        expect(questions[0]!.answer).toBe(bridge.answer);
        return questions.map(() => ({ met: true, why: 'so it is' }));
      },
    };
    const [result] = await createGrader({ scorer: compileSuite(suite), judge }).grade(items);
    expect(result).toMatchObject({ total: 1, why: { part: 'All criteria are met.' } });
  });

  it('a judge that breaks off fails the batch; an aborted grading throws', async () => {
    const none: Judge = { judge: async () => [] };
    await expect(createGrader({ scorer: compileSuite(suite), judge: none }).grade(items)).rejects.toThrow(
      /judge answered for fewer/,
    );
    await expect(
      createGrader({ scorer: compileSuite(suite) }).grade(items, AbortSignal.abort()),
    ).rejects.toThrow();
  });
});
