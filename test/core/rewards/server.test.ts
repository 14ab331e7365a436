// The reward server as the trainer meets it: the bundle in Node and in Deno gives the same lines, and stays up.
import { type ChildProcessWithoutNullStreams, execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createProtocol } from '../../../core/rewards/protocol.ts';
import { suiteIdentity } from '../../../core/rewards/suite-identity.ts';
import { findSuite } from '../../../core/rewards/suites/shipped.ts';
import { thinkFirst1 as thinkFirst } from '../../../core/rewards/suites/think-first.ts';
import { tempFolder } from '../../fixtures/temp-folder.ts';
import { choiceRow, row, strict } from './rows.ts';

const root = resolve(import.meta.dirname, '../../..');
const deno = globSync(join(root, 'node_modules/@deno/*/deno{,.exe}'))[0];

interface Server {
  ask(line: string): Promise<string>;
  send(text: string): void;
  next(): Promise<string>;
  end(): Promise<number | null>;
}

const running: ChildProcessWithoutNullStreams[] = [];
afterAll(() => {
  for (const child of running) child.kill();
});

function start(command: string, args: string[]): Server {
  const child = spawn(command, args, { env: {}, stdio: 'pipe' });
  running.push(child);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const closed = new Promise<number | null>((done) => child.on('close', done));
  const next = async () => {
    const { value, done } = await lines.next();
    if (done) throw new Error(`the server ended: ${child.stderr.read()}`);
    return value;
  };
  return {
    send: (text) => void child.stdin.write(text),
    next,
    ask(line) {
      child.stdin.write(`${line}\n`);
      return next();
    },
    end() {
      child.stdin.end();
      return closed;
    },
  };
}

let bundle = '';
beforeAll(() => {
  bundle = join(tempFolder(), 'reward-server.js');
  const rolldown = join(root, 'node_modules/rolldown/bin/cli.mjs');
  const args = ['core/rewards/server.ts', '--file', bundle, '--format', 'esm', '--platform', 'neutral'];
  execFileSync(process.execPath, [rolldown, ...args], { cwd: root, stdio: 'pipe' });
});

const inNode = () => start(process.execPath, [bundle]);
const inDeno = () =>
  start(deno!, ['run', '--no-prompt', '--no-remote', '--no-config', `--allow-read=${bundle}`, bundle]);

const LOAD = JSON.stringify({ op: 'load', suite: thinkFirst });

/** Rows and completions of every kind: 7 rows times 60 completions. */
function pairs() {
  const rows = [
    row(),
    row({ id: 'n2', answer: '-1234.5' }),
    choiceRow(['digestion', 'respiration', 'photosynthesis'], 'C'),
    choiceRow(['1', '2', '3', '4', '5'], 'E'),
    row({
      answerType: 'text',
      answer: 'New York',
      verifier: { golds: ['New York', 'NYC'] },
      domain: 'logic',
    }),
    row({ answerType: 'open', answer: null, domain: 'creative' }),
    row({ id: 'ünïcode 𝟛', question: '€?', answer: '1/3' }),
  ];
  const answers = [
    '18',
    '17',
    '$1,234.50',
    '-1234.5',
    'C',
    'E)',
    'photosynthesis',
    'A, B',
    'New York City',
    'NYC',
    '1/3',
    'ß𝟛',
  ];
  const shapes = [
    (answer: string) => strict(answer),
    (answer: string) => `<answer>${answer}</answer>`,
    (answer: string) => `Sure \ud83d!\r\n${strict(answer)}`,
    (answer: string) => strict(answer).replace('</answer>', ''),
    (answer: string) => `${strict(answer)}\u2028<answer>${answer}</answer>`,
  ];
  let tokens = 500;
  return rows.flatMap((of) =>
    answers.flatMap((answer) =>
      shapes.map((shape) => ({
        row: of,
        completion: shape(answer),
        tokens: ++tokens,
        truncated: tokens % 50 === 0,
      })),
    ),
  );
}

