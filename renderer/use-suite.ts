// A reward suite by its hash. Scores are read with the suite that gave them, or without weights and reasons: never with another version's.
import type { SuiteInfo } from '../core/contract/rewards.ts';
import { useQuery } from './queries.ts';

/** Undefined while the suites are loading; null when this version is not here any more. */
export function useSuite(hash: string | undefined): SuiteInfo | null | undefined {
  const suites = useQuery('rewards.suites', {});
  if (!suites.data || hash === undefined) return undefined;
  return suites.data.find((each) => each.hash === hash) ?? null;
}

/** Said where weights or reasons are missing for that cause. */
export const EARLIER_SUITE = 'Scored with an earlier version of the suite, which is not here any more.';
