// Finds the core that an app started, as the system sees it (Linux), so that a test can kill it.
import { existsSync, readdirSync, readFileSync } from 'node:fs';

export const canSeeProcesses = existsSync('/proc/self/status');

/** Process id of the child of `appPid` that runs core/main.ts; 0 when there is none now. */
export function corePid(appPid: number): number {
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const parent = /^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${name}/status`, 'utf8'))?.[1];
      if (Number(parent) !== appPid) continue;
      if (readFileSync(`/proc/${name}/cmdline`, 'utf8').includes('core/main.ts')) return Number(name);
    } catch {
      // It ended between the two looks.
    }
  }
  return 0;
}
