// Makes the job spec: everything that decides how a run goes, in one object that is fixed before anything is started. Called by launch.ts.
import { CoreError } from '../contract/errors.ts';
import { type Data, JobSpec } from '../contract/job-spec.ts';
import type { PromptTemplate } from '../contract/reward.ts';
import { wrongValue } from '../contract/wrong-value.ts';
import type { RunBase, RunStart, RunSuite } from './deps.ts';
import { partsOf, type RunPart } from './parts.ts';
import type { PresetFile } from './presets.ts';

export interface SpecParts {
  jobId: string;
  /** With the person's changes. */
  preset: PresetFile;
  name: string;
  seed: number;
  base: RunBase & { path: string };
  /** Of a run that goes on from an adapter. */
  start: RunStart['start'] | null;
  /** Rows by field: "data", "stages[1].heldOut". */
  data: ReadonlyMap<string, Data>;
  template: PromptTemplate;
  suite: RunSuite | null;
  /** With paths as they are on the host; null where nothing is rewarded. */
  rewardServerCommand: string[] | null;
  requirementsLockSha256: string | null;
  trainerSha256: string;
}

/** A reward server that says nothing for so long has hung. */
const rewardTimeoutMs = 60_000;

/** Throws `internal` for a spec that is out of the contract: settings and rules were checked before. */
export function makeSpec(parts: SpecParts): JobSpec {
  const { preset, base, suite } = parts;
  const { limits, mesh, platform, rolloutEncoding } = preset.settings;
  const header = {
    version: 1,
    jobId: parts.jobId,
    kind: preset.kind,
    name: parts.name,
    base: { modelId: base.modelId, path: base.path, sha256: base.identity, adapters: base.adapters },
    prompt: parts.template,
    limits,
    mesh,
    rolloutEncoding,
    seed: parts.seed,
    env: {
      requirementsLockSha256: parts.requirementsLockSha256,
      trainerSha256: parts.trainerSha256,
      platform,
    },
  };
  const rewards =
    suite && parts.rewardServerCommand
      ? {
          rewardSuite: { name: suite.name, hash: suite.hash, suite: suite.suite },
          rewardServer: { command: parts.rewardServerCommand, timeoutMs: rewardTimeoutMs },
        }
      : {};
  const own = partsOf(preset).map((part) => {
    const fields = fieldsOf(part, parts.data);
    return 'lora' in part ? { ...fields, lora: { ...part.lora, start: parts.start } } : fields;
  });
  const body =
    preset.kind === 'program'
      ? {
          best: preset.settings.best,
          stages: partsOf(preset).map((part, i) => ({ ...frameOf(part), ...own[i] })),
        }
      : own[0];
  const made = JobSpec.safeParse({ ...header, ...rewards, ...body });
  if (made.success) return made.data;
  const issue = made.error.issues[0];
  throw new CoreError(
    'internal',
    `The run cannot be made: in its spec, ${wrongValue(issue)}. Nothing was started.`,
  );
}

function frameOf({ kind, stage }: RunPart) {
  const { id, from, share, gate, dataFrom, replayFrom, mesh } = stage!;
  return { kind, id, from, share, gate, dataFrom, replayFrom, ...(mesh ? { mesh } : {}) };
}

/** A part's own fields as its spec has them: where settings name questions, the spec holds rows. */
function fieldsOf(part: RunPart, data: ReadonlyMap<string, Data>): Record<string, unknown> {
  const rows = (name: string): Data | null => data.get(`${part.where}${name}`) ?? null;
  /** The settings of an exam without their source, with its rows. */
  const exam = (name: string, settings: { source: string | null } | null) => {
    if (settings === null) return null;
    const { source, ...rest } = settings;
    // All that are set aside are asked, however many a person has said.
    return { ...rest, ...(source === null ? { maxRows: null } : {}), ...rows(name) };
  };
  switch (part.kind) {
    case 'grpo': {
      const { training, rollout, publishEverySteps, stopWhen } = part;
      const heldOut = exam('heldOut', part.heldOut);
      return { data: rows('data'), training, rollout, publishEverySteps, stopWhen, heldOut };
    }
    case 'sft':
    case 'dpo': {
      const { training, publishEverySteps, stopWhen, generation, validation, guard } = part;
      return {
        ...{ data: rows('data'), training, publishEverySteps, stopWhen, generation },
        heldOut: exam('heldOut', part.heldOut),
        validation: validation && {
          everySteps: validation.everySteps,
          set: 'validation',
          ...rows('validation'),
        },
        guard: guard && {
          ...guard,
          retention: exam('guard.retention', guard.retention),
          ...('replay' in guard
            ? { replay: guard.replay && { share: guard.replay.share, ...rows('guard.replay') } }
            : {}),
        },
      };
    }
    case 'rejection': {
      const { rollout, samplesPerPrompt, batchSize, keep } = part;
      return { data: rows('data'), rollout, samplesPerPrompt, batchSize, keep };
    }
    case 'generate': {
      const { generation, rollout, samplesPerPrompt } = part;
      return { data: rows('data'), generation, rollout, samplesPerPrompt };
    }
    case 'evaluate': {
      const { generation, checkpoints, sets } = part;
      return { generation, checkpoints, sets: sets.map((set, i) => exam(`sets[${i}]`, set)) };
    }
    case 'merge':
      return { form: part.form, dtype: part.dtype };
    case 'export':
      return { what: part.what, format: part.format, dtype: part.dtype };
  }
}
