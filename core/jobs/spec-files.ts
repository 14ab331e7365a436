// What a spec names that has to lie on its host: files of rows, and the reward server where it has one. Used by stage.ts.
import type { JobSpec } from '../contract/job-spec.ts';

/** SHA-256 of every file of rows, at any depth: training, held-out, validation, replay, retention, of each stage. */
export function dataOf(spec: JobSpec): Set<string> {
  const found = new Set<string>();
  collect(spec, found);
  return found;
}

function collect(value: unknown, found: Set<string>): void {
  if (typeof value !== 'object' || value === null) return;
  if ('snapshot' in value && 'sha256' in value && typeof value.sha256 === 'string') found.add(value.sha256);
  for (const part of Object.values(value)) collect(part, found);
}

export function serverOf(spec: JobSpec): { command: string[] } | null {
  return 'rewardServer' in spec ? spec.rewardServer : null;
}
