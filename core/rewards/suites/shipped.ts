// The suites that come with the product, by name and version.
import type { Suite } from '../../contract/reward.ts';
import { RewardsError } from '../rewards-error.ts';
import { openR1, tunixGsm8k, verlGsm8k } from './published.ts';
import { thinkFirst1, thinkFirst2, thinkFirstTiny } from './think-first.ts';

/** Of one name the newest version stands first. */
export const shippedSuites: readonly Suite[] = [
  thinkFirst2,
  thinkFirst1,
  thinkFirstTiny,
  tunixGsm8k,
  verlGsm8k,
  openR1,
];

/** `think-first@2` */
export function suiteKey(suite: Pick<Suite, 'name' | 'version'>): string {
  return `${suite.name}@${suite.version}`;
}

/** The shipped suite `name@version`; a name alone stands for its newest version. Throws `bad-suite` for an unknown one. */
export function findSuite(wanted: string): Suite {
  const found = shippedSuites.find((suite) => suite.name === wanted || suiteKey(suite) === wanted);
  if (found) return found;
  const known = shippedSuites.map(suiteKey).join(', ');
  throw new RewardsError('bad-suite', `There is no reward suite "${wanted}". Known: ${known}.`);
}
