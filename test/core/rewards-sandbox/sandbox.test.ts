// Untrusted code in the sandbox: what runs, what is told of it, and what every attack comes to.
import { tmpdir } from 'node:os';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { codeAttacks } from '../../../core/rewards/attacks/code-attacks.ts';
import {
  type CodeReport,
  type Executor,
  type PythonCall,
  PythonRewardError,
} from '../../../core/rewards/evidence.ts';
import { createGrader } from '../../../core/rewards/grade.ts';
import { startInterpreter } from '../../../core/rewards/sandbox/interpreter.ts';
import { makeSnapshot } from '../../../core/rewards/sandbox/snapshot.ts';
import { runSubmission } from '../../../core/rewards/sandbox/submission.ts';
import { compileSuite } from '../../../core/rewards/suite.ts';
import { thinkFirst2 } from '../../../core/rewards/suites/think-first.ts';
import { buildRewardBundle, sandboxExecutor, submission } from '../../fixtures/sandbox.ts';
import { tempFolder } from '../../fixtures/temp-folder.ts';
import { attacks, right } from './attacks.ts';

let executor: Executor;
let bundle = '';
beforeAll(() => {
  bundle = buildRewardBundle(tempFolder());
  executor = sandboxExecutor(bundle, { limits: { timeMs: 60_000 } });
});
afterAll(() => executor.close());

async function run(code: string, ...tests: string[]): Promise<CodeReport> {
  const [report] = await executor.run([submission(code, ...tests)]);
  return report!;
}

