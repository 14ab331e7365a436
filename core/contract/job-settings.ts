// What a person sets before a run is made, by kind of job: a preset's settings and what `launch` changes in them. The spec is made of these and of files.
import { z } from 'zod';
import {
  DpoTraining,
  Gate,
  GenerationSettings,
  GrpoTraining,
  KeepSettings,
  Limits,
  LoraSettings,
  Measure,
  Mesh,
  Platform,
  ReplayFrom,
  RolloutEncoding,
  RolloutSettings,
  SftTraining,
  StageId,
  StopRule,
} from './job-blocks.ts';

/** Questions that are answered during a run and never trained on. `source`: as `datasets:split`; null sets rows of the training questions aside. */
const ExamSettings = z.strictObject({
  source: z.string().min(1).nullable(),
  everySteps: z.int().min(1).max(100_000),
  maxRows: z.int().min(1).nullable().default(null),
  set: z.string().min(1).max(100).default('held-out'),
});

const general = {
  limits: z.strictObject(Limits.shape).default({ deadlineMs: null, checkpointEveryMs: 60_000 }),
  mesh: z.strictObject(Mesh.shape).default({ fsdp: 1, tp: 1 }),
  /** What JAX must find; null takes what there is. */
  platform: Platform.nullable().default(null),
  rolloutEncoding: RolloutEncoding.default('gzip'),
  /** Rows that have more tokens than fit: the run is refused, or they are left out of it. */
  tooLong: z.enum(['refuse', 'leave-out']).default('refuse'),
  /** A source whose rows all earn by their form alone, whatever they answer: the run is refused, or trains on them all the same. */
  onlyForm: z.enum(['refuse', 'train']).default('refuse'),
};
const trained = {
  lora: z.strictObject(LoraSettings.shape),
  heldOut: ExamSettings.nullable().default(null),
  publishEverySteps: z.int().min(1).max(100_000).nullable().default(null),
  stopWhen: z.array(StopRule).default([]),
};
const generation = z.strictObject(GenerationSettings.shape);
const rollout = z.strictObject(RolloutSettings.shape);
const samplesPerPrompt = z.int().min(1).max(1024);
const dtype = z.enum(['float32', 'bfloat16', 'float16']).default('float32');

/** A JSONL file on this machine, or the id of a run whose traces are home; null leaves it to `launch`. */
const Texts = z.string().min(1).nullable().default(null);

/** Questions of a stage: `dataset:split`, or `dataset:split=count`; null takes those of the run. Of texts: the mix, as `dataset=count`. */
const Questions = z.array(z.string().min(1)).min(1).nullable().default(null);

const grpo = { ...trained, training: z.strictObject(GrpoTraining.shape), rollout };
const retention = ExamSettings.extend({
  source: z.string().min(1),
  maxDrop: z.number().min(0).max(1).nullable().default(null),
  alpha: z.number().positive().max(0.5).default(0.05),
  set: z.string().min(1).max(100).default('retention'),
})
  .nullable()
  .default(null);
const taught = {
  /** Rows set aside, whose loss is measured. */
  validation: z
    .strictObject({ rows: z.int().min(1), everySteps: z.int().min(1).max(100_000) })
    .nullable()
    .default(null),
  generation: generation.nullable().default(null),
};
const sft = {
  ...trained,
  ...taught,
  training: z.strictObject(SftTraining.shape),
  guard: z
    .strictObject({
      replay: z
        .strictObject({ data: z.string().min(1), share: z.number().min(0).max(0.9) })
        .nullable()
        .default(null),
      klWeight: z.number().positive().max(100).nullable().default(null),
      klEstimator: z.enum(['k3', 'full']).default('k3'),
      klRows: z.enum(['all', 'replay']).default('all'),
      retention,
    })
    .nullable()
    .default(null),
};
const dpo = {
  ...trained,
  ...taught,
  training: z.strictObject(DpoTraining.shape),
  guard: z.strictObject({ retention }).nullable().default(null),
};
const rejection = {
  rollout,
  samplesPerPrompt,
  batchSize: z.int().min(1).max(4096),
  keep: z.strictObject(KeepSettings.shape),
};
const evaluate = {
  sets: z.array(ExamSettings.omit({ everySteps: true }).extend({ source: z.string().min(1) })).min(1),
  generation,
  checkpoints: z.enum(['last', 'each']).default('last'),
};
const merge = { form: z.enum(['merged', 'adapter']), dtype };

const stage = {
  id: StageId,
  /** `base`, or the id of an earlier stage whose result it starts from. */
  from: z.string().min(1).max(40).default('base'),
  share: z.number().positive().max(1).nullable().default(null),
  gate: z.strictObject(Gate.shape).nullable().default(null),
  dataFrom: z.string().min(1).max(40).nullable().default(null),
  replayFrom: z.strictObject(ReplayFrom.shape).nullable().default(null),
  mesh: z.strictObject(Mesh.shape).optional(),
};
const StageSettings = z.discriminatedUnion('kind', [
  z.strictObject({ ...stage, kind: z.literal('grpo'), sources: Questions, ...grpo }),
  z.strictObject({ ...stage, kind: z.literal('sft'), data: Texts, sources: Questions, ...sft }),
  z.strictObject({ ...stage, kind: z.literal('dpo'), data: Texts, sources: Questions, ...dpo }),
  z.strictObject({ ...stage, kind: z.literal('rejection'), sources: Questions, ...rejection }),
  z.strictObject({ ...stage, kind: z.literal('merge'), ...merge }),
  z.strictObject({ ...stage, kind: z.literal('evaluate'), ...evaluate }),
]);

/** By kind of job. Unknown keys are errors: a mistyped setting must not be left out in silence. */
export const settingsOf = {
  grpo: z.strictObject({ ...general, ...grpo }),
  sft: z.strictObject({ ...general, ...sft }),
  dpo: z.strictObject({ ...general, ...dpo }),
  rejection: z.strictObject({ ...general, ...rejection }),
  generate: z.strictObject({
    ...general,
    generation,
    rollout: rollout.nullable().default(null),
    samplesPerPrompt: samplesPerPrompt.default(1),
  }),
  evaluate: z.strictObject({ ...general, ...evaluate }),
  merge: z.strictObject({ ...general, ...merge }),
  export: z.strictObject({
    ...general,
    what: z.enum(['adapter', 'model']),
    format: z.enum(['gguf-lora', 'gguf', 'hf']),
    dtype,
  }),
  program: z.strictObject({
    ...general,
    best: z.strictObject(Measure.shape).nullable().default(null),
    stages: z.array(StageSettings).min(1).max(16),
  }),
} as const;

/** What a kind of job or a stage of a program sets, told apart by its kind. */
const Part = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('grpo'), ...grpo }),
  z.object({ kind: z.literal('sft'), ...sft }),
  z.object({ kind: z.literal('dpo'), ...dpo }),
  z.object({ kind: z.literal('rejection'), ...rejection }),
  z.object({ kind: z.literal('generate'), generation, rollout: rollout.nullable(), samplesPerPrompt }),
  z.object({ kind: z.literal('evaluate'), ...evaluate }),
  z.object({ kind: z.literal('merge'), ...merge }),
  z.object({ kind: z.literal('export'), what: z.enum(['adapter', 'model']), format: z.string(), dtype }),
]);
export type Part = z.infer<typeof Part>;
export type StageSettings = z.infer<typeof StageSettings>;
