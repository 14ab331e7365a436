// The real command line in its own process: results to stdout, sentences to stderr, exit 2 for what other arguments would mend, nothing changed.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openSqlite } from '../../../core/catalog/sqlite.ts';
import { allVerbs } from '../../../core/command-line/verbs.ts';
import { verbsOfContract } from '../../../core/command-line/verbs-of-contract.ts';
import { forethought } from '../../fixtures/command-line.ts';
import { canMount, tempFolder } from '../../fixtures/temp-folder.ts';

const gsm8k = (count: number) =>
  Array.from({ length: count }, (_, i) =>
    JSON.stringify({ question: `What is ${i} + 1?`, answer: `#### ${i + 1}` }),
  ).join('\n');

/** Writes the address of every module to stderr as it is loaded. */
const tellLoaded = `import { registerHooks } from 'node:module';
registerHooks({ load: (url, context, next) => (process.stderr.write(url + '\\n'), next(url, context)) });`;

test('help and version need no lab, and nothing of the core is loaded for them', () => {
  const home = tempFolder();
  const env = {
    HOME: home,
    XDG_DATA_HOME: join(home, 'data'),
    NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(tellLoaded)}`,
  };
  const { code, out, err } = forethought(['--help'], env);
  expect(code).toBe(0);
  for (const word of ['datasets', 'jobs', 'evals', 'demo', '--lab']) expect(out).toContain(word);
  expect(err).toContain('core/command-line/help.ts');
  expect(err).not.toMatch(/create-core|sqlite/);
  expect(forethought(['evals', 'start', '--limit', 'x'], env).err).not.toMatch(/create-core|sqlite|orpc|zod/);
  expect(forethought(['datasets', 'import', 'help', '--help']).out).toContain('--as gsm8k|ai2_arc|rows');
  expect(forethought(['evals', 'help']).out).toMatch(/evals start +Evaluate a model/);
  expect(forethought(['--version']).out).toMatch(/^\d+\.\d+\.\d+\n$/);
  expect(existsSync(join(home, 'data'))).toBe(false);
});

test('the verbs come from the cache while the contract is theirs, and a broken cache is made anew', async () => {
  const path = join(tempFolder(), 'deep', 'command-line.json');
  const derived = JSON.parse(JSON.stringify(verbsOfContract()));
  expect(JSON.parse(JSON.stringify(await allVerbs(path)))).toEqual(derived);
  const kept = JSON.parse(readFileSync(path, 'utf8'));
  writeFileSync(path, JSON.stringify({ ...kept, verbs: kept.verbs.slice(0, 1) }));
  expect(await allVerbs(path)).toHaveLength(1);
  writeFileSync(path, JSON.stringify({ ...kept, identity: 'of another contract', verbs: [] }));
  expect(await allVerbs(path)).toHaveLength(derived.length);
  writeFileSync(path, '{ half');
  expect(await allVerbs(path)).toHaveLength(derived.length);
  expect(await allVerbs('/proc/nope/command-line.json')).toHaveLength(derived.length);
});

test('import, then browse what came in, as JSON and as text; remove it again', () => {
  const folder = tempFolder();
  const lab = join(folder, 'lab');
  const file = join(folder, 'q.jsonl');
  writeFileSync(file, `${gsm8k(3)}\n{"question": "no gold", "answer": "none"}\n`);
  const importing = ['datasets', 'import', file, '--as', 'gsm8k', '--split', 'train', '--lab', lab];
  const imported = forethought([...importing, '--json']);
  expect(imported.code).toBe(0);
  expect(JSON.parse(imported.out)).toMatchObject({ imported: 3, rejected: 1, rejects: [{ line: 4 }] });
  const rows = JSON.parse(forethought(['datasets', 'rows', '--search', '2', '--json', '--lab', lab]).out);
  expect(rows.rows.map((r: { answer: string }) => r.answer)).toEqual(['3']);
  expect(forethought(['datasets', 'list', '--lab', lab]).out).toMatch(
    /gsm8k:main:train +3 +1 .* 20\d\d-\d\d-\d\d /,
  );
  const again = forethought(importing);
  expect([again.code, again.err]).toEqual([
    2,
    expect.stringContaining('forethought datasets remove gsm8k:main:train'),
  ]);
  expect(forethought(['datasets', 'remove', 'gsm8k:main:train', '--lab', lab]).out).toContain('3 rows');
  expect(forethought(importing).out).toMatch(/gsm8k:main:train: 3 rows[\s\S]*Left out.*: 1 line\n/);
});

describe('bad input: a sentence in the words that were typed, exit 2, nothing changed', () => {
  const cases: [string, string[], RegExp][] = [
    ['unknown feature', ['dataset', 'list'], /no "dataset"\. Did you mean datasets/],
    ['unknown verb', ['datasets', 'drop'], /no verb "drop"/],
    ['unknown flag', ['datasets', 'list', '--all'], /no option --all/],
    ['missing argument', ['datasets', 'import', 'x.jsonl', '--as', 'gsm8k'], /needs --split/],
    [
      'unknown schema',
      ['datasets', 'import', 'x.jsonl', '--as', 'csv', '--split', 'train'],
      /--as wants one of/,
    ],
    [
      'missing file',
      ['datasets', 'import', 'not-there.jsonl', '--as', 'gsm8k', '--split', 'train'],
      /not-there\.jsonl/,
    ],
    ['unknown model', ['evals', 'start', 'nope', '--source-id', 'gsm8k:test'], /nope.*models list|gsm8k/],
    ['lab without a folder', ['datasets', 'list', '--lab'], /--lab wants a folder/],
  ];
  const lab = join(tempFolder(), 'lab');
  test.each(cases)('%s', (_, args, sentence) => {
    const { code, out, err } = forethought([...args, ...(args.includes('--lab') ? [] : ['--lab', lab])]);
    expect(err).toMatch(sentence);
    expect(err).not.toMatch(/Invalid input|ZodError|at .*\.ts:\d+|positional/);
    expect(code).toBe(2);
    expect(out).toBe('');
  });

  test('an id that nothing has: one wording, with the command that names what there is', () => {
    for (const [feature, what, list] of [
      ['jobs', 'run', 'jobs list'],
      ['evals', 'evaluation', 'evals list'],
      ['models', 'model', 'models list'],
    ]) {
      const { code, err } = forethought([feature ?? '', 'get', 'nope', '--lab', lab]);
      expect([code, err]).toEqual([
        2,
        `There is no ${what} "nope" in this lab. \`npx forethought ${list} --lab ${lab}\` names what there is.\n`,
      ]);
    }
  });

  test('a field that only the core can judge is named as its option', () => {
    const file = join(tempFolder(), 'bad.gguf');
    writeFileSync(file, 'GGUF');
    const { err, code } = forethought(['models', 'add', file, '--template', 'nine@9', '--lab', lab]);
    expect([code, err]).toEqual([2, expect.not.stringMatching(/^template:/)]);
  });
});

