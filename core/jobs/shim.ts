// Starts a staged run by its shim, which detaches it from this program. Called by drive.ts.
import { z } from 'zod';
import type { RunHost } from './deps.ts';
import type { JobRecord } from './records.ts';
import { claimPath } from './vigil.ts';

const Command = z.object({
  argv: z.array(z.string()).min(1),
  env: z.record(z.string(), z.string().nullable()),
});

/** Long enough for a busy machine; the shim answers in a tenth of a second. */
const timeoutMs = 60_000;

/** Null when this attempt of the run is launched, by this call or by an earlier one; else why it is not. */
export async function startShim(host: RunHost, job: JobRecord, attempt: number): Promise<string | null> {
  const { argv, env } = Command.parse(JSON.parse(job.command));
  const folder = host.path(job.folder);
  const answer = await host.run(
    [argv[0]!, `${env['PYTHONPATH']}/host/shim.py`, folder, '--attempt', String(attempt)],
    { timeoutMs },
  );
  if (answer.code === 0) return null;
  // Whoever holds the claim is the only one who can launch: with a claim there, only time can tell.
  if (await host.exists(claimPath(folder, attempt))) return null;
  const said = answer.stderr.trim().split('\n').at(-1) ?? '';
  return answer.timedOut
    ? `The host did not answer within ${timeoutMs / 1000} s; nothing was started.`
    : `The host refused to start the run: ${said || `exit code ${answer.code}`}`;
}
