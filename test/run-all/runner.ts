// What a runner of `npm test` is, and how one is run: streamed to this terminal, then counted. Used by run-all.ts.
import { spawn } from 'node:child_process';

export interface Counts {
  passed: number;
  failed: number;
  skipped: number;
  /** One line for each skipped or failed test. */
  notes: string[];
}

export interface Runner {
  name: string;
  cwd: string;
  command: readonly [string, ...string[]];
  env?: NodeJS.ProcessEnv;
  /** Reads the counts from what the runner left behind; without it the whole runner is one test. */
  count?(): Counts;
}

export interface Result extends Counts {
  name: string;
  seconds: number;
}

export async function run(runner: Runner): Promise<Result> {
  const started = performance.now();
  console.log(`\n── ${runner.name} ──`);
  const code = await exitCode(runner);
  const seconds = (performance.now() - started) / 1000;
  return { name: runner.name, seconds, ...settle(runner, code) };
}

/** An exit code that the counts do not explain is a failure of its own: nothing that went wrong may count as passed. */
function settle(runner: Runner, code: number): Counts {
  const whole = (failed: boolean, notes: string[]): Counts => ({
    passed: failed ? 0 : 1,
    failed: failed ? 1 : 0,
    skipped: 0,
    notes,
  });
  if (!runner.count) return whole(code !== 0, code === 0 ? [] : [`FAILED ${runner.name}`]);
  let counts: Counts;
  try {
    counts = runner.count();
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return whole(true, [`FAILED ${runner.name}: exit code ${code}, no readable results (${why})`]);
  }
  if (code === 0 || counts.failed > 0) return counts;
  const note = `FAILED ${runner.name}: exit code ${code} although no test failed`;
  return { ...counts, failed: 1, notes: [...counts.notes, note] };
}

function exitCode({ command: [program, ...args], cwd, env }: Runner): Promise<number> {
  return new Promise((resolve) => {
    const child = spawn(program, args, { cwd, env: env ?? process.env, stdio: 'inherit' });
    child.on('error', (error) => {
      console.error(error.message);
      resolve(127);
    });
    child.on('exit', (code) => resolve(code ?? 1));
  });
}
