// Completions per second of the reward suite beside math-verify in Python on the same gsm8k completions, and of the parser.
// Run: node test/bench/rewards.ts [--json] [--rounds N]. The peer lives in an environment of its own in the user's cache.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Row } from '../../core/contract/row.ts';
import { eggs } from '../../core/rewards/attacks/tasks.ts';
import { parseCompletion } from '../../core/rewards/parse.ts';
import { renderCompletion } from '../../core/rewards/render.ts';
import { fourStep } from '../../core/rewards/structure.ts';
import { compileSuite } from '../../core/rewards/suite.ts';
import { thinkFirst1, thinkFirst2 } from '../../core/rewards/suites/think-first.ts';
import { sharedData } from '../fixtures/shared-data.ts';

const MATH_VERIFY = 'math-verify==0.8.0';
const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'forethought');

interface Item {
  row: Row;
  text: string;
}

/** Python with math-verify, made once. */
function peerPython(): string {
  const python = join(cache, 'bench-math-verify-0.8.0', 'bin/python');
  if (existsSync(python)) return python;
  const folder = dirname(dirname(python));
  mkdirSync(dirname(folder), { recursive: true });
  execFileSync('python3', ['-m', 'venv', folder], { stdio: 'inherit' });
  execFileSync(python, ['-m', 'pip', 'install', '--quiet', MATH_VERIFY], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  return python;
}

/** Word problems of the length of gsm8k's with four-step completions, four out of five right. Every text differs. */
function makeItems(count: number): Item[] {
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

/** Questions of gsm8k's test split with their own worked solutions in the four steps, four out of five right; null where the rows are not there. */
function realItems(count: number): Item[] | null {
  const path = sharedData('openai__gsm8k', 'main', 'test.jsonl');
  if (!path) return null;
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
  const rows = lines.map((line) => JSON.parse(line) as { question: string; answer: string });
  return Array.from({ length: count }, (_, i) => {
    const { question, answer } = rows[i % rows.length]!;
    const [work = '', gold = ''] = answer.replace(/<<[^>]*>>/g, '').split('\n#### ');
    const asked = question.slice(question.lastIndexOf('.', question.length - 2) + 1).trim();
    const sections = [
      `The question is: ${asked} So find first what is given, then work towards it.`,
      work,
      `Going back from ${gold}, each line follows from the one before and from what is given (case ${i}).`,
      `The answer to what was asked is ${gold}, as worked out above.`,
    ];
    const plain = gold.replaceAll(',', '');
    const row = { ...eggs.row, id: `gsm8k:${i}`, question, answer: plain, answerRaw: `#### ${gold}` };
    return { row, text: renderCompletion(fourStep, { sections, answer: i % 5 === 4 ? '-7.5' : gold }) };
  });
}

/** Completions per second of processor time, the best of the rounds: a busy machine does not count. */
function rate(count: number, rounds: number, work: () => void): number {
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round <= rounds; round++) {
    const before = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(before);
    // The first round warms up.
    if (round > 0) best = Math.min(best, (user + system) / 1e6);
  }
  return count / best;
}

function scoring(suite: unknown, items: readonly Item[], rounds: number): { rate: number; right: number } {
  const scorer = compileSuite(suite);
  const measured = { tokens: 180, truncated: false };
  let right = 0;
  const found = rate(items.length, rounds, () => {
    right = 0;
    for (const { row, text } of items) if (scorer.score(row, text, measured).verdict === 'correct') right++;
  });
  return { rate: found, right };
}

function mathVerify(items: readonly Item[]): { rate: number; right: number } {
  const input = items.map(({ row, text }) => JSON.stringify({ text, gold: row.answer })).join('\n');
  const peer = join(import.meta.dirname, 'math_verify_peer.py');
  const answer = execFileSync(peerPython(), [peer], { input, encoding: 'utf8' });
  const { seconds, right } = JSON.parse(answer) as { seconds: number; right: number };
  return { rate: items.length / seconds, right };
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: { json: { type: 'boolean' }, rounds: { type: 'string', default: '7' } },
  });
  const rounds = Number(values.rounds);
  const real = realItems(4000);
  const items = real ?? makeItems(4000);
  const few = items.slice(0, 1000);
  const short = items.map(
    ({ row }) => `<reasoning>\nCount them.\n</reasoning>\n<answer>\n${row.answer}\n</answer>`,
  );
  const parser = rate(short.length * 10, rounds, () => {
    for (let i = 0; i < 10; i++) for (const text of short) parseCompletion(text, fourStep);
  });
  const [newest, first] = [scoring(thinkFirst2, items, rounds), scoring(thinkFirst1, items, rounds)];
  const peer = mathVerify(few);
  const found = {
    texts: real ? 'gsm8k test, worked solutions' : 'made like gsm8k',
    characters: Math.round(items.reduce((sum, { text }) => sum + text.length, 0) / items.length),
    thinkFirst2: Math.round(newest.rate),
    thinkFirst1: Math.round(first.rate),
    mathVerify: Math.round(peer.rate),
    ratio: newest.rate / peer.rate,
    agreement: [scoring(thinkFirst2, few, 1).right, peer.right],
    parser: Math.round(parser),
  };
  if (values.json) console.log(JSON.stringify(found));
  else {
    console.log(
      `${found.texts}: think-first@2: ${found.thinkFirst2} completions/s of ${found.characters} characters (version 1: ${found.thinkFirst1}); ` +
        `math-verify ${found.mathVerify}; ${found.ratio.toFixed(0)} times as fast; right of ${few.length}: ${found.agreement.join(' and ')}`,
    );
    console.log(
      `parser: ${found.parser} short completions/s (targets: 20 times, 50,000 and 300,000 a second)`,
    );
  }
  // A ratio to the peer in the same run holds on any machine; the rates are to be read against their targets.
  if (found.ratio < 20) process.exitCode = 1;
}