describe('a program and its tests', () => {
  it('passes when every assertion holds, and tells what it printed and how long it took', async () => {
    const report = await run(`print("hello")\n${right}`, 'assert f(1) == 2', 'assert f(-1) == 0');
    expect(report).toEqual({
      outcome: 'passed',
      passed: 2,
      total: 2,
      failing: null,
      stdout: 'hello\n',
      ms: expect.any(Number),
    });
  });

  it('names the first assertion that does not hold, with both sides, and counts the others', async () => {
    const tests = ['assert f(1) == 2', 'assert f(5) == 7', 'assert f(6) == 7', 'assert f(0) == 2'];
    expect(await run(right, ...tests)).toMatchObject({
      outcome: 'failed',
      passed: 2,
      total: 4,
      failing: { assertion: 'assert f(5) == 7', message: '6 is not 7' },
    });
  });

  it('runs assertions of every form in a frame that no candidate has been in', async () => {
    const code = 'def f(x):\n    return [3, 1, x]\ndef g(x):\n    return 0.1 + x\ndef none(x):\n    pass';
    expect(
      await run(
        code,
        'assert set(f(2)) == {1, 2, 3}',
        'assert not none(1)',
        'assert f(0) is not None and len(f(0)) == 3',
        'import math\nassert math.isclose(g(0.2), 0.3, rel_tol=1e-9)',
        'assert sorted(f(2))[0] == 1 if True else False',
        'for i in range(20):\n    assert f(i)[2] == i',
      ),
    ).toMatchObject({ outcome: 'passed', passed: 6 });
  });

  it('runs tests in the form of HumanEval: a check function that is handed the candidate', async () => {
    const check = `METADATA = {}\n\ndef check(candidate):\n    assert candidate([1.0, 2.0], 0.5) == False\n    assert candidate([1.0, 1.1], 0.5)\n    assert candidate([], 1) == False, "empty"\n\ncheck(close)\n`;
    const code =
      'from typing import List\n\ndef close(numbers: List[float], limit: float) -> bool:\n    return any(abs(a - b) < limit for i, a in enumerate(numbers) for b in numbers[:i])';
    expect(await run(code, check)).toMatchObject({ outcome: 'passed' });
    expect(await run(code.replace('return any', 'return not any'), check)).toMatchObject({
      outcome: 'failed',
    });
    expect(
      await run('def close(*a):\n    return len(a[0]) == 2 and a[0][1] == 1.1 or not a[0]', check),
    ).toMatchObject({
      outcome: 'failed',
      failing: { message: 'empty' },
    });
  });

  it('carries every plain value there and back', async () => {
    const values = [
      ...[
        'None',
        'True',
        '-0.0',
        '1e300',
        'float("inf")',
        '2**200',
        '-7',
        '"ü\\ud83d\\u2028"',
        "b'\\x00\\xff'",
      ],
      ...['(1, [2, (3,)], {"a": {4, 5}})', 'frozenset({(1, 2)})', '{1: "a", (2, 3): None}', 'complex(1, -2)'],
      ...['range(2, 9, 3)', 'int', 'bytearray(b"xy")', '""', '[]', '()', 'set()'],
    ];
    const tests = values.map((value) => `assert f(${value}) == ${value}`);
    tests.push(
      'x = f(float("nan"))\nassert x != x',
      'assert type(f((1,))) is tuple and type(f(True)) is bool',
    );
    tests.push(
      'from fractions import Fraction\nfrom decimal import Decimal\nassert f([Fraction(1, 3), Decimal("1.10")]) == [Fraction(1, 3), Decimal("1.1")]',
    );
    expect(await run('def f(x):\n    return x', ...tests)).toMatchObject({
      outcome: 'passed',
      passed: tests.length,
    });
  });

  it('works with objects of the candidate that tests only hand on, and with changes in place', async () => {
    const code = `class Node:\n    def __init__(self, x):\n        self.x, self.next = x, None\n    def add(self, y):\n        self.next = Node(y)\n        return self.next\ndef total(n):\n    return n.x + (total(n.next) if n.next else 0)\ndef sort(x):\n    x.sort()\ndef up(n):\n    yield from range(n)`;
    const report = await executor.run([
      {
        ...{ code, imports: ['import math'], setup: 'head = Node(1)\nhead.next = Node(2)' },
        tests: [
          'assert total(head) == 3',
          'other = Node(5)\nother.add(6).x\nassert total(other) == 11 and other.next.x == 6',
          'x = [3, 1, 2]\nsort(x)\nassert x == [1, 2, 3]',
          'assert list(up(3)) == [0, 1, 2]',
          'assert math.floor(2.5) == 2',
        ],
      },
    ]);
    expect(report[0]).toMatchObject({ outcome: 'passed', passed: 5 });
  });

  it('uses a function named like a built-in when that is the function under test', async () => {
    const tests = ['assert sum(10, 15) == 6', 'assert sum(100, 150) == 93'];
    const code =
      'def sum(a, b):\n    return sum_of([i for i in range(1, min(a, b) + 1) if a % i == b % i == 0])\ndef sum_of(x):\n    return __builtins__["sum"](x) if isinstance(__builtins__, dict) else __builtins__.sum(x)';
    expect(await run(code, ...tests)).toMatchObject({ outcome: 'passed' });
  });

  it('passes exceptions of Python on, so that a test can expect one', async () => {
    const test = 'try:\n    f(0)\nexcept ZeroDivisionError as error:\n    pass\nelse:\n    assert False';
    expect(await run('def f(x):\n    return 1 / x', test)).toMatchObject({ outcome: 'passed' });
    expect(await run('def f(x):\n    return x', test)).toMatchObject({ outcome: 'failed' });
  });

  it('tells a program without code, one that cannot be read, and a row without tests apart', async () => {
    expect(await run(' \n')).toMatchObject({ outcome: 'no-code', total: 1 });
    expect(await run('def f(x) return x')).toMatchObject({
      outcome: 'error',
      failing: { message: expect.stringMatching(/SyntaxError.*line 1/) },
    });
    const [untested] = await executor.run([{ code: right, tests: [], imports: [], setup: '' }]);
    expect(untested).toMatchObject({ outcome: 'bad-row', passed: 0 });
  });

  it('cuts what a program prints, 100 MB of it', async () => {
    const flood = 'for _ in range(100):\n    print("x" * 1_000_000)\n';
    const report = await run(flood + right);
    expect(report.outcome).toBe('passed');
    expect(report.stdout).toHaveLength(16_384);
  });

  it('gives every program an interpreter of its own', async () => {
    const spoil = 'import builtins, json, random\nbuiltins.len = lambda x: 42\njson.loads = None\nleft = 1\n';
    await run(`${spoil}${right}`);
    const look =
      'import json, sys\ndef f(x):\n    return [len([]), callable(json.loads), hasattr(sys.modules.get("candidate"), "left")]';
    expect(await run(look, 'assert f(1) == [0, True, False]')).toMatchObject({ outcome: 'passed' });
  });

  it('answers in order, whatever ends first', async () => {
    const codes = [
      'import time\ntime.sleep(0.5)\n',
      '',
      'import os\nos._exit(1)\n',
      'f = None\nif False:\n  ',
    ];
    const reports = await executor.run(codes.map((code) => submission(code + right)));
    const outcomes = reports.map(({ outcome }) => outcome);
    expect(outcomes).toEqual(['passed', 'passed', 'error', 'failed']);
  });
});