describe('a lab that cannot be one is refused at once', () => {
  const folder = tempFolder();
  const file = join(folder, 'file');
  writeFileSync(file, '');
  const nothing = (lab: string) => ['lab', 'status', '--lab', lab];
  test.each([
    ['a file', file],
    ['below a file', join(file, 'lab')],
    ['a device', '/dev/null'],
    ...(process.platform === 'linux' ? [['a place that takes no folders', '/proc/nope']] : []),
    ['no name', ''],
  ])('%s', (_, lab) => {
    const { code, err, out } = forethought(nothing(lab ?? ''));
    expect(err).toMatch(
      /is not a folder that can be used as a lab.*Nothing was changed|--lab wants a folder/,
    );
    expect([code, out]).toEqual([2, '']);
  });

  test.skipIf(process.platform === 'win32')('a folder that cannot be written', () => {
    const closed = join(tempFolder(), 'closed');
    mkdirSync(closed);
    // Nothing is closed to root but a file system that is mounted to be read.
    if (canMount) execFileSync('mount', ['-t', 'tmpfs', '-o', 'ro', 'tmpfs', closed]);
    else chmodSync(closed, 0o555);
    try {
      for (const lab of [closed, join(closed, 'lab')]) {
        const { code, err } = forethought(nothing(lab));
        expect([code, err]).toEqual([2, expect.stringMatching(/cannot be written \((EACCES|EROFS)\)/)]);
      }
      expect(readdirSync(closed)).toEqual([]);
    } finally {
      if (canMount) execFileSync('umount', [closed]);
    }
  });
});

test.skipIf(!existsSync('/dev/full'))(
  'a result that cannot be written is told, with exit 2 and without a stack',
  async () => {
    const lab = join(tempFolder(), 'lab');
    const child = spawn(process.execPath, ['core/cli.ts', 'lab', 'status', '--lab', lab], {
      stdio: ['ignore', openSync('/dev/full', 'w'), 'pipe'],
    });
    let err = '';
    child.stderr?.on('data', (chunk) => (err += chunk));
    const [code] = await once(child, 'close');
    expect([code, err]).toEqual([
      2,
      'The result could not be written: the disk that it goes to is full. The work itself is done; ask for its result elsewhere.\n',
    ]);
  },
);

test('a second core on one lab is refused while the first lives', async () => {
  const lab = join(tempFolder(), 'lab');
  const first = spawn(process.execPath, ['core/main.ts', '--lab', lab], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  await once(first, 'message');
  const { code, err } = forethought(['lab', 'status', '--lab', lab]);
  expect(code).toBe(2);
  expect(err).toContain('is open in another Forethought');
  first.kill('SIGKILL');
  await once(first, 'exit');
  expect(forethought(['lab', 'status', '--lab', lab]).code).toBe(0);
});

test('a catalog of a newer version is refused', () => {
  const lab = join(tempFolder(), 'lab');
  forethought(['lab', 'status', '--lab', lab]);
  const db = openSqlite(join(lab, 'catalog.db'));
  db.pragma('user_version = 999');
  db.close();
  const before = readFileSync(join(lab, 'catalog.db'));
  const { code, err } = forethought(['lab', 'status', '--lab', lab]);
  expect(code).toBe(2);
  expect(err).toMatch(/version 999.*newer Forethought/s);
  expect(readFileSync(join(lab, 'catalog.db')).equals(before)).toBe(true);
});
