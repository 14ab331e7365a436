// gsm8k's own worked solutions in the four steps, as the benches of the rewards score them: as long as they are, as long as a
// completion may get, and made ones where the rows are not there.
import { readFileSync } from 'node:fs';
import type { Row } from '../../core/contract/row.ts';
import { eggs } from '../../core/rewards/attacks/tasks.ts';
import { renderCompletion } from '../../core/rewards/render.ts';
import { fourStep } from '../../core/rewards/structure.ts';
import { sharedData } from '../fixtures/shared-data.ts';

export interface Item {
  row: Row;
  text: string;
}

/** A text of numbers and words has about so many characters a token with Gemma's tokenizer. */
const CHARACTERS_A_TOKEN = 3.5;

/** Word problems of the length of gsm8k's with four-step completions, four out of five right. Every text differs. */
export function madeItems(count: number): Item[] {
  return Array.from({ length: count }, (_, i) => {
    const [all, eaten, baked, price] = [16 + (i % 83), 3 + (i % 5), 4 + (i % 3), 2 + (i % 7)];
    const left = all - eaten - baked;
    const gold = left * price;
    const numbers = [all, eaten, baked, price];
    const question = eggs.row.question.replace(/\d+/g, () => String(numbers.shift()));
    const sections = [
      `Find how many eggs are left of ${all} after breakfast and baking, then multiply by the price of ${price} dollars.`,
      `She uses ${eaten} + ${baked} = ${eaten + baked} eggs, so ${all} - ${eaten + baked} = ${left} eggs are left.\nAt ${price} dollars each they bring ${left} * ${price} = ${gold} dollars.`,
      `Going back from the money, ${gold} / ${price} = ${left} eggs were sold, and ${left} + ${eaten + baked} = ${all} eggs were collected. That fits.`,
      `The farmer makes ${gold} dollars a day with the eggs that she sells (case ${i}).`,
    ];
    const answer = String(i % 5 === 4 ? gold + 7 : gold);
    const row = { ...eggs.row, id: `bench:${i}`, question, answer: String(gold), answerRaw: `#### ${gold}` };
    return { row, text: renderCompletion(fourStep, { sections, answer }) };
  });
}

/** Questions of gsm8k's test split with their own worked solutions, four out of five right; null where the rows are not there. */
export function realItems(count: number): Item[] | null {
  const solved = solutions();
  return solved && Array.from({ length: count }, (_, i) => itemOf(solved, i, 1));
}

/** The same, lengthened to `tokens` with the solutions of the questions after it, as a model that thinks on and on would. */
export function longItems(count: number, tokens: number): Item[] | null {
  const solved = solutions();
  if (!solved) return null;
  return Array.from({ length: count }, (_, i) => {
    let solutionsIn = 1;
    let item = itemOf(solved, i, solutionsIn);
    while (item.text.length < tokens * CHARACTERS_A_TOKEN) item = itemOf(solved, i, ++solutionsIn);
    return item;
  });
}

interface Solved {
  question: string;
  work: string;
  gold: string;
}

function solutions(): Solved[] | null {
  const path = sharedData('openai__gsm8k', 'main', 'test.jsonl');
  if (!path) return null;
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
  return lines.map((line) => {
    const { question, answer } = JSON.parse(line) as { question: string; answer: string };
    const [work = '', gold = ''] = answer.replace(/<<[^>]*>>/g, '').split('\n#### ');
    return { question, work, gold };
  });
}

function itemOf(solved: readonly Solved[], i: number, solutionsIn: number): Item {
  const { question, gold } = solved[i % solved.length]!;
  const work = Array.from({ length: solutionsIn }, (_, k) => solved[(i + k) % solved.length]!.work);
  const asked = question.slice(question.lastIndexOf('.', question.length - 2) + 1).trim();
  const sections = [
    `The question is: ${asked} So find first what is given, then work towards it.`,
    work.join('\n'),
    `Going back from ${gold}, each line follows from the one before and from what is given (case ${i}).`,
    `The answer to what was asked is ${gold}, as worked out above.`,
  ];
  const plain = gold.replaceAll(',', '');
  const row = { ...eggs.row, id: `gsm8k:${i}`, question, answer: plain, answerRaw: `#### ${gold}` };
  return { row, text: renderCompletion(fourStep, { sections, answer: i % 5 === 4 ? '-7.5' : gold }) };
}
