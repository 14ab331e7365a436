// What can be asked about a run that goes on or is over: curves, rollouts, questions, held-out results, what it published, how it fares. Used by jobs.ts.
import { z } from 'zod';
import { LoraSettings, StopRule } from './job-blocks.ts';
import { Moment } from './moment.ts';
import { Proportion } from './procedure.ts';
import { Verdict } from './reward.ts';

export const Series = z.object({
  name: z.string(),
  steps: z.array(z.int()),
  values: z.array(z.number().nullable()),
  /** Places in `steps` at which the part of a stage begins that is not the first: what stands there goes on from nothing before it. */
  starts: z.array(z.int()),
  /**
   * Places that hold what a stage examined before its first step. They have the number of the step before, so that a curve may hold two values
   * at it: what the stage before told of its last step, and this.
   */
  openings: z.array(z.int()),
});
export type Series = z.infer<typeof Series>;

export const Rollout = z.object({
  jobId: z.string(),
  step: z.int(),
  group: z.int(),
  sample: z.int(),
  rowId: z.string(),
  domain: z.string().nullable(),
  question: z.string(),
  completion: z.string(),
  tokens: z.int(),
  truncated: z.boolean(),
  total: z.number(),
  parts: z.record(z.string(), z.number().nullable()),
  verdict: Verdict,
  answer: z.string().nullable(),
  /** Against its group; null where it is the only one in it. */
  advantage: z.number().nullable(),
});
export type Rollout = z.infer<typeof Rollout>;

/** Names a rollout of a run, whatever list it stands in: "12/0/3" is step 12, group 0, sample 3. */
export const RolloutKey = z
  .string()
  .regex(/^\d+\/\d+\/\d+$/, 'a rollout is named by step, group and sample, as 12/0/3');

export function rolloutKey({ step, group, sample }: Pick<Rollout, 'step' | 'group' | 'sample'>): string {
  return `${step}/${group}/${sample}`;
}

export function rolloutPlace(key: string): Pick<Rollout, 'step' | 'group' | 'sample'> {
  const [step = 0, group = 0, sample = 0] = key.split('/').map(Number);
  return { step, group, sample };
}

/** One question of a run with how often it was answered, and what that earned first and last. */
export const RunPrompt = z.object({
  rowId: z.string(),
  domain: z.string().nullable(),
  question: z.string(),
  /** Steps in which it was asked. */
  steps: z.int(),
  rollouts: z.int(),
  firstStep: z.int(),
  lastStep: z.int(),
  /** Mean reward of its first and of its last step. */
  firstMean: z.number(),
  lastMean: z.number(),
});
export type RunPrompt = z.infer<typeof RunPrompt>;

/** Of how many answers `correct` is the share: those that can be checked. Null in logs of before, which do not tell. */
const checked = z.int().nullable().default(null);

/** How questions were answered, in short. */
const Answered = z.object({
  n: z.int(),
  checked,
  mean: z.number(),
  /** Shares are null where nothing can be checked so. */
  correct: z.number().nullable(),
  format: z.number().nullable(),
});

/** `correct` with its interval; null where it is, and where the log does not say of how many it is a share. */
const right = Proportion.nullable();

/** How a set of held-out questions was answered at a moment of a run. */
export const RunEval = Answered.extend({
  /** Of the whole run. */
  step: z.int(),
  /** The stage that asked, and when. */
  moment: Moment,
  set: z.string(),
  /**
   * What answered: "base", "start" where a run goes on from an adapter, "step-40", or the name of what it works on. In a program what it has
   * published is named as it is there: "grpo-final", "merge-merged".
   */
  of: z.string(),
  right,
  truncated: z.number(),
  distinct: z.number(),
  copied: z.number().nullable(),
  domains: z.record(z.string(), Answered.extend({ right })),
});
export type RunEval = z.infer<typeof RunEval>;

/** The same of an adapter that goes out, in short; of a run that asks no questions, the loss on its held-out rows. */
export const ExamScore = z.object({
  set: z.string(),
  n: z.int(),
  checked,
  mean: z.number().nullable(),
  correct: z.number().nullable(),
  format: z.number().nullable(),
  loss: z.number().nullable().default(null),
});
export type ExamScore = z.infer<typeof ExamScore>;

/** Something that a run has published. `home` only after its arrival checks. */
export const RunArtifact = z.object({
  name: z.string(),
  /** Of the whole run. */
  step: z.int(),
  /** The stage that made it, and when. */
  moment: Moment,
  /** As the trainer names it: "lora-adapter", "traces", "completions", "evaluation", "merged-model", "export". */
  kind: z.string(),
  state: z.enum(['announced', 'home', 'refused', 'gone']),
  /** Why it was refused or could not be brought home. */
  reason: z.string().nullable(),
  /** The adapter in the lab. */
  modelId: z.string().nullable(),
  /** How the held-out questions were answered when it was published. */
  score: ExamScore.nullable(),
  /** The folder that holds it as it was written, on the run's host; null of a run that was recorded elsewhere. */
  path: z.string().nullable(),
  /** Of everything that it holds, in the lab's blobs. */
  files: z.array(z.object({ name: z.string(), sha256: z.string(), bytes: z.number() })),
  /** Unix milliseconds by the host's clock. */
  at: z.number(),
  /**
   * True for one at most: what a program that is done names by its own rule; else of the adapters examined on the set of the newest the
   * highest share of right held-out answers, else the highest mean reward there, else the lowest loss; of equals the earlier.
   */
  best: z.boolean(),
});
export type RunArtifact = z.infer<typeof RunArtifact>;

/** File of an artifact of kind "export" that is a whole model, as the trainer's export.py names it; another GGUF is an adapter alone. */
export const WHOLE_MODEL = 'model.gguf';

