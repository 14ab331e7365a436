// Readings that exist elsewhere, held against their originals: HotpotQA, ROUGE, gsm8k as four others read it, and real data.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { choiceGold } from '../../../core/rewards/answers/choice-gold.ts';
import { type Gsm8kMetric, gsm8kMetrics, readGsm8k } from '../../../core/rewards/answers/gsm8k-metrics.ts';
import { readNumber } from '../../../core/rewards/answers/number.ts';
import { exactMatch, tokenF1 } from '../../../core/rewards/answers/text.ts';
import { compileSuite } from '../../../core/rewards/suite.ts';
import { thinkFirst1 } from '../../../core/rewards/suites/think-first.ts';
import { stem } from '../../../core/rewards/words/porter-stemmer.ts';
import { type RougeMetric, rouge } from '../../../core/rewards/words/rouge.ts';
import { sharedData, withoutSharedData } from '../../fixtures/shared-data.ts';
import { choiceRow, row, strict } from './rows.ts';

const fixtures = join(import.meta.dirname, '../../fixtures/rewards');
const PATIENCE = 600_000;

describe('HotpotQA', () => {
  it.each<[string, string, number, number]>([
    ['The Eiffel Tower', 'Eiffel Tower', 1, 1],
    ['yes, it is', 'yes', 0, 0],
    ['Yes.', 'yes', 1, 1],
    ['no', 'yes', 0, 0],
    ['the the a', '', 1, 0],
    ['New York New York', 'New York', 0, 2 / 3],
    ['U.S.A.', 'USA', 1, 1],
    ['well-known', 'well known', 0, 0],
    ['3.14', '3,14', 1, 1],
    ['Shirley Temple Black', 'Shirley Temple', 0, 0.8],
    ['a', 'A', 1, 0],
    ['“Paris”', 'Paris', 0, 0],
  ])('%j against %j', (prediction, gold, em, f1) => {
    expect(Number(exactMatch(prediction, gold))).toBe(em);
    expect(tokenF1(prediction, gold)).toBeCloseTo(f1, 12);
  });

  it(
    'equals the official script on 3,000 odd pairs, to the last digit',
    () => {
      const word = fc.constantFrom(
        'the',
        'The',
        'a',
        'An',
        'yes',
        'No',
        'noanswer',
        'New',
        'York',
        'U.S.',
        "O'Neill",
        '“x”',
        'a-b',
        '1,000',
        'Ünal',
        'ÀN',
        'à',
        '\u0130x',
        'the\u0301',
        '_a_',
        'a_b',
        '\u00a0',
        '\x1f',
        '\u2028',
        '\ufeff',
        '日本',
        'ß',
        '!',
      );
      const text = fc.array(word, { maxLength: 6 }).map((words) => words.join(' '));
      const pairs = fc.sample(fc.tuple(text, text), { numRuns: 3000, seed: 2 });
      const input = pairs.map((pair) => JSON.stringify(pair)).join('\n');
      const answers = execFileSync('python3', [join(fixtures, 'text_metrics.py')], {
        input,
        encoding: 'utf8',
      });
      const expected = answers
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as [number, number]);
      const differing = pairs.filter(
        ([a, b], i) => Number(exactMatch(a, b)) !== expected[i]![0] || tokenF1(a, b) !== expected[i]![1],
      );
      expect(differing).toEqual([]);
    },
    PATIENCE,
  );
});

describe('ROUGE', () => {
  const golden = JSON.parse(readFileSync(join(fixtures, 'rouge-golden.json'), 'utf8')) as {
    stems: [string, string][];
    pairs: [string, string, [number, number, number][]][];
  };
  const metrics: RougeMetric[] = ['rouge1', 'rouge2', 'rougeL', 'rougeLsum'];

  it('stems as NLTK does', () => {
    expect(golden.stems.length).toBeGreaterThan(1000);
    expect(golden.stems.filter(([word, wanted]) => stem(word) !== wanted)).toEqual([]);
  });

  it('equals rouge_score with and without stemmer, to the last digit', () => {
    const differing = golden.pairs.flatMap(([reference, prediction, expected]) =>
      [false, true].flatMap((stemmer, s) =>
        metrics.flatMap((metric, m) => {
          const { precision, recall, fmeasure } = rouge(metric, reference, prediction, stemmer);
          const same = JSON.stringify([precision, recall, fmeasure]) === JSON.stringify(expected[s * 4 + m]);
          return same
            ? []
            : [{ metric, stemmer, reference, prediction, fmeasure, expected: expected[s * 4 + m] }];
        }),
      ),
    );
    expect(golden.pairs.length).toBeGreaterThan(200);
    expect(differing.slice(0, 3)).toEqual([]);
  });

  it('has the published figures', () => {
    expect(rouge('rouge1', 'testing one two', 'testing')).toEqual({
      precision: 1,
      recall: 1 / 3,
      fmeasure: 0.5,
    });
    const union = rouge('rougeLsum', 'w1 w2 w3 w4 w5', 'w1 w2 w6 w7 w8\nw1 w3 w8 w9 w5');
    expect([union.recall, union.precision]).toEqual([0.8, 0.4]);
    expect(union.fmeasure).toBeCloseTo(0.5333, 4);
  });
});

