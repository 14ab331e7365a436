// Completions per second of the reward suite beside math-verify in Python on the same gsm8k completions, and of the parser; and
// how long "try on a set" takes.
// Run: node test/bench/rewards.ts [--json] [--rounds N]. The peer lives in an environment of its own in the user's cache.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, loadavg, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { createRouterClient } from '@orpc/server';
import { createCore } from '../../core/create-core.ts';
import { parseCompletion } from '../../core/rewards/parse.ts';
import { fourStep } from '../../core/rewards/structure.ts';
import { compileSuite } from '../../core/rewards/suite.ts';
import { thinkFirst1, thinkFirst2 } from '../../core/rewards/suites/think-first.ts';
import { type Item, madeItems, realItems } from './worked-solutions.ts';

const MATH_VERIFY = 'math-verify==0.8.0';
const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'forethought');

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

/** Seconds from a file of completions to the report of two suites on it, through the core: by the clock, and of the processor. */
async function tryOnFile(items: readonly Item[]): Promise<{ wall: number; processor: number }> {
  const folder = mkdtempSync(join(tmpdir(), 'forethought-bench-rewards-'));
  const core = await createCore({ lab: join(folder, 'lab') });
  try {
    const client = createRouterClient(core.router, { context: {} });
    const set = join(folder, 'set.jsonl');
    const lines = items.map(({ row: { id, question, answer, answerType, domain }, text }) =>
      JSON.stringify({ row: { id, question, answer, answerType, domain }, completion: text, tokens: 180 }),
    );
    writeFileSync(set, lines.join('\n'));
    const began = performance.now();
    const before = process.cpuUsage();
    const report = await client.rewards.try({ set, left: 'think-first@2', right: 'think-first@1' });
    if (report.n !== items.length) throw new Error(`${report.n} of ${items.length} were scored.`);
    const { user, system } = process.cpuUsage(before);
    return { wall: (performance.now() - began) / 1000, processor: (user + system) / 1e6 };
  } finally {
    await core.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

const length = (items: readonly Item[]) =>
  Math.round(items.reduce((sum, { text }) => sum + text.length, 0) / items.length);

const { values } = parseArgs({
  options: { json: { type: 'boolean' }, rounds: { type: 'string', default: '7' } },
});
const rounds = Number(values.rounds);
const made = madeItems(4000);
const items = realItems(4000) ?? made;
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
  texts: items === made ? 'made like gsm8k' : 'gsm8k test, worked solutions',
  characters: length(items),
  thinkFirst2: Math.round(newest.rate),
  thinkFirst1: Math.round(first.rate),
  mathVerify: Math.round(peer.rate),
  ratio: newest.rate / peer.rate,
  agreement: [scoring(thinkFirst2, few, 1).right, peer.right],
  madeCharacters: length(made),
  made: Math.round(scoring(thinkFirst2, made, rounds).rate),
  parser: Math.round(parser),
  trial: await tryOnFile(Array.from({ length: 10_000 }, (_, i) => items[i % items.length]!)),
  load: loadavg()[0]!,
};
if (values.json) console.log(JSON.stringify(found));
else {
  const row = (value: string, target = '') => ({ value, target });
  console.log(`${found.texts}, ${found.characters} characters each; rates are per second of one core`);
  console.table({
    'completions a second, think-first@2': row(String(found.thinkFirst2), '>= 50000'),
    'the same, think-first@1': row(String(found.thinkFirst1)),
    [`the same, made texts of ${found.madeCharacters}`]: row(String(found.made), '>= 50000'),
    'math-verify': row(String(found.mathVerify)),
    'times as fast': row(found.ratio.toFixed(0), '>= 20'),
    'right of 1,000, ours and theirs': row(found.agreement.join(', ')),
    'short completions parsed a second': row(String(found.parser), '>= 300000'),
    'two suites on a file of 10,000, s': row(found.trial.wall.toFixed(2), '< 2'),
    'the same in processor time, s': row(found.trial.processor.toFixed(2)),
    'load of the machine': row(found.load.toFixed(1)),
  });
}
// A ratio to the peer in the same run holds on any machine; the rates are to be read against their targets.
if (found.ratio < 20) process.exitCode = 1;
