// Puts everything a run needs on its host. Every step can be repeated, so a core that died in the middle begins again and
// ends with the same folder: stored things are named by their hash, and `ready` is renamed in last. Called by drive.ts.
import { basename, isAbsolute } from 'node:path';
import { CoreError } from '../contract/errors.ts';
import type { JobSpec } from '../contract/job-spec.ts';
import { type CodeBundle, fileSha256, trainerBundle } from './bundle.ts';
import type { RunHost } from './deps.ts';
import { dataOf, serverOf } from './spec-files.ts';

/** What a run is started with: spec and command are fixed in the catalog before the first byte is sent. */
export interface StagePlan {
  host: RunHost;
  /** Absolute path of the job folder on the host. */
  folder: string;
  spec: JobSpec;
  /** The exact bytes of spec.json. */
  specText: string;
  /** The exact bytes of command.json. */
  commandText: string;
  trainerFolder: string;
  /** As it is on this machine. */
  rewardServerCommand(): string[];
  /** Where a file with this SHA-256 lies on this machine. */
  localFile(sha256: string): string;
}

export function dataPath(host: RunHost, sha256: string): string {
  return host.path('store', sha256);
}

export function codePath(host: RunHost, sha256: string): string {
  return host.path('store', sha256);
}

/** The folder is complete when this returns, by this call or an earlier one. Throws `conflict` for a run that has ended there. */
export async function stage(plan: StagePlan): Promise<void> {
  const { host, folder } = plan;
  if (await host.exists(`${folder}/ready`)) return;
  const tombstone = host.path('tombstones', plan.spec.jobId);
  if (await host.exists(tombstone))
    throw new CoreError(
      'conflict',
      `Run ${plan.spec.jobId} has ended on this host before and can never start again.`,
    );
  await stageCode(host, plan.trainerFolder, plan.spec.env.trainerSha256);
  await stageRewardServer(plan);
  for (const sha256 of dataOf(plan.spec)) {
    const data = dataPath(host, sha256);
    if (!(await host.exists(data))) await host.putFile(plan.localFile(sha256), data);
  }
  await host.makeFolder(folder);
  await host.write(`${folder}/spec.json`, plan.specText);
  await host.write(`${folder}/command.json`, plan.commandText);
  await host.makeFolder(`${folder}/requests`);
  await host.write(`${folder}/ready.part`, '');
  await host.rename(`${folder}/ready.part`, `${folder}/ready`);
}

/** The trainer's files under store/<hash>/; the folder gets its name last, so a name means that all of it is there. */
async function stageCode(host: RunHost, trainerFolder: string, sha256: string): Promise<void> {
  const target = codePath(host, sha256);
  if (await host.exists(target)) return;
  const bundle: CodeBundle = await trainerBundle(trainerFolder);
  if (bundle.sha256 !== sha256)
    throw new CoreError('conflict', changedSince('trainer'), { expected: sha256, found: bundle.sha256 });
  const part = `${target}.part`;
  await host.remove(part);
  for (const file of bundle.files) await host.putFile(file.from, `${part}/${file.path}`);
  await host.rename(part, target);
}

/** The bundle among the words of the reward server's command, and where it lies on the host. */
export async function rewardServerOnHost(
  host: RunHost,
  command: readonly string[],
): Promise<{ command: string[]; from: string; to: string }> {
  const from = command.findLast((word) => isAbsolute(word) && basename(word) === 'reward-server.js');
  if (from === undefined)
    throw new CoreError(
      'internal',
      `The command of the reward server names no reward-server.js: ${command.join(' ')}`,
    );
  const to = host.path('store', await fileSha256(from), 'reward-server.js');
  return { command: command.map((word) => word.replaceAll(from, to)), from, to };
}

async function stageRewardServer(plan: StagePlan): Promise<void> {
  const command = serverOf(plan.spec)?.command;
  if (command === undefined) return;
  const { from, to } = await rewardServerOnHost(plan.host, plan.rewardServerCommand());
  if (!command.some((word) => word.includes(to)))
    throw new CoreError('conflict', changedSince('reward server'));
  if (!(await plan.host.exists(to))) await plan.host.putFile(from, to);
}

function changedSince(what: string): string {
  return `The ${what} of this program has changed since the run was made (an update came between). Start a new run.`;
}
