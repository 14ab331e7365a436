// The cases of reward functions in the test files of open-r1, TRL and verifiers, held against our parts and our reading of tags.
// What they state is rebuilt here: a completion and what it earns. Where a test of theirs has an answer without a block around
// it, ours stands in its answer block.
import { describe, expect, it } from 'vitest';
import { parseCompletion } from '../../../core/rewards/parse.ts';
import { reasoningAnswer, thinkAnswer } from '../../../core/rewards/structure.ts';
import { compileSuite } from '../../../core/rewards/suite.ts';
import { row } from './rows.ts';

function part(fn: string, params: Record<string, unknown> = {}, structure = 'think-answer@1') {
  return compileSuite({ name: 'one', version: 1, structure, parts: [{ id: 'it', fn, weight: 1, params }] });
}

describe('open-r1, tests/test_rewards.py', () => {
  const earns = (fn: string, text: string, params: Record<string, unknown> = {}) =>
    part(fn, params).score(row(), text).parts.it;

  it.each([
    ['\\boxed{\\frac{63}{400}}', '\\frac{63}{400}', 1],
    ['\\boxed{\\frac{64}{400}}', '\\frac{63}{400}', 0],
  ])('accuracy of %s for %s', (answer, gold, points) => {
    const text = `<think>x</think><answer>${answer}</answer>`;
    expect(part('open-r1-accuracy').score(row({ answer: gold }), text).parts.it).toBe(points);
  });

  const think = '<think>\nSome reasoning\n</think>\n<answer>\nThe answer\n</answer>';
  it.each([
    [think, 1],
    [think.replace('Some reasoning', 'I count:\n1. Purple scooter\n2. Red bicycle\n\nThere are 2.'), 1],
    ['<think>Only thinking</think>', 0],
    ['<answer>Only answer</answer>', 0],
    ['No tags at all', 0],
    ['<think>Missing closing</think><answer>Missing closing', 0],
    ['<think>Wrong order</answer><answer>Wrong order</think>', 0],
  ])('format of %j', (text, points) => expect(earns('open-r1-format', text)).toBe(points));

  it.each([
    [think, 1],
    [think.replace('<think>\n', ''), 0.75],
    [think.replace('</think>\n', ''), 0.75],
    [think.replace('<answer>\n', ''), 0.75],
    [think.replace('\n</answer>', ''), 0.75],
    ['Some reasoning\nThe answer', 0],
  ])('tags of %j', (text, points) => expect(earns('open-r1-tag-count', text)).toBe(points));

  it.each([
    ['Step 1: First step\nStep 2: Second step\nStep 3: Third step', 1],
    ['First, we do this.\nSecond, we do that.\nFinally, we conclude.', 1],
    ['Step 1: Only step', 1 / 3],
    ['First, we do this.\nFinally, we conclude.', 2 / 3],
    ['Just plain text without any clear steps', 0],
  ])('steps of %j', (text, points) => expect(earns('open-r1-steps', text)).toBeCloseTo(points, 12));

  // Theirs pads "\boxed{\frac{63}{400}}" to 20 characters, which it exceeds: its first length is 22. At 20 it were 0.952.
  it.each([
    ['8', 22, 0.943],
    ['8', 80, 0.547],
    ['9', 22, -0.942],
    ['9', 80, -0.547],
  ])('cosine of %s for 8 in %i of 100 characters', (answer, length, points) => {
    const text = `<answer>${answer}</answer>`.padEnd(length);
    const of = part('open-r1-cosine', { maxLength: 100 });
    expect(of.score(row({ answer: '8' }), text).parts.it).toBeCloseTo(points, 2);
  });

  it.each<[number, string, number]>([
    [2, 'this is a test sentence', 0],
    [2, 'this this this this this', -0.75],
    [2, 'this is a this is a test', -1 / 3],
    [3, 'this is a test', 0],
    [3, 'test test test test', -0.5],
    [2, '', 0],
    [3, 'this is a this is a test', -0.2],
    [2, 'This is A Test', 0],
    [2, 'this IS a test', 0],
    [3, 'word', 0],
    [3, 'two words', 0],
    [3, 'three different words', 0],
    [3, 'word word word word', -0.5],
    [3, 'one two one two', 0],
    [3, 'A B C A B', 0],
    [3, 'A B C A B C', -0.25],
    [3, 'A B C A B C E F G A B C A B C', -0.3846],
    [3, 'A B C D E F G H I J K L', 0],
  ])('repetition by %i words of %j, of a largest penalty of 1', (words, text, points) => {
    expect(earns('open-r1-repetition', text, { words })).toBeCloseTo(points, 4);
  });

  it('length: the shortest right one earns most, wrong ones at most nothing, an unreadable gold is right', () => {
    const group = { shortest: 22, longest: 34 };
    const of = (answer: string, length: number, gold = '8', within = group) =>
      part('open-r1-length').score(row({ answer: gold }), `<answer>${answer}</answer>`.padEnd(length), {
        group: within,
      }).parts.it!;
    expect(of('8', 22, '8', { shortest: 22, longest: 22 })).toBe(0);
    const [right, longRight, wrong, longWrong] = [of('8', 22), of('8', 34), of('9', 22), of('9', 34)];
    expect(right).toBe(0.5);
    expect(longRight).toBeLessThan(right);
    expect(wrong).toBe(0);
    expect(longWrong).toBeLessThan(wrong);
    expect(wrong).toBeGreaterThan(longRight);
    expect(longRight).toBeGreaterThanOrEqual(longWrong);
    expect(of('many', 22, 'unparseable_latex')).toBe(0.5);
    expect(of('many', 34, 'unparseable_latex')).toBeLessThan(0.5);
  });
});

