// What is written before anything is started, one shape a kind of job; the trainer validates it again, within the same bounds (its spec folder).
import { z } from 'zod';
import {
  DpoTraining,
  Gate,
  GenerationSettings,
  GrpoTraining,
  KeepSettings,
  Limits,
  LoraSpec,
  Measure,
  Mesh,
  Platform,
  ReplayFrom,
  RolloutEncoding,
  RolloutSettings,
  SftTraining,
  Sha256,
  StageId,
  StopRule,
} from './job-blocks.ts';
import { PromptTemplate, Suite } from './reward.ts';

export const JobKind = z.enum([
  'grpo',
  'sft',
  'dpo',
  'rejection',
  'generate',
  'evaluate',
  'merge',
  'export',
  'program',
]);
export type JobKind = z.infer<typeof JobKind>;

/** Rows as JSONL on the host; `sources` says how many rows of each data set are drawn, null means all. */
export const Data = z.object({
  snapshot: z.string(),
  path: z.string(),
  sha256: z.string(),
  count: z.int().min(1),
  sources: z.record(z.string(), z.int().min(1)).nullable().default(null),
});
export type Data = z.infer<typeof Data>;

/** Questions that are never trained on. */
export const HeldOut = Data.extend({
  everySteps: z.int().min(1).max(100_000),
  maxRows: z.int().min(1).nullable().default(null),
  set: z.string().min(1).max(100).default('held-out'),
});
export const QuestionSet = HeldOut.omit({ everySteps: true });

const RewardSuite = z.object({ name: z.string(), hash: z.string(), suite: Suite });
const RewardServer = z.object({
  command: z.array(z.string()).min(1),
  timeoutMs: z.int().positive().max(3_600_000),
});

const Adapter = z.object({ name: z.string(), path: z.string(), manifestSha256: Sha256 });
export const Base = z.object({
  modelId: z.string(),
  /** A folder with config.json, safetensors and tokenizer, or a .gguf file. */
  path: z.string(),
  sha256: z.string(),
  /** Merged into the base before anything else, one after the other. */
  adapters: z.array(Adapter).default([]),
});

export const Header = z.object({
  version: z.literal(1),
  jobId: z.string(),
  name: z.string().min(1).max(200),
  base: Base,
  prompt: PromptTemplate,
  limits: Limits,
  seed: z.int().min(0),
  env: z.object({
    /** Null when the run uses a Python that a person named: nobody knows what is installed there. */
    requirementsLockSha256: z.string().nullable(),
    trainerSha256: z.string(),
    /** What JAX must find, so that a job for a TPU does not start on a host's CPU; null takes what there is. */
    platform: Platform.nullable().default(null),
  }),
  mesh: Mesh.default({ fsdp: 1, tp: 1 }),
  rolloutEncoding: RolloutEncoding.default('gzip'),
});

const rewards = { rewardSuite: RewardSuite, rewardServer: RewardServer };
const optionalRewards = {
  rewardSuite: RewardSuite.nullable().default(null),
  rewardServer: RewardServer.nullable().default(null),
};
const trained = {
  lora: LoraSpec,
  heldOut: HeldOut.nullable().default(null),
  publishEverySteps: z.int().min(1).max(100_000).nullable().default(null),
  stopWhen: z.array(StopRule).default([]),
};
const samplesPerPrompt = z.int().min(1).max(1024);

export const Retention = HeldOut.extend({
  /** The run ends when the share of right answers lies lower than at the start by more than this; null only measures. */
  maxDrop: z.number().min(0).max(1).nullable().default(null),
  alpha: z.number().positive().max(0.5).default(0.05),
  set: z.string().min(1).max(100).default('retention'),
});
export const Replay = Data.extend({ share: z.number().min(0).max(0.9) });

/** What keeps a model from forgetting while it is taught something else; each can be left out. */
export const Guard = z.object({
  replay: Replay.nullable().default(null),
  klWeight: z.number().positive().max(100).nullable().default(null),
  klEstimator: z.enum(['k3', 'full']).default('k3'),
  /** Whose completions the KL is taken over: of all rows, or of the replayed ones alone; a mean over all learned tokens either way. */
  klRows: z.enum(['all', 'replay']).default('all'),
  retention: Retention.nullable().default(null),
});
/** The part of it that any way of training can have. */
const DpoGuard = Guard.pick({ retention: true });

