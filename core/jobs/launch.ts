// Makes a run: looks at everything it needs, fixes spec and command in the catalog, all before anything is started. Called by jobs.ts.
import { join } from 'node:path';
import { z } from 'zod';
import type { Catalog } from '../catalog/catalog.ts';
import { sql } from '../catalog/sql.ts';
import { CoreError } from '../contract/errors.ts';
import type { JobSpec } from '../contract/job-spec.ts';
import { canonicalJson } from '../rewards/suite-identity.ts';
import { trainerBundle } from './bundle.ts';
import type { JobsDeps, RunBase, RunHost, RunSuite } from './deps.ts';
import { sha256, uuidV7 } from './identity.ts';
import { findPreset, type PresetFile } from './presets.ts';
import { recordTransition } from './records.ts';
import { makeSpec, type SpecChanges } from './spec.ts';
import { codePath, dataPath, rewardServerOnHost } from './stage.ts';

export interface LaunchInput extends SpecChanges {
  /** Reward suite; the preset's without one. */
  suite?: string | undefined;
  /** Id of a preset, or one given whole. */
  preset: string | PresetFile;
  baseId?: string | undefined;
  /** Source id, or data set and split: tiny-tasks:train. */
  sourceId?: string | undefined;
  /** Train on so many rows only. */
  rows?: number | undefined;
  /** Id made by the caller (a UUID v7): the same id a second time starts nothing and returns the run that is there. */
  id?: string | undefined;
}

/** The committed run's id. Throws before anything is written when something it needs is missing or not allowed. */
export async function makeRun(deps: JobsDeps, input: LaunchInput): Promise<string> {
  const id = input.id ?? uuidV7(deps.now());
  if (isThere(deps.catalog, id)) return id;
  const preset =
    typeof input.preset === 'string'
      ? findPreset(join(deps.resourcesFolder, 'presets'), input.preset)
      : input.preset;
  const host = hostFor(deps, 'local');
  const base = await trainableBase(deps, input.baseId ?? preset.base);
  const sourceId = trainingSource(deps, input.sourceId ?? sourceOf(preset));
  const suite = await deps.suite(input.suite ?? preset.suite ?? '');
  const template = deps.template(preset.template);
  const trainer = await deps.hosts.trainer(host.id);
  if (!trainer.ready)
    throw new CoreError(
      'unavailable',
      `A run cannot start on this machine. ${trainer.detail} ${trainer.fix}`,
      {
        fix: trainer.fix,
      },
    );
  const trainerFolder = join(deps.resourcesFolder, 'trainer');
  const code = await trainerBundle(trainerFolder);
  const rewardServer = await rewardServerOnHost(host, deps.rewardServerCommand());
  const snapshot = await deps.freeze({
    sourceId,
    template: template.id,
    ...(input.rows === undefined ? {} : { limit: input.rows }),
  });
  const spec = makeSpec({
    jobId: id,
    preset,
    changes: input,
    base,
    snapshot,
    dataPath: dataPath(host, snapshot.sha256),
    template,
    suite,
    rewardServerCommand: rewardServer.command,
    requirementsLockSha256: trainer.lockSha256,
    trainerSha256: code.sha256,
  });
  const command = trainerCommand(host, spec, trainer.python, deps.hosts.compileCacheFolder);
  insertRun(deps, host, spec, command, suite);
  return id;
}

function sourceOf(preset: PresetFile): string {
  const [first] = preset.sources;
  return first ? `${first.dataset}:${first.split}` : '';
}

/** What the shim runs, with the environment that the host's own is changed by; null takes a variable away. */
export interface RunCommand {
  argv: string[];
  env: Record<string, string | null>;
  deadlineMs: number | null;
}

function trainerCommand(host: RunHost, spec: JobSpec, python: string, compileCache: string): RunCommand {
  return {
    argv: [python, '-m', 'forethought_trainer', spec.kind, '--job', host.path('jobs', spec.jobId)],
    env: {
      PYTHONPATH: codePath(host, spec.env.trainerSha256),
      PYTHONHOME: null,
      PYTHONUNBUFFERED: '1',
      JAX_PLATFORMS: 'cpu',
      JAX_COMPILATION_CACHE_DIR: compileCache,
      JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS: '0.5',
    },
    deadlineMs: spec.limits.deadlineMs,
  };
}

function insertRun(deps: JobsDeps, host: RunHost, spec: JobSpec, command: RunCommand, suite: RunSuite): void {
  const { catalog } = deps;
  const specText = canonicalJson(spec);
  const at = deps.now();
  catalog.transaction(() => {
    if (isThere(catalog, spec.jobId)) return;
    catalog.run(sql`INSERT INTO jobs (id, name, kind, host, state, spec, spec_sha256, command, folder, base_id,
        suite_name, suite_hash, suite_max, suite_min, total_steps, created_at)
      VALUES (${spec.jobId}, ${spec.name}, ${spec.kind}, ${host.id}, 'QUEUED', ${specText}, ${sha256(specText)},
        ${JSON.stringify(command)}, ${`jobs/${spec.jobId}`}, ${spec.base.modelId},
        ${suite.name}, ${suite.hash}, ${suite.max}, ${suite.min}, ${stepsOf(spec)}, ${at})`);
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

export function hostFor(deps: Pick<JobsDeps, 'hosts'>, id: string): RunHost {
  const host = deps.hosts.host(id);
  if (!host) throw new CoreError('not-found', `There is no host "${id}" in this lab.`, { host: id });
  return host;
}

async function trainableBase(deps: JobsDeps, id: string): Promise<RunBase & { folder: string }> {
  const base = await deps.base(id);
  if (base.folder === null)
    throw new CoreError(
      'bad-input',
      `"${base.name}" can answer questions but not be trained: it is a GGUF file, and training needs the folder with config.json, safetensors and tokenizer. Nothing was started.`,
      { baseId: id },
    );
  return { ...base, folder: base.folder };
}

/** The id of a source that may be trained on. Throws `not-found`, or `bad-input` for a split that is kept for evaluation. */
function trainingSource(deps: JobsDeps, wanted: string): string {
  const found = deps.resolveSource(wanted);
  if (found.locked === null) return found.id;
  throw new CoreError(
    'bad-input',
    `${found.dataset} ${found.split} must not be trained on: ${found.locked} Choose a training split. Nothing was started.`,
    { sourceId: found.id },
  );
}
