// A person's own reward function over one batch, in an interpreter of its own. Every fault is an error with a sentence: none is a score.
import { type PythonCall, PythonRewardError, type PythonScore } from '../evidence.ts';
import { type Interpreter, InterpreterGone } from './interpreter.ts';
import { readRaised } from './raised.ts';

/** Uses `interpreter` up. Throws PythonRewardError for what the function does, InterpreterGone when the sandbox is at fault. */
export async function runPythonCall(
  call: PythonCall,
  interpreter: Interpreter,
  timeMs: number,
): Promise<PythonScore[]> {
  await interpreter.ready;
  const timer = setTimeout(
    () => interpreter.end('timeout', `it did not return within ${timeMs / 1000} s`),
    timeMs,
  );
  try {
    const answer: unknown = JSON.parse(await interpreter.ask('reward', JSON.stringify(call)));
    return checkScores(answer, call);
  } catch (error) {
    if (error instanceof PythonRewardError) throw error;
    if (!(error instanceof InterpreterGone)) throw fault(call, 'it answered with something that is not JSON');
    if (error.ending === 'killed' || error.ending === 'closed') throw error;
    throw fault(call, `${error.message.replace(/\.$/, '')}${lastPrinted(interpreter)}`);
  } finally {
    clearTimeout(timer);
    interpreter.end('closed', 'Its call is over.');
  }
}

/** The harness inside has checked the scores already, but the function could have changed the harness. */
function checkScores(answer: unknown, call: PythonCall): PythonScore[] {
  const { v, x, u } = answer as { v?: unknown; x?: unknown; u?: unknown };
  if (x) throw fault(call, readRaised(x)?.words ?? 'it raised something that no exception can be');
  if (u) throw fault(call, `its list of scores ${u}`);
  if (!Array.isArray(v) || v.length !== call.completions.length)
    throw fault(call, `it gave no list of ${call.completions.length} scores`);
  return v.map((score: unknown, i): PythonScore => {
    if (score === null || Number.isFinite(score)) return score as number | null;
    const { x: raised, u: undone } = (typeof score === 'object' ? score : {}) as { x?: unknown; u?: unknown };
    const what = typeof undone === 'string' ? `its score ${undone}` : readRaised(raised)?.words;
    if (what === undefined) throw fault(call, `score ${i + 1} is not a finite number`);
    return { error: fault(call, what, 'no score').message };
  });
}

function fault({ name }: PythonCall, what: string, missing = 'no scores'): PythonRewardError {
  return new PythonRewardError(
    `The reward function "${name}" gave ${missing}: ${what}.`.replace(/\.\.$/, '.'),
  );
}

function lastPrinted(interpreter: Interpreter): string {
  const text = interpreter.printed().trim();
  return text === '' ? '' : `. It printed: ${text.slice(-200)}`;
}