describe('gsm8k as others read it', () => {
  it.each<[string, string, string | null, boolean]>([
    ['The answer is 42.', '42', '42.', true],
    ['The answer is 42...', '42', '42...', false],
    ['So 18 dollars. Hmm...', '18', '...', false],
    ['He pays $1,234.00.', '1234', '$1,234.00.', false],
    ['<answer>18</answer>', '18', '18', true],
    ['answer 18, step 4.', '18', '4.', false],
    ['x = -5', '-5', '-5', true],
    ['It is 5-3', '-3', '-3', true],
    ['1 234', '1234', '234', false],
    ['50%', '50', '50', true],
    ['3/4', '0.75', '4', false],
    ['nothing', '1', null, false],
  ])('lm-eval flexible on %j', (text, gold, extracted, correct) => {
    expect(readGsm8k('lm-eval-flexible', text, gold)).toEqual({ extracted, correct });
  });

  it.each<[Gsm8kMetric, string, boolean]>([
    ['official', 'so\n#### 1,234', true],
    ['official', '#### 1234.', false],
    ['official', '#### 9\n#### 1234', false],
    ['lm-eval-strict', '#### 1234.', true],
    ['lm-eval-strict', '#### $1234', false],
    ['verl-strict', '#### 9\n#### 1,234', true],
    ['verl-flexible', 'so it is 1,234 .', false],
    ['verl-flexible', 'so it is 1234 .', true],
  ])('%s on %j', (metric, text, correct) => {
    expect(readGsm8k(metric, text, '1234').correct).toBe(correct);
  });
});

function lines<T>(...path: string[]): T[] {
  return readFileSync(sharedData(...path)!, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as T);
}

