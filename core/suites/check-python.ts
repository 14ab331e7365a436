// Whether the Python of a suite can be run: its source is run in the sandbox and its function looked for, without a completion.
// Used by suites.ts when a draft is checked and when it is saved.
import { CoreError } from '../contract/errors.ts';
import type { Suite } from '../contract/reward.ts';
import type { SuiteCheck } from '../contract/rewards.ts';
import { type Executor, PythonRewardError } from '../rewards/evidence.ts';
import { RewardsError } from '../rewards/rewards-error.ts';

export interface PythonCheck {
  /** The check, with what the sandbox found; as it is for a suite without Python. */
  look(check: SuiteCheck, suite: Suite, signal?: AbortSignal): Promise<SuiteCheck>;
}

/** Remembers what it found for a source: an editor asks again at every change of another field. */
export function createPythonCheck(executor: Executor): PythonCheck {
  let found = new Map<string, string | null>();
  const faultOf = async (source: string, name: string, signal?: AbortSignal): Promise<string | null> => {
    const key = JSON.stringify([name, source]);
    const known = found.get(key);
    if (known !== undefined) return known;
    const fault = await executor
      .call({ source, name, prompts: [], completions: [], columns: {} }, signal)
      .then(() => null)
      .catch((error: unknown) => {
        if (error instanceof PythonRewardError) return error.message;
        throw error;
      });
    if (found.size >= REMEMBERED) found = new Map();
    found.set(key, fault);
    return fault;
  };
  return {
    async look(check, suite, signal) {
      if (!check.ok) return check;
      const [problems, warnings] = [[...check.problems], [...check.warnings]];
      for (const [i, part] of suite.parts.entries()) {
        if (part.fn !== 'python') continue;
        const { source, name = 'reward' } = part.params as { source: string; name?: string };
        try {
          const fault = await faultOf(source, name, signal);
          if (fault !== null)
            problems.push({
              part: i,
              field: 'params.source',
              message: `Part "${part.id}": ${fault.replace('gave no scores', 'cannot be run')}`,
            });
        } catch (error) {
          signal?.throwIfAborted();
          if (!(error instanceof CoreError || error instanceof RewardsError)) throw error;
          warnings.push(`The Python of part "${part.id}" was not checked. ${error.message}`);
        }
      }
      return problems.length > 0
        ? { ok: false, min: null, max: null, warnings: [], problems }
        : { ...check, warnings };
    },
  };
}

const REMEMBERED = 50;