describe('the bundle', () => {
  it('is the same file each time it is built', () => {
    const before = readFileSync(bundle);
    const again = join(tempFolder(), 'reward-server.js');
    const rolldown = join(root, 'node_modules/rolldown/bin/cli.mjs');
    const args = ['core/rewards/server.ts', '--file', again, '--format', 'esm', '--platform', 'neutral'];
    execFileSync(process.execPath, [rolldown, ...args], { cwd: root, stdio: 'pipe' });
    expect(readFileSync(again).equals(before)).toBe(true);
  });

  it('needs no package; only inside of the sandbox it loads Pyodide, by a path it is given', () => {
    const text = readFileSync(bundle, 'utf8').replace(/import\(encodeURI\(`[^`]*pyodide\.mjs`\)\)/, '');
    expect(text).not.toMatch(/^\s*import\s[^\n]* from\s|\brequire\(|\bimport\(/m);
  });
});

describe('Node and Deno', () => {
  it.skipIf(!deno)('give the same lines as each other and as the source for every pair', async () => {
    const items = pairs();
    expect(items.length).toBeGreaterThanOrEqual(300);
    const requests = [LOAD];
    for (let i = 0; i < items.length; i += 50)
      requests.push(JSON.stringify({ op: 'score', id: i, items: items.slice(i, i + 50) }));
    requests.push('nonsense', '{"op":"dance","id":"x"}', '{"op":"ping"}');
    const codeSha256 = createHash('sha256').update(readFileSync(bundle)).digest('hex');
    const here = createProtocol({ codeSha256 });
    const servers = [inNode(), inDeno()];
    const verdicts = new Set<string>();
    for (const request of requests) {
      const expected = await here(request);
      for (const server of servers) expect(await server.ask(request)).toBe(expected);
      for (const result of JSON.parse(expected).results ?? []) verdicts.add(result.verdict);
    }
    expect([...verdicts].sort()).toEqual(['ambiguous', 'correct', 'not-applicable', 'unparsable', 'wrong']);
    for (const server of servers) expect(await server.end()).toBe(0);
  });

  it('states the identity of the suite with the hash of the very file that runs', async () => {
    const server = inNode();
    const answer = JSON.parse(await server.ask(LOAD));
    const codeSha256 = createHash('sha256').update(readFileSync(bundle)).digest('hex');
    expect(answer).toEqual({
      ok: true,
      name: 'think-first',
      version: 1,
      hash: await suiteIdentity(thinkFirst, codeSha256),
      parts: [
        { id: 'format', fn: 'structure', weight: 1, min: -1, max: 1, form: true },
        { id: 'answer', fn: 'answer', weight: 3, min: 0, max: 1, form: false },
        { id: 'length', fn: 'soft-overlong', weight: 1, min: -1, max: 0, form: false },
      ],
      max: 4,
      min: -2,
      warnings: [expect.stringMatching(/^Of open tasks, nothing but the form is judged/)],
    });
    const latest = findSuite('think-first');
    expect(JSON.parse(await server.ask('{"op":"load","suite":"think-first"}'))).toMatchObject({
      ...{ ok: true, version: latest.version, hash: await suiteIdentity(latest, codeSha256) },
    });
    await server.end();
  });

  it('refuses to run from source, where no single file is the code', async () => {
    const source = start(process.execPath, [join(root, 'core/rewards/server.ts')]);
    expect(await source.end()).toBe(1);
  });
});

describe('a server that meets bad input', () => {
  let server: Server;
  beforeAll(() => {
    server = deno ? inDeno() : inNode();
  });
  const error = async (request: unknown) => {
    const line = typeof request === 'string' ? request : JSON.stringify(request);
    return JSON.parse(await server.ask(line));
  };
  const item = (change: object) => ({
    op: 'score',
    id: 3,
    items: [{ row: row(), completion: 'x', ...change }],
  });

  it('says what is wrong, answers with the id, and stays up', async () => {
    expect(await error({ op: 'score', id: 1, items: [] })).toEqual({
      id: 1,
      error: { code: 'no-suite', message: expect.stringContaining('"op":"load"') },
    });
    expect(await error('{"op":')).toMatchObject({ error: { code: 'bad-json' } });
    expect(await error('[1]')).toMatchObject({ error: { code: 'bad-json' } });
    expect(await error({ op: 'dance', id: 2 })).toMatchObject({ id: 2, error: { code: 'unknown-op' } });
    expect(await error({ op: 'load', suite: { name: 'x' } })).toMatchObject({ error: { code: 'bad-suite' } });
    expect(await error({ op: 'load', suite: 'nothing-such' })).toMatchObject({
      error: { code: 'bad-suite' },
    });
    expect(await error(LOAD)).toMatchObject({ ok: true });
    for (const [change, field] of [
      [{ row: undefined }, '"row"'],
      [{ row: row({ answer: 18 as never }) }, 'row.answer'],
      [{ row: { ...row(), answerType: 'numbers' } }, 'answerType'],
      [{ row: { ...row(), choices: [1] } }, 'choices'],
      [{ completion: null }, '"completion"'],
      [{ tokens: -1 }, '"tokens"'],
      [{ truncated: 'no' }, '"truncated"'],
    ] as const)
      expect(await error(item(change))).toEqual({
        id: 3,
        error: { code: 'bad-item', message: expect.stringMatching(new RegExp(`^Item 1: .*${field}`)) },
      });
    expect(await error({ op: 'score', items: 'all' })).toMatchObject({ error: { code: 'bad-item' } });
    expect(await error(item({ completion: strict('18') }))).toMatchObject({ id: 3, results: [{ total: 4 }] });
  });

  it('keeps the loaded suite when a new one is refused', async () => {
    expect(await error({ op: 'load', suite: { ...thinkFirst, parts: [] } })).toHaveProperty('error');
    expect(await error(item({}))).toHaveProperty('results');
  });

  it('reads lines however they arrive: in pieces, many at once, with CRLF, empty ones, broken UTF-8', async () => {
    const ping = '{"op":"ping"}';
    server.send('{"op":');
    await new Promise((done) => setTimeout(done, 20));
    server.send(`"ping"}\n\n  \n${ping}\r\n${ping}\n`);
    const answers = [await server.next(), await server.next(), await server.next()];
    expect(new Set(answers).size).toBe(1);
    server.send(
      Buffer.concat([Buffer.from('{"op":"p'), Buffer.from([0xff, 0xfe]), Buffer.from('"}\n')]) as never,
    );
    expect(JSON.parse(await server.next())).toMatchObject({ error: { code: 'bad-json' } });
    expect(await server.ask(ping)).toBe(answers[0]);
  });

  it('scores a big batch in one line and ends with its input, the last line without an end', async () => {
    const items = Array.from({ length: 5000 }, () => ({ row: row(), completion: strict('18').repeat(3) }));
    server.send(JSON.stringify({ op: 'score', id: 'big', items }));
    const ended = server.end();
    expect(JSON.parse(await server.next()).results).toHaveLength(5000);
    expect(await ended).toBe(0);
  });
});
