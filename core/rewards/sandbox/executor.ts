// The executor: untrusted Python in sandboxed processes, a few at a time. The reward server makes one, and the core another.
import type { CodeReport, CodeSubmission, Executor } from '../evidence.ts';
import { RewardsError } from '../rewards-error.ts';
import { freezeCommand, guestCommand, type SandboxPlaces } from './command.ts';
import { type Interpreter, InterpreterGone, startInterpreter } from './interpreter.ts';
import { defaultLimits, type SandboxLimits } from './limits.ts';
import { runPythonCall } from './python-call.ts';
import { makeSnapshot } from './snapshot.ts';
import { createSpares, type Spares } from './spares.ts';
import { runSubmission } from './submission.ts';

export interface ExecutorOptions extends SandboxPlaces {
  /** Programs that run at the same time; 2 unless said. */
  workers?: number;
  /** Interpreters that wait ahead, about 200 MB each; 4 unless said: a group. */
  spares?: number;
  limits?: Partial<SandboxLimits>;
}

/**
 * A judge is renewed after so many submissions, so that nothing can gather in it; its processor time is for all of them. It is
 * renewed well before that is used up: after half of it in wall time, which is never less than what it used itself.
 */
const JUDGE_USES = 200;
const JUDGE_CPU_SECONDS = 600;
const JUDGE_MS = (JUDGE_CPU_SECONDS / 2) * 1000;

/** After so long without work the interpreters that wait are let go: their memory is worth more than their start. */
const IDLE_MS = 120_000;

interface Sandbox {
  spares: Spares;
  startJudge(): Interpreter;
}

interface Judge {
  interpreter: Interpreter;
  uses: number;
  /** How long its submissions took together. */
  ms: number;
}

/** Starts nothing before it is asked to run something. A sandbox that cannot be had is the error `no-sandbox`. */
export function createExecutor(options: ExecutorOptions): Executor {
  const limits = { ...defaultLimits, ...options.limits };
  const free = createSemaphore(options.workers ?? 2);
  const judges: Judge[] = [];
  const running = new Set<Interpreter>();
  let sandbox: Promise<Sandbox> | null = null;
  let active = 0;
  let waiting = 0;
  let idle: ReturnType<typeof setTimeout> | undefined;
  let closed = false;

  const open = async (): Promise<Sandbox> => {
    const snapshot = await makeSnapshot(freezeCommand(options));
    const start = (cpuSeconds: number) => {
      const command = guestCommand(options, snapshot, { ...limits, cpuSeconds });
      return startInterpreter(command, `${options.cacheFolder}/empty`, limits.outputBytes);
    };
    const spares = createSpares(
      () => start(limits.cpuSeconds),
      options.spares ?? 4,
      () => active > 0,
    );
    return { spares, startJudge: () => start(JUDGE_CPU_SECONDS) };
  };

  /** A sandbox that could not be set up is tried again by the next one who asks. */
  function opened(): Promise<Sandbox> {
    if (closed) throw new RewardsError('no-sandbox', 'The sandbox for Python has been closed.');
    sandbox ??= open().catch((error) => {
      sandbox = null;
      throw error;
    });
    return sandbox;
  }

  /** Runs `work` with an interpreter of its own, when it is its turn; once more when a process was killed by someone else. */
  async function withInterpreter<T>(
    signal: AbortSignal | undefined,
    work: (candidate: Interpreter, sandbox: Sandbox, attempt: number) => Promise<T>,
  ): Promise<T> {
    waiting += 1;
    const release = await free(signal).finally(() => {
      waiting -= 1;
    });
    active += 1;
    clearTimeout(idle);
    try {
      const having = await opened();
      for (let attempt = 1; ; attempt += 1) {
        const interpreter = having.spares.take();
        if (waiting > 0) having.spares.startAhead();
        running.add(interpreter);
        const abort = () => interpreter.end('closed', 'It was called off.');
        signal?.addEventListener('abort', abort);
        try {
          return await work(interpreter, having, attempt);
        } catch (error) {
          signal?.throwIfAborted();
          if (!(error instanceof InterpreterGone)) throw error;
          if (error.ending !== 'killed' || attempt > 1)
            throw new RewardsError('no-sandbox', `The sandbox for Python failed: ${error.message}`);
        } finally {
          signal?.removeEventListener('abort', abort);
          interpreter.end('closed', 'Its work is over.');
          running.delete(interpreter);
        }
      }
    } finally {
      active -= 1;
      release();
      if (active === 0 && !closed) void rest();
    }
  }

  /** Between two pieces of work: what they used up comes up again, and is let go when nothing more comes. */
  async function rest(): Promise<void> {
    clearTimeout(idle);
    const spares = (await sandbox?.catch(() => null))?.spares;
    if (!spares || closed || active > 0) return;
    idle = setTimeout(() => {
      spares.drain();
      endJudges('It was not needed.');
    }, IDLE_MS);
    await spares.fill();
  }

  function endJudges(why: string): void {
    for (const { interpreter } of judges.splice(0)) interpreter.end('closed', why);
  }

  async function runOne(submission: CodeSubmission, signal?: AbortSignal): Promise<CodeReport> {
    const total = submission.tests.length;
    const nothing = { passed: 0, total, stdout: '', ms: 0 };
    if (submission.code.trim() === '') return { ...nothing, outcome: 'no-code', failing: null };
    if (total === 0)
      return {
        ...nothing,
        outcome: 'bad-row',
        failing: { assertion: '', message: 'The row has no tests, so nothing can be shown.' },
      };
    return withInterpreter(signal, async (candidate, { startJudge }, attempt) => {
      const isRetry = attempt > 1; // then with a judge of its own, which nobody else can have spoiled
      const judge = (isRetry ? null : judges.pop()) ?? { interpreter: startJudge(), uses: 0, ms: 0 };
      const started = performance.now();
      try {
        return await runSubmission(submission, candidate, judge.interpreter, limits.timeMs, isRetry);
      } finally {
        judge.uses += 1;
        judge.ms += performance.now() - started;
        if (closed || judge.interpreter.gone() || judge.uses >= JUDGE_USES || judge.ms >= JUDGE_MS)
          judge.interpreter.end('closed', 'It has served.');
        else judges.push(judge);
      }
    });
  }

  return {
    run: (submissions, signal) => allOrNone(submissions.map((each) => runOne(each, signal))),
    call: (call, signal) =>
      withInterpreter(signal, (interpreter) => runPythonCall(call, interpreter, limits.timeMs)),
    async close() {
      closed = true;
      clearTimeout(idle);
      (await sandbox?.catch(() => null))?.spares.close();
      endJudges('The executor was closed.');
      for (const interpreter of running) interpreter.end('closed', 'The executor was closed.');
    },
  };
}

/** Like Promise.all, but waits for all before it rejects, so that nothing runs on behind the caller's back. */
async function allOrNone<T>(work: Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(work);
  return Promise.all(work);
}

/** Lets `places` in at a time, in the order they came. What it gives lets the next one in. */
function createSemaphore(places: number): (signal?: AbortSignal) => Promise<() => void> {
  const waiting: (() => void)[] = [];
  let taken = 0;
  const release = () => {
    const next = waiting.shift();
    if (next) next();
    else taken -= 1;
  };
  return async (signal) => {
    signal?.throwIfAborted();
    if (taken < places) taken += 1;
    else await new Promise<void>((enter) => waiting.push(enter));
    if (signal?.aborted) {
      release();
      throw signal.reason;
    }
    return release;
  };
}
