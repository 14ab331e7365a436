// One submission: the candidate's program in an interpreter of its own, its tests in another one, and this file between them.
import type { CodeOutcome, CodeReport, CodeSubmission } from '../evidence.ts';
import { type Ending, type Interpreter, InterpreterGone } from './interpreter.ts';
import { type Raised, readRaised } from './raised.ts';

/** Endings that are the candidate's own doing. */
const outcomes: Readonly<Partial<Record<Ending, CodeOutcome>>> = {
  timeout: 'timeout',
  memory: 'memory',
  forged: 'forged',
  died: 'error',
};

/** What loading a program comes to: what it defines, an exception, or something that cannot be told. */
type Loaded = { names: Readonly<Record<string, unknown>> } | { raised: Raised } | { untold: string };

interface Place {
  assertion: string;
  message: string;
}

interface Finding {
  passed: number;
  failing: (Place & { kind: string }) | null;
  undecided: Place | null;
}

/**
 * Runs a submission. `candidate` is used up; `judge` is as good as before unless it is gone. Rejects with InterpreterGone when
 * one of them was lost through no fault of the program. A judge that is lost is `killed`, because it had other submissions
 * before; with `isOwnJudge`, when it has served this one alone and once before in vain, its end comes of this row's tests, or
 * of a value that they were given: which of them, nobody can say.
 */
export async function runSubmission(
  submission: CodeSubmission,
  candidate: Interpreter,
  judge: Interpreter,
  timeMs: number,
  isOwnJudge = false,
): Promise<CodeReport> {
  const guarded = guard(judge, timeMs, isOwnJudge);
  let timer: ReturnType<typeof setTimeout> | undefined;
  let started = performance.now();
  const report = (found: Outcome): CodeReport => {
    const ms = Math.round(performance.now() - started);
    return { ...found, total: submission.tests.length, stdout: candidate.printed(), ms };
  };
  try {
    await judge.ready;
    const fault = await guarded('bad-row', () => faultOf('check', submission, judge));
    if (fault) return report(fault);
    await candidate.ready;
    started = performance.now();
    const overrun = `It did not end within ${timeMs / 1000} s.`;
    timer = setTimeout(() => candidate.end('timeout', overrun), timeMs);
    return report(await guarded('unsupported', () => outcomeOf(submission, candidate, judge)));
  } finally {
    clearTimeout(timer);
    candidate.end('closed', 'Its submission is over.');
  }
}

type Outcome = Pick<CodeReport, 'outcome' | 'passed' | 'failing'>;

function nothing(outcome: CodeOutcome, message: string, assertion = ''): Outcome {
  return { outcome, passed: 0, failing: { assertion, message } };
}

/**
 * Gives `work`, with a judge in it, so much time. A judge that is lost meanwhile comes to `lost` when it overran, or when nobody
 * but this row can have done it; else it was `killed`, and the submission deserves another.
 */
function guard(judge: Interpreter, timeMs: number, isOwnJudge: boolean) {
  return async <T>(lost: CodeOutcome, work: () => Promise<T>): Promise<T | Outcome> => {
    let overran = false;
    // Later than the candidate's: a judge that only waits for a candidate is not at fault.
    const timer = setTimeout(() => {
      overran = true;
      judge.end('timeout', `The tests did not end within ${timeMs / 1000} s.`);
    }, timeMs + 1000);
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof InterpreterGone) || error !== judge.gone()) throw error;
      if (overran || isOwnJudge) return nothing(lost, error.message);
      throw new InterpreterGone('killed', `The interpreter that judges was lost. ${error.message}`);
    } finally {
      clearTimeout(timer);
    }
  };
}

/** Asks the judge what is wrong with the row itself; null when nothing is. */
async function faultOf(
  kind: 'check' | 'setup',
  { tests, imports, setup }: CodeSubmission,
  judge: Interpreter,
): Promise<Outcome | null> {
  const { fault } = JSON.parse(await judge.ask(kind, JSON.stringify({ tests, imports, setup }))) as {
    fault: Place | null;
  };
  return fault && nothing('bad-row', fault.message, fault.assertion);
}

async function outcomeOf(
  submission: CodeSubmission,
  candidate: Interpreter,
  judge: Interpreter,
): Promise<Outcome> {
  try {
    const loaded = await load(submission, candidate);
    if ('untold' in loaded) return nothing('unsupported', loaded.untold);
    if ('raised' in loaded) {
      const fault = submission.setup === '' ? null : await faultOf('setup', submission, judge);
      const { name, words } = loaded.raised;
      return fault ?? nothing(name === 'MemoryError' ? 'memory' : 'error', words);
    }
    return outcomeOfTests(await judged(submission, loaded.names, candidate, judge), candidate);
  } catch (error) {
    if (!(error instanceof InterpreterGone) || error === judge.gone()) throw error;
    return nothing(blame(error), error.message);
  }
}

/** A test that fails is the end of it; only where none does, one that cannot be decided leaves the whole undecided. */
function outcomeOfTests({ passed, failing, undecided }: Finding, candidate: Interpreter): Outcome {
  const gone = candidate.gone();
  if (gone) {
    const { assertion, message } = failing ?? { assertion: '', message: gone.message };
    return { outcome: blame(gone), passed, failing: { assertion, message } };
  }
  if (failing) {
    const { assertion, message, kind } = failing;
    return { outcome: kind === 'MemoryError' ? 'memory' : 'failed', passed, failing: { assertion, message } };
  }
  return { outcome: undecided ? 'unsupported' : 'passed', passed, failing: undecided };
}

/** What the end of a candidate comes to; an end that is not its own doing is thrown. */
function blame(gone: InterpreterGone): CodeOutcome {
  const outcome = outcomes[gone.ending];
  if (!outcome) throw gone;
  return outcome;
}

/** The program has already run when this comes, so the answer may be anything: one of another shape is `forged`. */
async function load({ imports, code, setup }: CodeSubmission, candidate: Interpreter): Promise<Loaded> {
  const answer = await candidate.ask('load', JSON.stringify({ imports, code, setup }));
  const loaded = readLoaded(answer);
  if (!loaded) throw new InterpreterGone('forged', 'It answered with something that no program can be.');
  return loaded;
}

function readLoaded(answer: string): Loaded | null {
  let found: unknown;
  try {
    found = JSON.parse(answer);
  } catch {
    return null;
  }
  if (!isRecord(found)) return null;
  if (typeof found.u === 'string') return { untold: `Its names cannot be told: it ${found.u}.` };
  if (found.x === undefined) return isRecord(found.v) ? { names: found.v } : null;
  const raised = readRaised(found.x);
  return raised && { raised };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whatever the judge asks goes to the candidate unread; a candidate that is gone says so from then on. */
async function judged(
  { tests, imports }: CodeSubmission,
  names: Readonly<Record<string, unknown>>,
  candidate: Interpreter,
  judge: Interpreter,
): Promise<Finding> {
  const relay = (question: string) =>
    candidate.ask('do', question).catch((error: unknown) => {
      if (!(error instanceof InterpreterGone)) throw error;
      return JSON.stringify({ gone: error.message });
    });
  return JSON.parse(await judge.ask('judge', JSON.stringify({ tests, imports, names }), relay)) as Finding;
}
