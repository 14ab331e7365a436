// Who is alive on this machine: boot id and start time in the same words as the shim's (resources/trainer/host/shim.py). Used by the local host.
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import type { ProcessIdentity } from './host.ts';

const execute = promisify(execFile);

/** True when the very process that the identity describes is running; a zombie is not. */
export async function isAlive(identity: ProcessIdentity): Promise<boolean> {
  if (identity.bootId !== (await bootId())) return false;
  return (await startTime(identity.pid)) === identity.startTime;
}

let known: Promise<string> | undefined;

/** Names this boot of the machine. */
export function bootId(): Promise<string> {
  known ??= readBootId();
  return known;
}

async function readBootId(): Promise<string> {
  if (process.platform === 'linux')
    try {
      return (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
    } catch {
      return 'unknown';
    }
  for (const key of ['kern.bootsessionuuid', 'kern.boottime'])
    try {
      return (await execute('sysctl', ['-n', key])).stdout.trim();
    } catch {
      // the older name follows
    }
  return 'unknown';
}

/** When the process began, in the system's own words; null when there is no such process. */
export async function startTime(pid: number): Promise<string | null> {
  if (process.platform === 'linux') return await startTimeFromProc(pid);
  try {
    const { stdout } = await execute('ps', ['-o', 'stat=,lstart=', '-p', String(pid)]);
    const [, state = '', began = ''] = /^(\S+)\s+(.*)$/.exec(stdout.trim()) ?? [];
    return state.startsWith('Z') || began === '' ? null : began.trim();
  } catch {
    return null;
  }
}

async function startTimeFromProc(pid: number): Promise<string | null> {
  let stat: string;
  try {
    stat = await readFile(`/proc/${pid}/stat`, 'latin1');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ESRCH') return null;
    throw error;
  }
  // The second field is the program's name in brackets and may hold anything, brackets and spaces too.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' || fields[0] === 'X' ? null : (fields[19] ?? null);
}
