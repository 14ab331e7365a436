// The real command line in its own process: results to stdout, sentences to stderr, exit 2 for what other arguments would mend, nothing changed.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openSqlite } from '../../../core/catalog/sqlite.ts';
import { tempFolder } from '../../fixtures/temp-folder.ts';

function forethought(...args: string[]) {
  const run = spawnSync(process.execPath, ['core/cli.ts', ...args], { encoding: 'utf8' });
  return { code: run.status, out: run.stdout, err: run.stderr };
}

const gsm8k = (count: number) =>
  Array.from({ length: count }, (_, i) =>
    JSON.stringify({ question: `What is ${i} + 1?`, answer: `#### ${i + 1}` }),
  ).join('\n');

test('help needs no lab and names every feature', () => {
  const { code, out } = forethought('--help');
  expect(code).toBe(0);
  for (const word of ['datasets', 'jobs', 'evals', 'demo', '--lab']) expect(out).toContain(word);
  expect(forethought('datasets', 'import', '--help').out).toContain('--as');
});

test('import, then browse what came in, as JSON and as text', () => {
  const folder = tempFolder();
  const lab = join(folder, 'lab');
  writeFileSync(join(folder, 'q.jsonl'), `${gsm8k(3)}\n{"question": "no gold", "answer": "none"}\n`);
  const imported = forethought(
    'datasets',
    'import',
    join(folder, 'q.jsonl'),
    '--as',
    'gsm8k',
    '--split',
    'train',
    '--json',
    '--lab',
    lab,
  );
  expect(imported.code).toBe(0);
  expect(JSON.parse(imported.out)).toMatchObject({ imported: 3, rejected: 1, rejects: [{ line: 4 }] });
  const rows = JSON.parse(forethought('datasets', 'rows', '--search', '2', '--json', '--lab', lab).out);
  expect(rows.rows.map((r: { answer: string }) => r.answer)).toEqual(['3']);
  expect(forethought('datasets', 'list', '--lab', lab).out).toContain('gsm8k');
});

describe('bad input: a sentence, exit 2, nothing changed', () => {
  const cases: [string, string[], RegExp][] = [
    ['unknown feature', ['dataset', 'list'], /no "dataset"/],
    ['unknown verb', ['datasets', 'drop'], /not "drop"/],
    ['unknown flag', ['datasets', 'list', '--all'], /--all/],
    ['missing argument', ['datasets', 'import', 'x.jsonl', '--as', 'gsm8k'], /Missing --split/],
    ['unknown adapter', ['datasets', 'import', 'x.jsonl', '--as', 'csv', '--split', 'train'], /adapter/],
    [
      'missing file',
      ['datasets', 'import', 'not-there.jsonl', '--as', 'gsm8k', '--split', 'train'],
      /not-there\.jsonl/,
    ],
    ['unknown run', ['jobs', 'get', 'nope'], /nope/],
    ['unknown model', ['evals', 'start', 'nope', '--source-id', 'gsm8k:test'], /nope|gsm8k/],
    ['lab without a folder', ['datasets', 'list', '--lab'], /--lab wants a folder/],
  ];
  const lab = join(tempFolder(), 'lab');
  test.each(cases)('%s', (_, args, sentence) => {
    const { code, out, err } = forethought(...args, ...(args.includes('--lab') ? [] : ['--lab', lab]));
    expect(err).toMatch(sentence);
    expect(code).toBe(2);
    expect(out).toBe('');
  });
});

test('a second core on one lab is refused while the first lives', async () => {
  const lab = join(tempFolder(), 'lab');
  const first = spawn(process.execPath, ['core/main.ts', '--lab', lab], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  await once(first, 'message');
  const { code, err } = forethought('lab', 'status', '--lab', lab);
  expect(code).toBe(2);
  expect(err).toContain('is open in another Forethought');
  first.kill('SIGKILL');
  await once(first, 'exit');
  expect(forethought('lab', 'status', '--lab', lab).code).toBe(0);
});

test('a catalog of a newer version is refused', () => {
  const lab = join(tempFolder(), 'lab');
  forethought('lab', 'status', '--lab', lab);
  const db = openSqlite(join(lab, 'catalog.db'));
  db.pragma('user_version = 999');
  db.close();
  const { code, err } = forethought('lab', 'status', '--lab', lab);
  expect(code).toBe(2);
  expect(err).toMatch(/version 999.*newer Forethought/s);
  expect(existsSync(join(lab, 'catalog.db'))).toBe(true);
});