export const HealthRule = z.enum([
  'no-spread',
  'truncated',
  'kl-without-reward',
  'held-out-falls',
  'repetition',
  'few-distinct',
  'same-answers',
  'copying',
  'entropy-collapse',
]);
export type HealthRule = z.infer<typeof HealthRule>;

/** One rule and what it finds in the run so far. Rules whose numbers the run does not measure are left out. */
export const HealthFinding = z.object({
  rule: HealthRule,
  level: z.enum(['ok', 'notice', 'warning']),
  /** False while its curve has fewer points than the rule needs to find anything: `ok` says nothing then. */
  judged: z.boolean(),
  title: z.string(),
  /** In plain words, with the numbers. */
  message: z.string(),
  /** The curve that it is about. */
  metric: z.string(),
  /** Of a program: whose curve it is. */
  stage: z.string().nullable(),
  /** It is about what the run does now, or did last; false for a stage of a program after which another has begun. */
  current: z.boolean(),
  /** Since when it is so; null for `ok`. */
  since: Moment.nullable(),
  /** What ends a run for it, to be switched on at launch; null where no suite says what a fall is. */
  stopRule: StopRule.nullable(),
});
export type HealthFinding = z.infer<typeof HealthFinding>;

/** Something about a run that is to be made, next to the field that decides it. */
export const RunFinding = z.object({
  /** As the settings spell it: "training.steps", "stages[1].guard.replay.share"; or a field of launch: "baseId", "sources", "data". */
  field: z.string(),
  level: z.enum(['error', 'warning']),
  message: z.string(),
});
export type RunFinding = z.infer<typeof RunFinding>;

/**
 * What a trainer takes beside its arrays: Python, JAX and its compiler. Measured on the embedded model: 1.0 to 1.3 GB in all while it trains,
 * of which 0.1 to 0.3 are arrays.
 */
export const PROCESS_BYTES = 1e9;

/** "1.2 GB", of less than a tenth of one "24 MB". */
export function memoryWords(bytes: number): string {
  const megabytes = Math.ceil(bytes / 1e6);
  return megabytes < 100 ? `${megabytes} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}

export const RunPlan = z.object({
  /** In sentences. */
  lines: z.array(z.string()),
  /** Arrays at the peak, per device; an estimate. */
  memoryBytes: z.number(),
  steps: z.int(),
  tokensPerStep: z.int(),
});
export type RunPlan = z.infer<typeof RunPlan>;

/** A stop rule that can be switched on before a run. `stage` is null for a run that is no program. */
export const OfferedRule = z.object({
  stage: z.string().nullable(),
  rule: HealthRule,
  title: z.string(),
  stopRule: StopRule,
});
export type OfferedRule = z.infer<typeof OfferedRule>;

export const Preflight = z.object({
  /** The run would be made: there is no error. */
  ok: z.boolean(),
  /** Errors first. */
  findings: z.array(RunFinding),
  /** The whole run as a document that `launch` takes back. */
  yaml: z.string(),
  /** What starts the very same run from a terminal; null while an error stands, with which no command would start it. */
  command: z.string().nullable(),
  /** Null while the base is not known or a setting is out of its range. */
  plan: RunPlan.nullable(),
  /** Of a run that goes on from an adapter, that one's, which cannot be another; null where a new one begins. */
  startLora: LoraSettings.nullable(),
  /** What can end the run early, or a stage of it: rules over what is measured there, to be switched on or off in its `stopWhen`. */
  stopRules: z.array(OfferedRule),
});
export type Preflight = z.infer<typeof Preflight>;

/** One stage of a program. */
export const RunStage = z.object({
  id: z.string(),
  kind: z.string(),
  from: z.string(),
  /** Steps of the program before its first one; null until it begins. */
  firstStep: z.int().nullable(),
  /** As planned; null while only the trainer can count them, from the rows. */
  steps: z.int().nullable(),
  /** Of its steps, the last that it told of; fewer than planned where it ended early. Null until it begins. */
  reached: z.int().nullable(),
  /** waiting: not begun yet, but can be, if only when the run is resumed; skipped: the run was over before it; cut: the run was over in the midst of it. */
  state: z.enum(['waiting', 'begun', 'done', 'failed', 'cut', 'skipped']),
  /** Why it ended: "completed", "deadline", "stop-rule", …; empty while it has not. */
  reason: z.string(),
  message: z.string(),
  startedAt: z.number().nullable(),
  endedAt: z.number().nullable(),
});
export type RunStage = z.infer<typeof RunStage>;

/** What a run has told beside its curves. */
export const Milestones = z.object({
  /** What the trainer is going to do, as it counts it; null while it has not said. */
  plan: z
    .object({
      text: z.string(),
      parameters: z.number(),
      trainable: z.number(),
      memoryBytes: z.number(),
      steps: z.int(),
      tokensPerStep: z.int(),
    })
    .nullable(),
  /** What each stage, or the run, expected to need after its first steps; none while there are too few. */
  estimates: z.array(
    z.object({ moment: Moment, secondsPerStep: z.number(), secondsLeft: z.number(), at: z.number() }),
  ),
  /** Of a program, in their order: those that have begun, then those that have not. */
  stages: z.array(RunStage),
  gates: z.array(
    z.object({
      stage: z.string(),
      metric: z.string(),
      set: z.string(),
      value: z.number().nullable(),
      bound: z.number().nullable(),
      /** So much below the bound still passes. */
      margin: z.number(),
      passed: z.boolean(),
      at: z.number(),
    }),
  ),
  /** From where a run that was cut goes on. */
  checkpoints: z.array(z.object({ moment: Moment, at: z.number() })),
});
export type Milestones = z.infer<typeof Milestones>;