describe('TRL, tests/test_rewards.py', () => {
  const verdict = (gold: string, text: string) => part('answer').score(row({ answer: gold }), text).verdict;
  it.each([
    ['\\frac{63}{400}', '\\boxed{\\frac{63}{400}}', 'correct'],
    ['63/400', '\\boxed{\\frac{63}{400}}', 'correct'],
    ['\\frac{63}{400}', '\\boxed{\\frac{64}{400}}', 'wrong'],
    ['6', '\\boxed{3}', 'wrong'],
    ['\\frac{1}{3}', '\\boxed{\\frac{1}{3}}', 'correct'],
    ['Answer is forty two.', 'Answer is forty two.', 'not-applicable'],
    ['Answer is forty three.', 'Some other content. \\boxed{43}.', 'not-applicable'],
    ['forty two', '\\boxed{42}', 'not-applicable'],
  ])('gold %s, answer %s', (gold, answer, expected) => {
    expect(verdict(gold, `<think>x</think><answer>${answer}</answer>`)).toBe(expected);
  });

  it.each([
    '<think> My answer is \\boxed{42} </think> Some other text.',
    '<think> <answer>\\boxed{42}</answer> </think> Here is a wrong one: <answer>\\boxed{43}</answer>.',
    '<think> Incomplete reasoning without closing tag',
    'Right: \\boxed{42}, but without any tag',
  ])('a right answer in the thinking, or outside of everything, is none: %j', (text) => {
    expect(verdict('42', text)).not.toBe('correct');
  });

  it.each<[string, boolean]>([
    ['<think>This is my reasoning.</think>@', true],
    ['<think>\nThis is my reasoning.\n</think>\n@', true],
    ['<think>\nThis is\nmy reasoning.\n</think>\n@', true],
    ['<think>\nThis is <some tag> my reasoning.</think>\n@', true],
    ['<think>\nThis is my reasoning.\n@', false],
    ['<think>This is my reasoning.\n@', false],
    ['This is my reasoning. @', false],
    ['This is my reasoning.</think>\n@', false],
    ['This is my reasoning.</think>@', false],
    ['This<think>is my reasoning.</think>\n@', false],
    ['<think>This is<think>my reasoning.</think></think>@', false],
    ['<think>This is</think>\nmy\n<think>reasoning.</think>\n@', false],
    // There it is valid: thinking of nothing is no thinking here.
    ['<think></think>\n@', false],
  ])('%j, with the answer at the @, is strict: %s', (text, strict) => {
    const { reading } = parseCompletion(text.replace('@', '<answer>42</answer>'), thinkAnswer);
    expect(reading === 'strict').toBe(strict);
  });

  it.each([
    [50, 0],
    [90, -0.5],
    [110, -1],
  ])('%i tokens of 100, the last 20 soft, cost %d', (tokens, points) => {
    const of = part('soft-overlong', { budgetTokens: 100, cacheTokens: 20 });
    expect(of.score(row(), 'x', { tokens }).parts.it).toBeCloseTo(points, 4);
  });

  // Counted there in tokens, and clamped: twice the maximum stays 0.5 there and is 1 again in open-r1, whose part this is.
  it.each([
    [25, 0.92678],
    [50, 0.75],
    [75, 0.57322],
    [100, 0.5],
    [200, 1],
  ])('cosine at %i of 100', (length, points) => {
    const of = part('open-r1-cosine', { maxLength: 100 });
    const at = (answer: string) =>
      of.score(row({ answer: '1/3' }), `<answer>${answer}</answer>`.padEnd(length)).parts.it;
    expect(at('1/3')).toBeCloseTo(points, 4);
    expect(at('1/2')).toBeCloseTo(-points, 4);
  });
});

