// The suites that come with the product, by name.
import type { Suite } from '../../contract/reward.ts';
import { RewardsError } from '../rewards-error.ts';
import { thinkFirst } from './think-first.ts';

export const shippedSuites: readonly Suite[] = [thinkFirst];

/** The shipped suite of that name. Throws `bad-suite` for an unknown one. */
export function findSuite(name: string): Suite {
  const found = shippedSuites.find((suite) => suite.name === name);
  if (found) return found;
  const known = shippedSuites.map((suite) => suite.name).join(', ');
  throw new RewardsError('bad-suite', `There is no reward suite "${name}". Known: ${known}.`);
}
