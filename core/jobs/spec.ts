// Makes the job spec: everything that decides how a run goes, in one object that is fixed before anything is started. Called by launch.ts.
import { CoreError } from '../contract/errors.ts';
import { settingsOf } from '../contract/job-settings.ts';
import { JobSpec } from '../contract/job-spec.ts';
import type { PromptTemplate } from '../contract/reward.ts';
import type { RunBase, RunSuite } from './deps.ts';
import { type Changes, changed } from './merge-settings.ts';
import type { PresetFile } from './presets.ts';

/** What a person, or the demo, may set beside the preset. */
export interface SpecChanges {
  name?: string | undefined;
  seed: number;
  steps?: number | undefined;
  learningRate?: number | undefined;
  /** Laid over the preset's settings: objects field by field, everything else as a whole. */
  settings?: Changes | undefined;
}

export interface SpecParts {
  jobId: string;
  preset: PresetFile;
  changes: SpecChanges;
  base: RunBase & { folder: string };
  snapshot: { sha256: string; count: number };
  /** Where the snapshot lies on the host. */
  dataPath: string;
  template: PromptTemplate;
  suite: RunSuite;
  /** With paths as they are on the host. */
  rewardServerCommand: string[];
  requirementsLockSha256: string | null;
  trainerSha256: string;
}

/** A reward server that says nothing for so long has hung. */
const rewardTimeoutMs = 60_000;

/** Throws `bad-input` naming the field that is out of its range. */
export function makeSpec(parts: SpecParts): JobSpec {
  const { preset, changes, base, suite } = parts;
  if (preset.kind !== 'grpo')
    throw new CoreError('bad-input', `Runs of the kind ${preset.kind} cannot be started from here.`);
  const short: Changes = {
    ...(changes.steps === undefined ? {} : { steps: changes.steps }),
    ...(changes.learningRate === undefined ? {} : { learningRate: changes.learningRate }),
  };
  const settings = check(
    settingsOf.grpo,
    changed(changed(preset.settings, changes.settings ?? {}), { training: short }),
  );
  const { heldOut: _, ...chosen } = settings;
  checkTogether(parts.snapshot.count, settings.training, settings.lora);
  return check(JobSpec, {
    version: 1,
    jobId: parts.jobId,
    kind: 'grpo',
    // A base may have a name of any length, a run may not.
    name: changes.name || `${suite.name.slice(0, 60)} on ${base.name.slice(0, 100)} · seed ${changes.seed}`,
    base: { modelId: base.modelId, path: base.folder, sha256: base.identity, adapters: base.adapters },
    data: {
      snapshot: parts.snapshot.sha256,
      path: parts.dataPath,
      sha256: parts.snapshot.sha256,
      count: parts.snapshot.count,
    },
    prompt: parts.template,
    rewardSuite: { name: suite.name, hash: suite.hash, suite: suite.suite },
    rewardServer: { command: parts.rewardServerCommand, timeoutMs: rewardTimeoutMs },
    ...chosen,
    seed: changes.seed,
    env: {
      requirementsLockSha256: parts.requirementsLockSha256,
      trainerSha256: parts.trainerSha256,
    },
  });
}

/** What no single field can say; the trainer holds the same rules. */
function checkTogether(
  rows: number,
  training: { promptsPerStep: number },
  lora: { targets: readonly string[] },
): void {
  if (rows < training.promptsPerStep)
    throw new CoreError(
      'bad-input',
      `The run cannot be made: a step takes ${training.promptsPerStep} different prompts, but the source has only ${rows} rows. Nothing was started.`,
      { field: 'training.promptsPerStep', rows },
    );
  if (lora.targets.includes('k_proj') !== lora.targets.includes('v_proj'))
    throw new CoreError(
      'bad-input',
      'The run cannot be made: lora.targets names only one of k_proj and v_proj, which are one matrix in training; name both or none. Nothing was started.',
      { field: 'lora.targets' },
    );
}

interface Checker<T> {
  safeParse(value: unknown): {
    success: boolean;
    data?: T | undefined;
    error?: { issues: { path: PropertyKey[]; message: string }[] } | undefined;
  };
}

function check<T>(schema: Checker<T>, value: unknown): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data as T;
  const issue = result.error?.issues[0];
  const field = issue?.path.map(String).join('.') ?? '';
  throw new CoreError(
    'bad-input',
    `The run cannot be made: ${field}: ${issue?.message}. Nothing was started.`,
    {
      field,
    },
  );
}
