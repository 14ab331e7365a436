// Suites by name and version, as every part of this screen spells and chooses them.
import type { SuiteInfo } from '../../core/contract/rewards.ts';
import { useQuery } from '../queries.ts';
import { joinPieces } from '../ui/format.ts';
import { DEFAULT_SUITE } from './use-score.ts';

type Named = Pick<SuiteInfo, 'name' | 'version'>;

/** "think-first@2", as the core takes it. */
export const keyOf = ({ name, version }: Named) => `${name}@${version}`;
/** "think-first 2", as a person reads it. */
export const titleOf = ({ name, version }: Named) => `${name} ${version}`;

export function suiteOptions(suites: readonly SuiteInfo[] | undefined) {
  return (suites ?? []).map((suite) => ({
    value: keyOf(suite),
    label: titleOf(suite),
    detail: joinPieces(suite.shipped ? 'shipped' : 'your own', suite.note),
  }));
}

/** The suite of that key; without one the newest of the default. */
export function findSuite(suites: readonly SuiteInfo[] | undefined, key: string | null) {
  if (key !== null) return suites?.find((suite) => keyOf(suite) === key);
  return suites
    ?.filter(({ name }) => name === DEFAULT_SUITE)
    .reduce<SuiteInfo | undefined>(
      (newest, each) => (newest && newest.version > each.version ? newest : each),
      undefined,
    );
}

export function useSuites() {
  return useQuery('rewards.suites', {});
}
