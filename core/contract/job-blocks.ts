// What job specs and presets are made of: blocks with their bounds, the same as in the trainer's spec/blocks.py. Used by job-spec.ts and job-settings.ts.
import { z } from 'zod';

export const Sha256 = z.string().regex(/^[0-9a-f]{64}$/);

export const LoraSettings = z.object({
  rank: z.int().min(1).max(256),
  alpha: z.number().positive().max(4096),
  targets: z
    .array(z.enum(['q_proj', 'k_proj', 'v_proj', 'o_proj', 'gate_proj', 'up_proj', 'down_proj']))
    .min(1),
});

/** A PEFT adapter that training goes on from; `sha256` is that of its adapter_model.safetensors. */
export const Start = z.object({ name: z.string().min(1), path: z.string(), sha256: Sha256 });
/** What is set, and where the adapter begins; null begins a new one. */
export const LoraSpec = LoraSettings.extend({ start: Start.nullable().default(null) });

export const RolloutSettings = z.object({
  maxPromptTokens: z.int().min(8).max(131_072),
  maxCompletionTokens: z.int().min(8).max(131_072),
  temperature: z.number().positive().max(4),
  topP: z.number().positive().max(1),
  topK: z.int().min(1).max(1_000_000).nullable(),
});

/** Greedy completions: lengths in tokens, the prompt's with its BOS; batchSize in prompts. */
export const GenerationSettings = z.object({
  maxPromptTokens: z.int().min(8).max(131_072),
  maxCompletionTokens: z.int().min(8).max(131_072),
  batchSize: z.int().min(1).max(4096),
});

export const Limits = z.object({
  /** From the start of the process; the run saves and exports before it. */
  deadlineMs: z.int().positive().nullable(),
  checkpointEveryMs: z.int().positive(),
});

/** How the devices are laid out: data and weights are cut in fsdp parts, heads and widths in tp parts. */
export const Mesh = z.object({ fsdp: z.int().min(1).max(4096), tp: z.int().min(1).max(4096) });

/** What JAX computes on. */
export const Platform = z.enum(['cpu', 'gpu', 'tpu']);
export type Platform = z.infer<typeof Platform>;

export const RolloutEncoding = z.enum(['plain', 'gzip']);

/**
 * Ends a run in good order when a metric was beyond a bound for so many steps in a row, of those that measure it. One of three bounds: a number
 * that it is below or above, or by how much it is below the highest value that it had.
 */
export const StopRule = z
  .object({
    metric: z.string().min(1).max(200),
    below: z.number().nullable().default(null),
    above: z.number().nullable().default(null),
    belowBest: z.number().positive().nullable().default(null),
    forSteps: z.int().min(1).max(100_000).default(1),
  })
  .refine(
    ({ below, above, belowBest }) => [below, above, belowBest].filter((bound) => bound !== null).length === 1,
    'must have one of below, above and belowBest',
  );
export type StopRule = z.infer<typeof StopRule>;

const rate = z.number().positive().max(1);
const warmup = z.number().min(0).max(0.9);
const schedule = z.enum(['cosine', 'constant']);
const gradClip = z.number().positive().max(1_000_000);
const steps = z.int().min(1).max(100_000);
const microBatch = z.int().min(1).max(1024).nullable().default(null);

export const GrpoTraining = z.object({
  steps,
  promptsPerStep: z.int().min(1).max(1024),
  /** Completions per prompt; the group whose mean is the baseline. One teaches nothing. */
  groupSize: z.int().min(2).max(64),
  learningRate: rate,
  warmupFraction: warmup,
  schedule,
  gradClip,
  beta: z.number().min(0).max(100),
  epsilon: z.number().positive().max(1),
  klEstimator: z.enum(['k1', 'k3']),
  variant: z.enum(['grpo', 'dr-grpo', 'gspo-token', 'dapo', 'rloo']).default('grpo'),
  /** Updates on one batch of rollouts. */
  iterations: z.int().min(1).max(8).default(1),
  /** Upper bound of the clip where it differs from epsilon. */
  epsilonHigh: z.number().positive().max(10).nullable().default(null),
  /** Prompts at once where a whole step does not fit into memory; null means all of a step. */
  trainMicroBatch: microBatch,
  rolloutMicroBatch: microBatch,
  logpsMicroBatch: microBatch,
  /** The run ends with the last adapter that was below it when the KL of a step is above. */
  klStop: z.number().positive().max(1_000_000).nullable().default(null),
});

export const SftTraining = z.object({
  steps,
  batchSize: z.int().min(1).max(4096),
  learningRate: rate,
  warmupFraction: warmup,
  schedule,
  gradClip,
  microBatch,
  /** Prompt and completion together. */
  maxTokens: z.int().min(8).max(131_072),
  packing: z.boolean().default(false),
});

export const DpoTraining = z.object({
  algorithm: z.enum(['dpo', 'orpo']),
  steps,
  batchSize: z.int().min(1).max(4096),
  learningRate: rate,
  warmupFraction: warmup,
  schedule,
  gradClip,
  beta: z.number().positive().max(100),
  lambdaOrpo: z.number().positive().max(100),
  labelSmoothing: z.number().min(0).max(0.5),
  maxPromptTokens: z.int().min(8).max(131_072),
  maxCompletionTokens: z.int().min(8).max(131_072),
  microBatch,
});

/** Which of a prompt's completions are kept as traces. */
export const KeepSettings = z.object({
  perPrompt: z.int().min(1).max(64),
  minTotal: z.number().nullable().default(null),
  correctOnly: z.boolean().default(false),
});

/** A number of held-out results: which share or mean, and on which set. */
export const Measure = z.object({
  metric: z.enum(['correct', 'format', 'mean', 'distinct']),
  set: z.string().min(1).max(100),
});

/** What must hold after a stage for the program to go on: one of atLeast and noWorseThan. */
export const Gate = Measure.extend({
  atLeast: z.number().nullable().default(null),
  /** Another stage, or "base". */
  noWorseThan: z.string().min(1).max(40).nullable().default(null),
  /** How much below that one's measure is still no worse. */
  margin: z.number().min(0).default(0),
});

/** What a stage repeats of an earlier one: the traces of rejection sampling, or right rollouts of GRPO. */
export const ReplayFrom = z.object({
  stage: z.string().min(1).max(40),
  share: z.number().positive().max(0.9),
});

export const StageId = z.string().regex(/^[a-z0-9][a-z0-9-]{0,39}$/, {
  error: 'must be of lower-case letters, digits and -, at most 40 of them, and not begin with -',
});
