// What a program in the sandbox does to the process that has it judged: its memory, its event loop, the harness's own source.
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CodeReport, Executor } from '../../../core/rewards/evidence.ts';
import { sandboxPlaces } from '../../../core/suites/reward-server-command.ts';
import { buildRewardBundle, sandboxExecutor, submission } from '../../fixtures/sandbox.ts';
import { tempFolder } from '../../fixtures/temp-folder.ts';
import { right } from './attacks.ts';

let executor: Executor;
let bundle = '';
beforeAll(async () => {
  bundle = buildRewardBundle(tempFolder());
  executor = sandboxExecutor(bundle, { limits: { timeMs: 60_000 } });
  // The snapshot and the spares are there from here on.
  await run(right);
});
afterAll(() => executor.close());

async function run(code: string): Promise<CodeReport> {
  const [report] = await executor.run([submission(code)]);
  return report!;
}

const MB = 1024 * 1024;
setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** What this process holds when nothing waits to be collected, which it does for longer on a busy machine. */
function memory(): number {
  collectGarbage();
  return process.memoryUsage().rss;
}

/** What a program takes of this process while it is judged: turns of the event loop in a second, and memory afterwards. */
async function cost(code: string): Promise<{ report: CodeReport; turnsPerSecond: number; grown: number }> {
  const before = memory();
  let ended = false;
  let turns = 0;
  const others = (async () => {
    while (!ended) {
      await sleep(1);
      turns += 1;
    }
  })();
  const began = performance.now();
  const report = await run(code);
  const seconds = (performance.now() - began) / 1000;
  ended = true;
  await others;
  return { report, turnsPerSecond: turns / seconds, grown: memory() - before };
}

describe('the process that has programs judged', () => {
  it('is as large after programs that take a gigabyte as before', { timeout: 300_000 }, async () => {
    const before = memory();
    const greedy = 'def f(x):\n    return len(bytearray(2 ** 30))';
    const reports = await executor.run(Array.from({ length: 3 }, () => submission(greedy)));
    expect(reports.map(({ outcome }) => outcome)).toEqual(['memory', 'memory', 'memory']);
    expect(memory() - before).toBeLessThan(50 * MB);
    expect(await run(right)).toMatchObject({ outcome: 'passed' });
  });

  it('does its other work while a program prints 10 MB', { timeout: 300_000 }, async () => {
    const printing = (to: string) =>
      `import io, sys\nto = ${to}\nfor _ in range(100_000):\n    print("x" * 99, file=to)\n${right}`;
    // The same work on the same machine, of which this process hears nothing.
    const quiet = await cost(printing('io.StringIO()'));
    const { report, turnsPerSecond, grown } = await cost(printing('sys.stdout'));
    expect(quiet.report.outcome).toBe('passed');
    expect(report.outcome).toBe('passed');
    expect(report.stdout).toBe(`${'x'.repeat(99)}\n`.repeat(164).slice(0, 16_384));
    // The program prints for hundreds of milliseconds; a loop that waited for it would have turned once or twice.
    expect(turnsPerSecond).toBeGreaterThan(quiet.turnsPerSecond / 10);
    expect(grown - Math.max(0, quiet.grown)).toBeLessThan(50 * MB);
  });
});

describe('a program that looks for the source of its harness', () => {
  it.each([
    ['in its module', 'import inspect, forethought_candidate as h\ninspect.getsource(h)', /built-in/],
    ['in its function', 'import inspect, forethought_candidate as h\ninspect.getsource(h.handle)', /source/],
    ['at the place of its module', 'import forethought_candidate as h\nopen(h.__file__)', /__file__/],
    ['through its loader', 'import forethought_judge as h\nh.__loader__.get_source("h")', /get_source/],
    ['under its name', 'open("forethought_candidate.py")', /FileNotFoundError/],
    ['through linecache', 'import linecache\nlinecache.getlines("forethought_judge.py")[0]', /IndexError/],
  ])('%s, finds none', async (_, code, says) => {
    const report = await run(`${code}\n${right}`);
    expect(report).toMatchObject({ outcome: 'error', failing: { message: expect.stringMatching(says) } });
  });

  it('cannot open the file that it runs from, nor that of the interpreter', async () => {
    const { pyodideFolder, denoPath } = sandboxPlaces(bundle);
    for (const path of [bundle, `${pyodideFolder}/pyodide.mjs`, denoPath, '/proc/self/maps']) {
      const opened = await run(`open(${JSON.stringify(path)}, "rb").read()\n${right}`);
      expect(opened.failing?.message).toMatch(/FileNotFoundError/);
      expect(opened.outcome).toBe('error');
    }
  });
});
