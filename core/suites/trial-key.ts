// When two trials are the same: the same was asked, and the files that it names have not changed. Used by suites.ts.
import { statSync } from 'node:fs';
import type { z } from 'zod';
import type { TryInput } from '../contract/rewards.ts';
import { isSetFile } from './completion-set.ts';
import { isFile } from './suite-book.ts';

/** A file that is not there has neither size nor time: the trial itself says that it is missing. */
export function trialKey(asked: z.infer<typeof TryInput>): string {
  const { set, left, right } = asked;
  const suites = [left, right].filter((suite) => typeof suite === 'string').filter(isFile);
  const files = [...setFiles(set), ...suites].map((path) => {
    const found = statSync(path, { throwIfNoEntry: false });
    return found ? [found.size, found.mtimeMs] : null;
  });
  return JSON.stringify([asked, files]);
}

function setFiles(set: z.infer<typeof TryInput>['set']): string[] {
  if (typeof set === 'string') return isSetFile(set) ? [set] : [];
  return 'file' in set ? [set.file] : [];
}