// All attacks share two executors, one of them hasty, and between them stand programs that are right.
describe('attacks', () => {
  const hasty = attacks.filter(({ outcomes }) => outcomes.includes('timeout'));
  const reports = new Map<string, Promise<CodeReport>>();
  let executors: Executor[] = [];
  beforeAll(() => {
    executors = [
      sandboxExecutor(bundle, { limits: { timeMs: 1500 }, workers: 1, spares: 0 }),
      sandboxExecutor(bundle, { limits: { timeMs: 30_000 }, spares: 0 }),
    ];
    const begin = (of: Executor, name: string, code: string, tests: string[] = []) =>
      reports.set(
        name,
        of.run([submission(code, ...tests)]).then(([report]) => report!),
      );
    for (const [i, { name, code, tests, outcomes }] of attacks.entries()) {
      const of = executors[outcomes.includes('timeout') ? 0 : 1]!;
      begin(of, name, code, tests);
      if (i % 10 === 9) begin(of, `right ${i}`, right);
    }
  });
  afterAll(() => Promise.all(executors.map((each) => each.close())));

  it.each(attacks)('$name', { timeout: 300_000 }, async ({ name, outcomes, says }) => {
    const report = await reports.get(name)!;
    expect(outcomes, JSON.stringify(report)).toContain(report.outcome);
    if (says) expect(report.failing?.message).toMatch(says);
  });

  it('leave the programs after them alone', { timeout: 300_000 }, async () => {
    const after = [...reports].filter(([name]) => name.startsWith('right'));
    expect(after.length).toBeGreaterThanOrEqual(5);
    for (const [name, report] of after) expect((await report).outcome, name).toBe('passed');
    expect(hasty.length).toBeGreaterThan(5);
  });
});

/** An interpreter whose program is ours to write: it says what it likes. */
const guest = (script: string, startLimitMs?: number) =>
  startInterpreter([process.execPath, '-e', script], tmpdir(), 1000, startLimitMs);

describe('the list of attacks by code', () => {
  it('states of each what really becomes of it', { timeout: 300_000 }, async () => {
    const scorer = compileSuite(thinkFirst2);
    const found: object[] = [];
    const stated: object[] = [];
    const hasty = sandboxExecutor(bundle, { limits: { timeMs: 4000 }, spares: 0 });
    for (const { id, row, hack, report } of codeAttacks) {
      const of = report?.outcome === 'timeout' ? hasty : executor;
      const listening: Executor = {
        ...of,
        async run(submissions, signal) {
          const reports = await of.run(submissions, signal);
          for (const { outcome, passed } of reports) found.push({ id, outcome, passed });
          stated.push({ id, outcome: report?.outcome, passed: report?.passed });
          return reports;
        },
      };
      await createGrader({ scorer, executor: listening }).grade([{ row, completion: hack }]);
    }
    await hasty.close();
    expect(found).toEqual(stated);
    expect(found.length).toBeGreaterThanOrEqual(10);
  });
});

describe('a judge that is lost', () => {
  const loads = `process.stdin.on('data', (d) => console.log(String(d).split(' ')[0] + ' done {"v":{}}'));console.log('ready');`;
  const dies = `process.stdin.on('data', () => process.exit(3));console.log('ready');`;
  const looks = `process.stdin.on('data', (d) => { const [nonce, kind] = String(d).split(' '); if (kind !== 'check') process.exit(3); console.log(nonce + ' done {"fault":null}'); });console.log('ready');`;

  it('is no verdict on a program: it is replaced, and lost again it leaves the program undecided, or its row at fault', async () => {
    const shared = runSubmission(submission(right), guest(loads), guest(looks), 60_000);
    await expect(shared).rejects.toMatchObject({
      ending: 'killed',
      message: expect.stringMatching(/judges was lost.*code 3/),
    });
    const alone = await runSubmission(submission(right), guest(loads), guest(looks), 60_000, true);
    expect(alone).toMatchObject({ outcome: 'unsupported', passed: 0 });
    const atOnce = await runSubmission(submission(right), guest(loads), guest(dies), 60_000, true);
    expect(atOnce).toMatchObject({ outcome: 'bad-row', passed: 0 });
  });

  it('is replaced, and the program judged again', { timeout: 120_000 }, async () => {
    const own = sandboxExecutor(bundle, { limits: { timeMs: 60_000 }, workers: 1, spares: 0 });
    // The second program that meets this test in one judge finds it ended.
    const test = 'import os, sys\nif hasattr(sys, "used"): os._exit(0)\nsys.used = True\nassert f(1) == 2';
    for (let i = 0; i < 2; i += 1)
      expect(await own.run([submission(right, test)])).toMatchObject([{ outcome: 'passed' }]);
    const always = await own.run([submission(right, 'import os\nos._exit(0)')]);
    expect(always).toMatchObject([{ outcome: 'unsupported', passed: 0 }]);
    await own.close();
  });
});

