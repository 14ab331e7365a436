// The exit code of a verb that gave its answer: scripts rely on it where the answer is bad news. Used by perform.ts.
import type { Verb } from './verb.ts';

interface Judged {
  ok?: boolean;
  verdict?: string;
  state?: string;
}

/**
 * 1 for a check that found something wrong, a scorer that failed, an adapter that was refused when it came in, and a run that was waited for
 * and failed or was lost; else 0. To look
 * at such a run with another verb is no failure, and a run that was stopped, by a person, a rule or its deadline, ended as it was told to.
 */
export function exitCodeFor({ feature, verb }: Pick<Verb, 'feature' | 'verb'>, result: unknown): 0 | 1 {
  const { ok, verdict, state } = (result ?? {}) as Judged;
  const waitedFor = feature === 'jobs' && verb === 'wait' && (state === 'FAILED' || state === 'LOST');
  const refused = feature === 'models' && (verb === 'import' || verb === 'recheck') && state === 'refused';
  return ok === false || verdict === 'error' || waitedFor || refused ? 1 : 0;
}
