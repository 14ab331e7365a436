// Whether a run's processes are still there. LOST needs evidence: everybody who could finish the run is gone, and stays gone. Called by drive.ts.
import { z } from 'zod';
import type { RunHost } from './deps.ts';

const Identity = z.object({ bootId: z.string(), pid: z.int(), startTime: z.string() });
type Identity = z.infer<typeof Identity>;

const PidFile = Identity.extend({ attempt: z.int(), shim: Identity });
const Launch = z.object({ attempt: z.int(), shim: Identity });

/** What the shim has left in a job folder. */
export interface Traces {
  /** Somebody has taken the right to launch; nobody else ever will. */
  claimed: boolean;
  launches: number;
  pid: z.infer<typeof PidFile> | null;
  /** The shim of the last launch. */
  shim: Identity | null;
}

export async function readTraces(host: RunHost, folder: string): Promise<Traces> {
  const [claim, launchText, pidText] = await Promise.all([
    host.exists(`${folder}/launch-1.claim`),
    host.readText(`${folder}/launches.jsonl`),
    host.readText(`${folder}/pid.json`),
  ]);
  // A torn last line does not count: its launch has not happened.
  const lines = (launchText ?? '').split('\n').slice(0, -1);
  const last = lines.at(-1);
  return {
    claimed: claim,
    launches: lines.length,
    pid: pidText === null ? null : PidFile.parse(JSON.parse(pidText)),
    shim: last === undefined ? null : Launch.parse(JSON.parse(last)).shim,
  };
}

/** Remembers since when nobody was alive. Time is the monotonic clock of this process. */
export class Vigil {
  private goneSince: number | null = null;
  private readonly lostAfterMs: number;

  constructor(lostAfterMs: number) {
    this.lostAfterMs = lostAfterMs;
  }

  /** True when trainer and shim have been found dead for long enough. Rejects when the host cannot be asked: that is no evidence. */
  async isLost(host: RunHost, traces: Traces): Promise<boolean> {
    for (const identity of [traces.pid, traces.pid?.shim, traces.shim])
      if (identity && (await host.isAlive(identity))) {
        this.goneSince = null;
        return false;
      }
    this.goneSince ??= performance.now();
    return performance.now() - this.goneSince >= this.lostAfterMs;
  }
}