describe('a process that never gets ready', () => {
  const silent = 'setInterval(() => {}, 1000)';

  it('is ended, and told as killed', async () => {
    const interpreter = guest(silent, 50);
    await expect(interpreter.ready).rejects.toMatchObject({
      ending: 'killed',
      message: expect.stringMatching(/not ready within 0.05 s/),
    });
    await interpreter.ended;
  });

  it('makes no snapshot', async () => {
    await expect(makeSnapshot([process.execPath, '-e', silent], 50)).rejects.toMatchObject({
      code: 'no-sandbox',
      message: expect.stringContaining('not made within 0.05 s'),
    });
  });
});

describe('the channel', () => {
  const echo = (answer: string) =>
    `process.stdin.on('data', (d) => { const nonce = String(d).split(' ')[0]; console.log(${answer}); });console.log('ready');`;

  it.each([
    ['a verdict without the nonce', echo('\'{"passed": 3, "failing": null}\''), 'forged'],
    ['an answer under another nonce', echo("'11111111-1111-4111-8111-111111111111 done {}'"), 'forged'],
    [
      'an answer before it was asked',
      "console.log('ready'); console.log('x done {}'); setInterval(() => {}, 1000)",
      'forged',
    ],
    ['a question where none is due', echo("nonce + ' ask {}'"), 'forged'],
    [
      'JSON deep enough to break its reader',
      echo("nonce + ' done ' + '['.repeat(1000) + ']'.repeat(1000)"),
      'forged',
    ],
    [
      'a line without end',
      "console.log('ready'); for (let i = 0; i < 5; i += 1) process.stdout.write('x'.repeat(1e6)); setInterval(() => {}, 1000)",
      'forged',
    ],
    [
      'the end of its process',
      "console.log('ready'); process.stdin.on('data', () => process.exit(3))",
      'died',
    ],
    [
      'a crash for lack of memory',
      "console.log('ready'); process.stdin.on('data', () => { console.error('Fatal process out of memory: Zone'); process.abort(); })",
      'memory',
    ],
    [
      'a kill by the system',
      "console.log('ready'); process.stdin.on('data', () => process.kill(process.pid, 'SIGKILL'))",
      'killed',
    ],
  ])('%s', async (_, script, ending) => {
    const interpreter = guest(script);
    await interpreter.ready;
    await expect(interpreter.ask('load', '{}')).rejects.toMatchObject({ ending });
    interpreter.end('closed', 'over');
    await interpreter.ended;
  });

  it('carries an answer as long as the Python inside may tell, in whatever pieces it comes', async () => {
    const interpreter = guest(echo("nonce + ' done ' + JSON.stringify('ü'.repeat(3_999_998))"));
    await interpreter.ready;
    const answer: unknown = JSON.parse(await interpreter.ask('load', '{}'));
    expect(answer === 'ü'.repeat(3_999_998)).toBe(true);
    interpreter.end('closed', 'over');
  });

  it('gives the answer that stands under the nonce, and a program that never starts is told', async () => {
    const interpreter = guest(echo("nonce + ' done [1]'"));
    await interpreter.ready;
    expect(await interpreter.ask('load', '{}')).toBe('[1]');
    interpreter.end('closed', 'over');
    await expect(startInterpreter(['/no/such/program'], tmpdir(), 10).ready).rejects.toThrow(
      /ENOENT|No such/,
    );
  });
});

describe('the executor', () => {
  it('says why it cannot be set up, and tries again', async () => {
    const own = sandboxExecutor(bundle, { pyodideFolder: '/no/such/folder', cacheFolder: tempFolder() });
    for (let i = 0; i < 2; i += 1)
      await expect(own.run([submission(right)])).rejects.toMatchObject({
        code: 'no-sandbox',
        message: expect.stringContaining('/no/such/folder'),
      });
    await own.close();
  });

  it('stops what runs and what waits when it is called off, and serves on', async () => {
    const control = new AbortController();
    const run = executor.run(Array(6).fill(submission('while True: pass')), control.signal);
    setTimeout(() => control.abort(new Error('enough')), 300);
    await expect(run).rejects.toThrow('enough');
    expect(await executor.run([submission(right)])).toMatchObject([{ outcome: 'passed' }]);
  });

  it('refuses work after it was closed', async () => {
    const own = sandboxExecutor(bundle);
    await own.close();
    await expect(own.run([submission(right)])).rejects.toMatchObject({ code: 'no-sandbox' });
  });
});

