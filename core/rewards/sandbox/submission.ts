// One submission: the candidate's program in an interpreter of its own, its tests in another one, and this file between them.
import type { CodeOutcome, CodeReport, CodeSubmission } from '../evidence.ts';
import { type Ending, type Interpreter, InterpreterGone } from './interpreter.ts';

/** Endings that are the candidate's own doing. */
const outcomes: Readonly<Partial<Record<Ending, CodeOutcome>>> = {
  timeout: 'timeout',
  memory: 'memory',
  forged: 'forged',
  died: 'error',
};

/** What loading a program answers: the names that it defines, true for modules, or an exception by name and message. */
type Loaded = { v: Readonly<Record<string, unknown>> } | { x: readonly [name: string, message: string] };

interface Finding {
  passed: number;
  failing: { assertion: string; message: string; kind: string } | null;
}

/**
 * Runs a submission. `candidate` is used up; `judge` is as good as before unless it is gone. Rejects with InterpreterGone when
 * one of them was lost through no fault of the program. A judge that is lost is `killed`, because it had other submissions
 * before; with `isOwnJudge`, when it has served this one alone and once before in vain, its end is the submission's doing.
 */
export async function runSubmission(
  submission: CodeSubmission,
  candidate: Interpreter,
  judge: Interpreter,
  timeMs: number,
  isOwnJudge = false,
): Promise<CodeReport> {
  await Promise.all([candidate.ready, judge.ready]);
  const started = performance.now();
  const overrun = `It did not end within ${timeMs / 1000} s.`;
  const timer = setTimeout(() => candidate.end('timeout', overrun), timeMs);
  // Later than the candidate's: a judge that only waits for a candidate is not at fault.
  let judgeOverran = false;
  const judgeTimer = setTimeout(() => {
    judgeOverran = true;
    judge.end('timeout', `${overrun} The tests themselves ran on.`);
  }, timeMs + 1000);
  const isBlamedFor = (error: InterpreterGone) => error !== judge.gone() || judgeOverran || isOwnJudge;
  const work = outcomeOf(submission, candidate, judge, isBlamedFor);
  const { outcome, passed, failing } = await work.finally(() => {
    clearTimeout(timer);
    clearTimeout(judgeTimer);
    candidate.end('closed', 'Its submission is over.');
  });
  const ms = Math.round(performance.now() - started);
  return { outcome, passed, total: submission.tests.length, failing, stdout: candidate.printed(), ms };
}

type Outcome = Pick<CodeReport, 'outcome' | 'passed' | 'failing'>;

async function outcomeOf(
  submission: CodeSubmission,
  candidate: Interpreter,
  judge: Interpreter,
  isBlamedFor: (error: InterpreterGone) => boolean,
): Promise<Outcome> {
  try {
    const loaded = await load(submission, candidate);
    if ('x' in loaded) {
      const [name, message] = loaded.x;
      const outcome = name === 'MemoryError' ? 'memory' : 'error';
      return { outcome, passed: 0, failing: { assertion: '', message: `${name}: ${message}` } };
    }
    const { passed, failing } = await judged(submission, loaded.v, candidate, judge);
    if (!failing) return { outcome: 'passed', passed, failing };
    const { assertion, message, kind } = failing;
    const ending = candidate.gone()?.ending;
    if (ending) return { outcome: blame(ending, candidate), passed, failing: { assertion, message } };
    return { outcome: kind === 'MemoryError' ? 'memory' : 'failed', passed, failing: { assertion, message } };
  } catch (error) {
    if (!(error instanceof InterpreterGone)) throw error;
    if (!isBlamedFor(error))
      throw new InterpreterGone('killed', `The interpreter that judges was lost. ${error.message}`);
    const outcome = outcomes[error.ending];
    if (!outcome) throw error;
    return { outcome, passed: 0, failing: { assertion: '', message: error.message } };
  }
}

function blame(ending: Ending, candidate: Interpreter): CodeOutcome {
  const outcome = outcomes[ending];
  if (!outcome) throw candidate.gone();
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
  const { v, x } = found;
  if (x === undefined) return isRecord(v) ? { v } : null;
  if (!Array.isArray(x) || x.length !== 2) return null;
  const [name, message]: unknown[] = x;
  return typeof name === 'string' && typeof message === 'string' ? { x: [name, message] } : null;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whatever the judge asks goes to the candidate unread; a candidate that is gone answers with an exception from then on. */
async function judged(
  { tests, imports }: CodeSubmission,
  names: Readonly<Record<string, unknown>>,
  candidate: Interpreter,
  judge: Interpreter,
): Promise<Finding> {
  const relay = (question: string) =>
    candidate.ask('do', question).catch((error: unknown) => {
      if (!(error instanceof InterpreterGone)) throw error;
      return JSON.stringify({ x: ['CandidateGone', error.message] });
    });
  return JSON.parse(await judge.ask('judge', JSON.stringify({ tests, imports, names }), relay)) as Finding;
}
