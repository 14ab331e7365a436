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

/** Answer of Python: a value, or an exception by name and message. */
type Answer = { v: unknown } | { x: [name: string, message: string] };

interface Finding {
  passed: number;
  failing: { assertion: string; message: string; kind: string } | null;
}

/**
 * Runs a submission. `candidate` is used up; `judge` is as good as before unless it is gone. Rejects with InterpreterGone when
 * one of them was lost through no fault of the program.
 */
export async function runSubmission(
  submission: CodeSubmission,
  candidate: Interpreter,
  judge: Interpreter,
  timeMs: number,
): Promise<CodeReport> {
  await Promise.all([candidate.ready, judge.ready]);
  const started = performance.now();
  const overrun = `It did not end within ${timeMs / 1000} s.`;
  const timer = setTimeout(() => candidate.end('timeout', overrun), timeMs);
  // Later than the candidate's: a judge that only waits for a candidate is not at fault.
  const judgeTimer = setTimeout(
    () => judge.end('timeout', `${overrun} The tests themselves ran on.`),
    timeMs + 1000,
  );
  const { outcome, passed, failing } = await outcomeOf(submission, candidate, judge).finally(() => {
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

async function load({ imports, code, setup }: CodeSubmission, candidate: Interpreter): Promise<Answer> {
  const answer = await candidate.ask('load', JSON.stringify({ imports, code, setup }));
  try {
    return JSON.parse(answer) as Answer;
  } catch {
    throw new InterpreterGone('forged', 'It answered with something that is not JSON.');
  }
}

/** Whatever the judge asks goes to the candidate unread; a candidate that is gone answers with an exception from then on. */
async function judged(
  { tests, imports }: CodeSubmission,
  names: unknown,
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
