// Whether a run's processes are still there. LOST needs evidence: everybody who could finish the run is gone, and stays gone. Called by drive.ts.
import { z } from 'zod';
import type { RunHost } from './deps.ts';

const Identity = z.object({ bootId: z.string(), pid: z.int(), startTime: z.string() });
type Identity = z.infer<typeof Identity>;

const PidFile = Identity.extend({ attempt: z.int(), shim: Identity });
const Launch = z.object({ attempt: z.int(), shim: Identity });

/** Who has the right to launch, which is given once: nobody yet, a launcher, or nobody ever because it was taken back. */
export type Claim = 'free' | 'taken' | 'withdrawn';

/** What the shim has left of an attempt in a job folder. */
export interface Traces {
  claim: Claim;
  /** The process that took the right to launch; null also while it has not written its name down. */
  launcher: Identity | null;
  /** Of all attempts. */
  launches: number;
  pid: z.infer<typeof PidFile> | null;
  /** That launched the attempt; null while its launch is not on record. */
  shim: Identity | null;
}

export async function readTraces(host: RunHost, folder: string, attempt: number): Promise<Traces> {
  const [claim, launchText, pidText] = await Promise.all([
    readClaim(host, claimPath(folder, attempt)),
    host.readText(`${folder}/launches.jsonl`),
    host.readText(`${folder}/pid.json`),
  ]);
  // A torn last line does not count: its launch has not happened.
  const launches = (launchText ?? '')
    .split('\n')
    .slice(0, -1)
    .map((line) => Launch.parse(JSON.parse(line)));
  // Until the shim of this attempt puts it aside, pid.json is of the one before.
  const pid = pidText === null ? null : PidFile.parse(JSON.parse(pidText));
  return {
    ...claim,
    launches: launches.length,
    pid: pid?.attempt === attempt ? pid : null,
    shim: launches.findLast((launch) => launch.attempt === attempt)?.shim ?? null,
  };
}

/** A launcher makes a file of this name, one that withdraws a folder: whoever is first has it. */
export const claimPath = (folder: string, attempt: number): string => `${folder}/launch-${attempt}.claim`;

/** Takes the right to launch, so that no shim that is still on its way can use it. False when a shim has it already. */
export async function withdraw(host: RunHost, folder: string, attempt: number): Promise<boolean> {
  return await host.makeFolder(claimPath(folder, attempt));
}

async function readClaim(host: RunHost, path: string): Promise<Pick<Traces, 'claim' | 'launcher'>> {
  if (await host.exists(`${path}/.`)) return { claim: 'withdrawn', launcher: null };
  const text = await host.readText(path);
  return text === null ? { claim: 'free', launcher: null } : { claim: 'taken', launcher: readLauncher(text) };
}

/** The name is written after the file was made: it may be missing, or torn by a crash. */
function readLauncher(text: string): Identity | null {
  try {
    return Identity.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

/** Whether trainer, shim or launcher lives. Rejects when the host cannot be asked. */
export async function isAnyoneAlive(host: RunHost, traces: Traces): Promise<boolean> {
  for (const identity of [traces.pid, traces.pid?.shim, traces.shim, traces.launcher])
    if (identity && (await host.isAlive(identity))) return true;
  return false;
}

/** Remembers since when nobody was alive. Time is the monotonic clock of this process. */
export class Vigil {
  private goneSince: number | null = null;
  private readonly lostAfterMs: number;

  constructor(lostAfterMs: number) {
    this.lostAfterMs = lostAfterMs;
  }

  /** True when trainer, shim and launcher have been found dead for long enough. Rejects when the host cannot be asked: that is no evidence. */
  async isLost(host: RunHost, traces: Traces): Promise<boolean> {
    if (await isAnyoneAlive(host, traces)) {
      this.goneSince = null;
      return false;
    }
    this.goneSince ??= performance.now();
    return performance.now() - this.goneSince >= this.lostAfterMs;
  }
}
