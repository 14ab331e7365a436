// Reward suites as options of a select: by `name@version`, a person's own told from what ships. Used by the forms of runs and evaluations.
import type { SuiteInfo } from '../core/contract/rewards.ts';

export function suiteOptions(
  suites: readonly SuiteInfo[],
): { value: string; label: string; detail: string }[] {
  return suites.map(({ name, version, shipped }) => ({
    value: `${name}@${version}`,
    label: `${name} ${version}`,
    detail: shipped ? 'comes with the app' : 'your own',
  }));
}