const GrpoPart = z.object({ data: Data, ...trained, training: GrpoTraining, rollout: RolloutSettings });
const SftPart = z.object({
  data: Data,
  ...trained,
  training: SftTraining,
  validation: HeldOut.nullable().default(null),
  guard: Guard.nullable().default(null),
  generation: GenerationSettings.nullable().default(null),
});
const DpoPart = z.object({
  data: Data,
  ...trained,
  training: DpoTraining,
  validation: HeldOut.nullable().default(null),
  guard: DpoGuard.nullable().default(null),
  generation: GenerationSettings.nullable().default(null),
});
const RejectionPart = z.object({
  data: Data,
  rollout: RolloutSettings,
  samplesPerPrompt,
  batchSize: z.int().min(1).max(4096),
  keep: KeepSettings,
});
const EvaluatePart = z.object({
  sets: z.array(QuestionSet).min(1),
  generation: GenerationSettings,
  /** last: the base with all its adapters; each: also the base alone, and with the first of them, and so on. */
  checkpoints: z.enum(['last', 'each']).default('last'),
});
const MergePart = z.object({
  form: z.enum(['merged', 'adapter']),
  dtype: z.enum(['float32', 'bfloat16', 'float16']).default('float32'),
});

export const GrpoSpec = Header.extend({ kind: z.literal('grpo'), ...rewards, ...GrpoPart.shape });
export const SftSpec = Header.extend({ kind: z.literal('sft'), ...optionalRewards, ...SftPart.shape });
export const DpoSpec = Header.extend({ kind: z.literal('dpo'), ...optionalRewards, ...DpoPart.shape });
export const RejectionSpec = Header.extend({
  kind: z.literal('rejection'),
  ...rewards,
  ...RejectionPart.shape,
});
export const GenerateSpec = Header.extend({
  kind: z.literal('generate'),
  data: Data,
  generation: GenerationSettings,
  /** Null answers greedily. */
  rollout: RolloutSettings.nullable().default(null),
  samplesPerPrompt,
});
export const EvaluateSpec = Header.extend({ kind: z.literal('evaluate'), ...rewards, ...EvaluatePart.shape });
export const MergeSpec = Header.extend({ kind: z.literal('merge'), ...MergePart.shape });
export const ExportSpec = Header.extend({
  kind: z.literal('export'),
  what: z.enum(['adapter', 'model']),
  format: z.enum(['gguf-lora', 'gguf', 'hf']),
  dtype: z.enum(['float32', 'bfloat16', 'float16']).default('float32'),
});

const stage = {
  id: StageId,
  /** `base`, or the id of an earlier stage whose result it starts from. */
  from: z.string().min(1).max(40).default('base'),
  /** Of the deadline. */
  share: z.number().positive().max(1).nullable().default(null),
  gate: Gate.nullable().default(null),
  /** An earlier stage of kind rejection, whose traces are this stage's data. */
  dataFrom: z.string().min(1).max(40).nullable().default(null),
  /** Of a stage of kind sft, in place of guard.replay. */
  replayFrom: ReplayFrom.nullable().default(null),
  /** Where a stage needs another than the program's. */
  mesh: Mesh.optional(),
};
const Stage = z.discriminatedUnion('kind', [
  z.object({ ...stage, kind: z.literal('grpo'), ...GrpoPart.shape }),
  z.object({ ...stage, kind: z.literal('sft'), ...SftPart.shape, data: Data.nullable().default(null) }),
  z.object({ ...stage, kind: z.literal('dpo'), ...DpoPart.shape, data: Data.nullable().default(null) }),
  z.object({ ...stage, kind: z.literal('rejection'), ...RejectionPart.shape }),
  z.object({ ...stage, kind: z.literal('merge'), ...MergePart.shape }),
  z.object({ ...stage, kind: z.literal('evaluate'), ...EvaluatePart.shape }),
]);
export const ProgramSpec = Header.extend({
  kind: z.literal('program'),
  ...optionalRewards,
  /** The measure by which the best checkpoint is named; the higher, and of equals the earlier. */
  best: Measure.nullable().default(null),
  stages: z.array(Stage).min(1).max(16),
});

export const JobSpec = z.discriminatedUnion('kind', [
  GrpoSpec,
  SftSpec,
  DpoSpec,
  RejectionSpec,
  GenerateSpec,
  EvaluateSpec,
  MergeSpec,
  ExportSpec,
  ProgramSpec,
]);
export type JobSpec = z.infer<typeof JobSpec>;