describe("a person's own reward function", () => {
  const call = (source: string, more: Partial<PythonCall> = {}) =>
    executor.call({
      ...{ source, name: 'reward', prompts: ['p', 'q'], completions: ['one', 'three'] },
      columns: { answer: ['1', '3'], domain: ['math', 'math'] },
      ...more,
    });

  it('is called as TRL calls one, and its numbers come back exactly', async () => {
    const source = `def reward(prompts, completions, answer, **kwargs):
    print("scoring", kwargs["domain"])
    return [0.1 + len(c) if a == "1" else None for c, a in zip(completions, answer)]`;
    expect(await call(source)).toEqual([3.1, null]);
    expect(await call('def reward(completions):\n    return [c == "one" for c in completions]')).toEqual([
      1, 0,
    ]);
  });

  it.each([
    [
      'raises',
      'def reward(**k):\n    return [1 / 0]',
      /"reward" gave no scores: ZeroDivisionError: division by zero \(line 2\)/,
    ],
    ['returns one number too few', 'def reward(**k):\n    return [1.0]', /1 scores for 2 completions/],
    ['returns a number', 'def reward(**k):\n    return 3', /returned int, not a list/],
    ['returns NaN', 'def reward(**k):\n    return [1, float("nan")]', /score 2 is nan, not a finite number/],
    ['returns infinity', 'def reward(**k):\n    return [float("inf"), 1]', /score 1 is inf/],
    ['returns text', 'def reward(**k):\n    return ["1", 2]', /score 1 is str, not a number/],
    ['returns nothing', 'def reward(**k):\n    pass', /returned NoneType/],
    ['is a coroutine', 'async def reward(**k):\n    return [1, 2]', /returned coroutine/],
    ['is not there', 'def other(**k):\n    return [1, 2]', /defines no function 'reward'/],
    ['cannot be read', 'def reward(**k) return', /SyntaxError/],
    [
      'needs a column that is not there',
      'def reward(solution, **k):\n    return [1, 2]',
      /TypeError: .*'solution'/,
    ],
    ['ends the interpreter', 'import os\ndef reward(**k):\n    os._exit(0)', /ended its interpreter/],
    ['takes all memory', 'def reward(**k):\n    return [len(bytearray(2 ** 30))] * 2', /MemoryError/],
    [
      'prints and then fails',
      'def reward(**k):\n    print("x" * 10**6)\n    raise ValueError("no " * 3)',
      /ValueError: no no no/,
    ],
    [
      'replaces the harness',
      'import forethought_candidate as h\nh.told = lambda d: "{\\"v\\": [1e999, 1]}"\ndef reward(**k):\n    return [1, 2]',
      /finite|JSON/,
    ],
  ])('one that %s', async (_, source, says) => {
    const error = await call(source).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(PythonRewardError);
    expect((error as Error).message).toMatch(says);
  });

  it('one that fails on some completions alone scores the others', async () => {
    const source = `def reward(completions, **k):
    return [1 / (c != "one") for c in completions]`;
    expect(await call(source)).toEqual([{ error: expect.stringMatching(/no score: ZeroDivisionError/) }, 1]);
  });

  it('is only looked for where there are no completions', async () => {
    const none = { prompts: [], completions: [], columns: {} };
    expect(await call('def reward(**k):\n    return [max(k["completions"])]', none)).toEqual([]);
    await expect(call('def reward(**k) return', none)).rejects.toThrow(/SyntaxError/);
  });

  it('one that loops', async () => {
    const own = sandboxExecutor(bundle, { limits: { timeMs: 5000, cpuSeconds: 30 }, spares: 0 });
    const looping = { source: 'def reward(**k):\n    print("here")\n    while True: pass', name: 'reward' };
    await expect(own.call({ ...looping, prompts: ['p'], completions: ['c'], columns: {} })).rejects.toThrow(
      /did not return within 5 s\. It printed: here/,
    );
    await own.close();
  });
});
