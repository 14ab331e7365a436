// Untrusted code: programs per second beside a plain subprocess for each (no sandbox at all), a group of four with warm spares,
// and the reward server's round trip for 64 completions without code.
import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { CodeSubmission } from '../../core/rewards/evidence.ts';
import { rewardServerCommand } from '../../core/suites/reward-server-command.ts';
import { row, strict } from '../core/rewards/rows.ts';
import { mbppGolds } from '../fixtures/mbpp.ts';
import { buildRewardBundle, sandboxExecutor, submission } from '../fixtures/sandbox.ts';

const WORKERS = 2;
const PROGRAMS = 60;
const inCommon = 'def f(xs):\n    return sorted(x * x for x in xs if x % 2 == 0)';
const synthetic = submission(
  inCommon,
  'assert f([1, 2, 4]) == [4, 16]',
  'assert f([]) == []',
  'assert f([6]) == [36]',
);
const programs: CodeSubmission[] =
  mbppGolds('sanitized')?.slice(0, PROGRAMS) ?? Array<CodeSubmission>(PROGRAMS).fill(synthetic);

const folder = mkdtempSync(join(tmpdir(), 'forethought-bench-sandbox-'));
const bundle = buildRewardBundle(folder);
try {
  const ours = await programsPerSecond();
  const plain = await subprocessesPerSecond();
  const group = await groupOfFour();
  const trip = await roundTrip(64);
  console.table({
    'programs a second, sandbox': { value: ours.toFixed(1), target: '>= 4' },
    'programs a second, plain subprocess': { value: plain.toFixed(1), target: '' },
    'sandbox / subprocess': { value: (ours / plain).toFixed(2), target: '' },
    'group of 4, warm, ms': { value: group.toFixed(0), target: '< 150' },
    'batch of 64 without code, ms': { value: trip.toFixed(2), target: '< 5' },
  });
  if (!(ours >= 4 && group < 150 && trip < 5)) process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true });
}

async function programsPerSecond(): Promise<number> {
  const executor = sandboxExecutor(bundle, { workers: WORKERS, spares: 0 });
  await executor.run([synthetic, synthetic]); // the snapshot and the judges are there from here on
  const started = performance.now();
  const reports = await executor.run(programs);
  const seconds = (performance.now() - started) / 1000;
  await executor.close();
  const lost = reports.filter(({ outcome }) => outcome !== 'passed').length;
  if (lost > 0) throw new Error(`${lost} golds did not pass: no figure of this bench means anything.`);
  return programs.length / seconds;
}

/** What most harnesses do: `python3 -c` for each program, its tests below it, the exit code as the verdict. */
async function subprocessesPerSecond(): Promise<number> {
  const waiting = [...programs];
  const started = performance.now();
  const lane = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const text = [...next.imports, next.code, next.setup, ...next.tests].join('\n');
      await new Promise<void>((resolve, reject) =>
        execFile('python3', ['-c', text], (error) => (error ? reject(error) : resolve())),
      );
    }
  };
  await Promise.all(Array.from({ length: WORKERS }, lane));
  return programs.length / ((performance.now() - started) / 1000);
}

/** Median of five groups, each after a pause in which the spares have come up again. */
async function groupOfFour(): Promise<number> {
  const executor = sandboxExecutor(bundle, { workers: WORKERS, spares: 4 });
  await executor.run([synthetic, synthetic]);
  const times: number[] = [];
  for (let i = 0; i < 5; i += 1) {
    await new Promise((done) => setTimeout(done, 5000));
    const started = performance.now();
    await executor.run(Array<CodeSubmission>(4).fill(synthetic));
    times.push(performance.now() - started);
  }
  await executor.close();
  return median(times);
}

async function roundTrip(size: number): Promise<number> {
  const [file = '', ...args] = rewardServerCommand(bundle);
  const server = spawn(file, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: server.stdout })[Symbol.asyncIterator]();
  const ask = async (request: object) => {
    server.stdin.write(`${JSON.stringify(request)}\n`);
    const { value } = await lines.next();
    if (typeof value !== 'string' || value.includes('"error":{')) throw new Error(`refused: ${value}`);
  };
  await ask({ op: 'load', suite: 'think-first' });
  const completion = strict('18');
  const items = Array.from({ length: size }, (_, i) => ({
    row: row(),
    completion: `${completion}${'\n'.repeat(i % 3)}`,
    tokens: 200,
  }));
  const times: number[] = [];
  // A server answers thousands of these: the first are slower, while its code is compiled.
  for (let i = 0; i < 1200; i += 1) {
    const started = performance.now();
    await ask({ op: 'score', id: i, items });
    if (i >= 900) times.push(performance.now() - started);
  }
  server.stdin.end();
  return median(times);
}

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[values.length >> 1]!;
}