describe.skipIf(sharedData() === null)(`real data (skipped where ${withoutSharedData})`, () => {
  const scorer = compileSuite(thinkFirst1);
  const verdict = (of: ReturnType<typeof row>, answer: string) => scorer.score(of, strict(answer)).verdict;

  it('every gold of gsm8k test is read, by us and by the others, but for those that verl leaves its commas', () => {
    const rows = lines<{ answer: string }>('openai__gsm8k', 'main', 'test.jsonl');
    expect(rows.length).toBe(1319);
    const unread: string[] = [];
    for (const { answer } of rows) {
      const gold = readNumber(answer.split('#### ')[1]!);
      if (gold.kind !== 'number') throw new Error(answer);
      expect(verdict(row({ answer: gold.value }), gold.value)).toBe('correct');
      for (const { id } of gsm8kMetrics)
        if (!readGsm8k(id, answer, gold.value).correct) unread.push(`${id} ${answer.split('#### ')[1]}`);
    }
    expect(unread.filter((each) => !/^verl-flexible .*,/.test(each))).toEqual([]);
    expect(unread.length).toBe(14);
  });

  it('4,000 real solutions of gsm8k are judged as their authors’ check judged them', () => {
    type Solution = { is_correct: boolean; solution: string };
    const models = ['6b_finetuning', '6b_verification', '175b_finetuning', '175b_verification'] as const;
    const items = lines<Record<(typeof models)[number], Solution> & { ground_truth: string }>(
      'openai__grade-school-math-solutions',
      'default',
      'test.jsonl',
    );
    const disagreements: string[] = [];
    for (const [i, item] of items.entries()) {
      const gold = readNumber(item.ground_truth.split('\nA: ')[1]!);
      if (gold.kind !== 'number') throw new Error(item.ground_truth);
      for (const model of models) {
        const { solution, is_correct } = item[model];
        const answer = solution.split('\nA:').at(-1)!.trim();
        const written = solution.includes('\nA:') && answer !== '' ? strict(answer) : solution;
        const ours = scorer.score(row({ answer: gold.value }), written).verdict === 'correct';
        if (ours !== is_correct)
          disagreements.push(`${model} ${i}: ${answer} for ${gold.value}, official ${is_correct}`);
      }
    }
    expect(items.length * models.length).toBe(4000);
    expect(disagreements).toEqual([]);
  });

  it('a log of lm-eval is read again as it was scored', () => {
    type Sample = {
      target: string;
      filter: string;
      resps: string[][];
      filtered_resps: string[];
      exact_match: number;
    };
    const samples = lines<Sample>(
      'EleutherAI__lm-eval-gsm8k-log',
      'gsm8k',
      'samples_gsm8k_2025-08-07T11-42-40.066002.jsonl',
    );
    expect(samples.length).toBeGreaterThan(0);
    for (const { target, filter, resps, filtered_resps, exact_match } of samples) {
      const metric = filter === 'strict-match' ? 'lm-eval-strict' : 'lm-eval-flexible';
      const gold = target.split('#### ').at(-1)!.replaceAll(',', '');
      const read = readGsm8k(metric, resps[0]![0]!, gold);
      expect([read.extracted ?? '[invalid]', Number(read.correct)]).toEqual([filtered_resps[0], exact_match]);
    }
  });

  it('every gold of the multiple-choice sets is an option, and the only one that its letter and text name', () => {
    type Arc = { choices: { text: string[]; label: string[] }; answerKey: string };
    type Mmlu = { choices: string[]; answer: number };
    type Logiqa = { options: string[]; correct_option: number };
    type Reclor = { answers: string[]; label: string };
    const arc = ['ARC-Easy', 'ARC-Challenge'].flatMap((config) =>
      ['train', 'validation', 'test'].flatMap((split) =>
        lines<Arc>('allenai__ai2_arc', config, `${split}.jsonl`),
      ),
    );
    const golds = [
      ...arc.map(
        (r) => [r.choices.text, choiceGold(r.answerKey, r.choices.text.length, r.choices.label)] as const,
      ),
      ...['test', 'validation', 'dev']
        .flatMap((split) => lines<Mmlu>('cais__mmlu', 'all', `${split}.jsonl`))
        .map((r) => [r.choices, choiceGold(r.answer, r.choices.length)] as const),
      ...['test', 'validation']
        .flatMap((split) => lines<Logiqa>('lucasmccabe__logiqa', 'default', `${split}.jsonl`))
        .map((r) => [r.options, choiceGold(r.correct_option, r.options.length)] as const),
      ...['train', 'validation']
        .flatMap((split) => lines<Reclor>('metaeval__reclor', 'default', `${split}.jsonl`))
        .map((r) => [r.answers, choiceGold(r.label, r.answers.length)] as const),
    ];
    expect(new Set(arc.map((r) => r.choices.text.length))).toEqual(new Set([3, 4, 5]));
    expect(golds.length).toBeGreaterThan(4000);
    const wrong: string[] = [];
    for (const [choices, gold] of golds) {
      if (gold === null) throw new Error(choices.join());
      const of = choiceRow([...choices], gold);
      for (const answer of [gold, `(${gold})`, `Answer: ${gold}`])
        if (verdict(of, answer) !== 'correct') wrong.push(`${answer} of ${choices.join(' | ')}`);
      const text = choices[gold.charCodeAt(0) - 65]!;
      const judged = verdict(of, `${gold}) ${text}`);
      if (judged !== 'correct') wrong.push(`${judged}: ${gold}) ${text} of ${choices.join(' | ')}`);
    }
    // A bare letter that is also the text of another option stays ambiguous.
    const twice = ['C | NO_{2} | O_{2} | CO', 'Error | abc | cba | c'];
    expect(wrong).toEqual(twice.flatMap((options) => [`C of ${options}`, `Answer: C of ${options}`]));
  });

  it('every text gold of HotpotQA is right and no other one is', () => {
    const rows = lines<{ answer: string }>('hotpotqa__hotpot_qa', 'distractor', 'validation.jsonl');
    for (const [i, { answer }] of rows.entries()) {
      const of = row({ answerType: 'text', answer, verifier: { golds: [answer] } });
      expect(verdict(of, answer)).toBe('correct');
      const other = rows[(i + 1) % rows.length]!.answer;
      if (!exactMatch(other, answer)) expect(verdict(of, other)).toBe('wrong');
    }
  });
});