describe('verifiers, tests/test_xml_parser.py', () => {
  it.each<[string, string | null, string | null]>([
    [
      '\n  <reasoning>\n  Step by step.\n  </reasoning>\n  <answer>\n  The final answer is 42.\n  </answer>\n',
      'Step by step.',
      'The final answer is 42.',
    ],
    ['<reasoning>Only reasoning here</reasoning>', 'Only reasoning here', null],
    ['<answer>  spaced content  </answer>', null, 'spaced content'],
    ['<reasoning>Let me think</reasoning><answer>42</answer>', 'Let me think', '42'],
    ['Just plain text without XML', null, null],
    // There the empty text is an answer, and the last of two blocks counts.
    ['<reasoning></reasoning><answer></answer>', '', null],
    [
      '<answer>44</answer><reasoning>Not right either.</reasoning><answer>45</answer>',
      'Not right either.',
      null,
    ],
  ])('%j', (text, reasoning, answer) => {
    const parsed = parseCompletion(text, reasoningAnswer);
    expect(parsed.reasoning && text.slice(...parsed.reasoning).trim()).toBe(reasoning);
    expect(parsed.answer && text.slice(...parsed.answer)).toBe(answer);
  });
});

describe('verifiers, tests/test_think_parser.py', () => {
  it.each<[string, string | null, boolean]>([
    [
      '<think>\n  Let me think.\n  Several factors.\n</think>\n  {The final answer is 42.}',
      'The final answer is 42.',
      true,
    ],
    ['Just a simple answer without thinking tags.', null, false],
    [
      '<think>First thought</think>\n  Text.\n  <think>Second</think>\n  {Final answer here.}',
      'Final answer here.',
      false,
    ],
    ['<think>Some thinking</think>', null, false],
    [
      '<think>\n  Thinking.\n</think>\n\n  {Answer with spaces around it.}\n\n',
      'Answer with spaces around it.',
      true,
    ],
    ['<think>Let me think</think>{Final answer}', 'Final answer', true],
    ['<think>First</think><think>Second</think>{Answer}', 'Answer', false],
  ])('%j, with the answer in braces', (text, answer, wellFormed) => {
    const written = text.replace('{', '<answer>').replace('}', '</answer>');
    const parsed = parseCompletion(written, thinkAnswer);
    expect(parsed.answer && written.slice(...parsed.answer)).toBe(answer);
    expect(parsed.reading === 'strict').toBe(wellFormed);
  });
});
