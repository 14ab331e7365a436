// Makes a run: looks at everything it needs, fixes spec and command in the catalog, all before anything is started. Called by jobs.ts.
import { join } from 'node:path';
import { z } from 'zod';
import type { Catalog } from '../catalog/catalog.ts';
import { sql } from '../catalog/sql.ts';
import { CoreError } from '../contract/errors.ts';
import type { JobSpec } from '../contract/job-spec.ts';
import { canonicalJson } from '../rewards/suite-identity.ts';
import { trainerBundle } from './bundle.ts';
import { checkPrompts } from './check-prompts.ts';
import type { JobsDeps, RunHost, RunSuite } from './deps.ts';
import { deviceEnvironment } from './devices.ts';
import { Findings } from './findings.ts';
import { freezeBlocks } from './freeze-blocks.ts';
import { sha256, uuidV7 } from './identity.ts';
import type { LaunchInput } from './launch-input.ts';
import { recordTransition } from './records.ts';
import { type Resolved, resolveRun } from './resolve.ts';
import { runName } from './run-name.ts';
import { makeSpec } from './spec.ts';
import { codePath, rewardServerOnHost } from './stage.ts';

/** The machine that runs are made for. */
export const HOST = 'local';

/** The committed run's id. Throws before anything is written when something it needs is missing or not allowed. */
export async function makeRun(deps: JobsDeps, input: LaunchInput): Promise<string> {
  const id = input.id ?? uuidV7(deps.now());
  if (isThere(deps.catalog, id)) return id;
  const host = hostFor(deps, HOST);
  const findings = new Findings();
  const resolved = await resolveRun(deps, host.id, input, findings);
  findings.throwFirst();
  await checkPrompts(deps, resolved, { rows: input.rows, findings });
  findings.throwFirst();
  const { preset, base, start, template, suite } = whole(resolved);
  const trainer = await deps.hosts.trainer(host.id);
  if (!trainer.ready)
    throw new CoreError(
      'unavailable',
      `A run cannot start on this machine. ${trainer.detail} ${trainer.fix}`,
      {
        fix: trainer.fix,
      },
    );
  const code = await trainerBundle(join(deps.resourcesFolder, 'trainer'));
  const server = suite ? await rewardServerOnHost(host, deps.rewardServerCommand()) : null;
  const data = await freezeBlocks(deps, host, resolved.blocks, {
    template: template.id,
    baseId: base.modelId,
    tooLong: preset.settings.tooLong,
    rows: input.rows,
  });
  const spec = makeSpec({
    jobId: id,
    preset,
    name:
      input.name ||
      runName(
        {
          ...{ kind: preset.kind, preset: preset.id, suite: suite?.name ?? null },
          ...{ base: base.name, seed: input.seed },
        },
        (name) => isNamed(deps.catalog, name),
      ),
    seed: input.seed,
    base,
    start: start?.start ?? null,
    data,
    template,
    suite,
    rewardServerCommand: server?.command ?? null,
    requirementsLockSha256: trainer.lockSha256,
    trainerSha256: code.sha256,
  });
  const command = trainerCommand(deps, host, spec, trainer.python);
  insertRun(deps, host, spec, command, suite);
  return id;
}

/** What is missing was told, so that nothing is here. */
function whole({ preset, base, template, ...rest }: Resolved) {
  if (preset && base && template) return { ...rest, preset, base, template };
  throw new CoreError('internal', 'Something that the run needs is missing and was not told.');
}

/** What the shim runs, with the environment that the host's own is changed by; null takes a variable away. */
export interface RunCommand {
  argv: string[];
  env: Record<string, string | null>;
  deadlineMs: number | null;
}

function trainerCommand(deps: JobsDeps, host: RunHost, spec: JobSpec, python: string): RunCommand {
  return {
    argv: [python, '-m', 'forethought_trainer', spec.kind, '--job', host.path('jobs', spec.jobId)],
    env: {
      PYTHONPATH: codePath(host, spec.env.trainerSha256),
      PYTHONHOME: null,
      PYTHONUNBUFFERED: '1',
      ...deviceEnvironment(spec, deps.hosts.facts(host.id)),
      JAX_COMPILATION_CACHE_DIR: deps.hosts.compileCacheFolder,
      JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS: '0.5',
    },
    deadlineMs: spec.limits.deadlineMs,
  };
}

function insertRun(
  deps: JobsDeps,
  host: RunHost,
  spec: JobSpec,
  command: RunCommand,
  suite: RunSuite | null,
): void {
  const { catalog } = deps;
  const specText = canonicalJson(spec);
  const at = deps.now();
  catalog.transaction(() => {
    if (isThere(catalog, spec.jobId)) return;
    catalog.run(sql`INSERT INTO jobs (id, name, kind, host, state, spec, spec_sha256, command, folder, base_id,
        suite_name, suite_hash, suite_max, suite_min, total_steps, created_at)
      VALUES (${spec.jobId}, ${spec.name}, ${spec.kind}, ${host.id}, 'QUEUED', ${specText}, ${sha256(specText)},
        ${JSON.stringify(command)}, ${`jobs/${spec.jobId}`}, ${spec.base.modelId},
        ${suite?.name ?? ''}, ${suite?.hash ?? ''}, ${suite?.max ?? 0}, ${suite?.min ?? 0}, ${stepsOf(spec)}, ${at})`);
    const say = (from: 'DRAFT' | 'CHECKED' | null, to: 'DRAFT' | 'CHECKED' | 'QUEUED', reason: string) =>
      recordTransition(catalog, spec.jobId, from, { to, at, reason });
    say(null, 'DRAFT', 'The run was made.');
    say('DRAFT', 'CHECKED', 'Base, rows, suite, template and trainer are there.');
    say('CHECKED', 'QUEUED', 'It waits for its place on the host.');
  });
}

/** How many steps it makes; a program's are known when its stages have begun. */
function stepsOf(spec: JobSpec): number {
  return 'training' in spec ? spec.training.steps : 0;
}

function isThere(catalog: Catalog, id: string): boolean {
  return catalog.get(z.object({ id: z.string() }), sql`SELECT id FROM jobs WHERE id = ${id}`) !== undefined;
}

function isNamed(catalog: Catalog, name: string): boolean {
  return (
    catalog.get(z.object({ id: z.string() }), sql`SELECT id FROM jobs WHERE name = ${name}`) !== undefined
  );
}

export function hostFor(deps: Pick<JobsDeps, 'hosts'>, id: string): RunHost {
  const host = deps.hosts.host(id);
  if (!host) throw new CoreError('not-found', `There is no host "${id}" in this lab.`, { host: id });
  return host;
}
