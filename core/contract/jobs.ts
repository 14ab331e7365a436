// Training runs: presets, launch, state, curves, rollouts, logs, stop.
import { z } from 'zod';
import { command, Nothing, Page, query } from './procedure.ts';
import { PromptTemplate, Suite, Verdict } from './reward.ts';

export const JobState = z.enum([
  'DRAFT',
  'CHECKED',
  'QUEUED',
  'STAGING',
  'LAUNCHING',
  'RUNNING',
  'SYNCING',
  'STOPPING',
  'DONE',
  'FAILED',
  'STOPPED',
  'EXPIRED',
  'LOST',
]);
export type JobState = z.infer<typeof JobState>;

export const LoraSettings = z.object({
  rank: z.int().min(1).max(256),
  alpha: z.number().positive().max(4096),
  targets: z
    .array(z.enum(['q_proj', 'k_proj', 'v_proj', 'o_proj', 'gate_proj', 'up_proj', 'down_proj']))
    .min(1),
});

export const GrpoTraining = z.object({
  steps: z.int().min(1).max(100_000),
  promptsPerStep: z.int().min(1).max(1024),
  /** Completions per prompt; the group whose mean is the baseline. One teaches nothing. */
  groupSize: z.int().min(2).max(64),
  learningRate: z.number().positive().max(1),
  warmupFraction: z.number().min(0).max(0.9),
  schedule: z.enum(['cosine', 'constant']),
  gradClip: z.number().positive().max(1_000_000),
  beta: z.number().min(0).max(100),
  epsilon: z.number().positive().max(1),
  klEstimator: z.enum(['k1', 'k3']),
});

export const RolloutSettings = z.object({
  maxPromptTokens: z.int().min(8).max(131_072),
  maxCompletionTokens: z.int().min(8).max(131_072),
  temperature: z.number().positive().max(4),
  topP: z.number().positive().max(1),
  topK: z.int().min(1).max(1_000_000).nullable(),
});

/** What is written before anything is started; the trainer validates it again, within the same bounds (its spec folder). */
export const JobSpec = z.object({
  version: z.literal(1),
  jobId: z.string(),
  kind: z.literal('grpo'),
  name: z.string().min(1).max(200),
  base: z.object({ modelId: z.string(), path: z.string(), sha256: z.string() }),
  data: z.object({ snapshot: z.string(), path: z.string(), sha256: z.string(), count: z.int().min(1) }),
  prompt: PromptTemplate,
  rewardSuite: z.object({ name: z.string(), hash: z.string(), suite: Suite }),
  rewardServer: z.object({
    command: z.array(z.string()).min(1),
    timeoutMs: z.int().positive().max(3_600_000),
  }),
  lora: LoraSettings,
  training: GrpoTraining,
  rollout: RolloutSettings,
  limits: z.object({ deadlineMs: z.int().positive().nullable(), checkpointEveryMs: z.int().positive() }),
  seed: z.int().min(0),
  env: z.object({
    /** Null when the run uses a Python that a person named: nobody knows what is installed there. */
    requirementsLockSha256: z.string().nullable(),
    trainerSha256: z.string(),
  }),
});
export type JobSpec = z.infer<typeof JobSpec>;

export const Preset = z.object({
  id: z.string(),
  name: z.string(),
  summary: z.string(),
  /** Model id and source id that it wants by default; null when the lab lacks them. */
  baseId: z.string().nullable(),
  sourceId: z.string().nullable(),
  template: z.string(),
  suite: z.string(),
  lora: LoraSettings,
  training: GrpoTraining,
  rollout: RolloutSettings,
});
export type Preset = z.infer<typeof Preset>;

export const Job = z.object({
  id: z.string(),
  name: z.string(),
  kind: z.literal('grpo'),
  hostId: z.string(),
  state: JobState,
  /** In words, from the trainer: "compiling", "rollouts and updates". */
  phase: z.string(),
  step: z.int(),
  totalSteps: z.int(),
  /** Unix milliseconds; when the run's log last said anything. */
  heardAt: z.number().nullable(),
  leftMs: z.number().nullable(),
  createdAt: z.number(),
  startedAt: z.number().nullable(),
  endedAt: z.number().nullable(),
  failure: z.object({ class: z.string(), message: z.string() }).nullable(),
  baseId: z.string(),
  adapterId: z.string().nullable(),
  suite: z.object({ name: z.string(), hash: z.string(), max: z.number(), min: z.number() }),
  recorded: z.boolean(),
});
export type Job = z.infer<typeof Job>;

export const JobDetail = Job.extend({
  folder: z.string(),
  launches: z.int(),
  command: z.string(),
  spec: JobSpec,
  transitions: z.array(
    z.object({ from: JobState.nullable(), to: JobState, at: z.number(), reason: z.string() }),
  ),
  warnings: z.array(z.object({ code: z.string(), message: z.string(), at: z.number() })),
  rolloutCount: z.int(),
});
export type JobDetail = z.infer<typeof JobDetail>;

export const Series = z.object({
  name: z.string(),
  steps: z.array(z.int()),
  values: z.array(z.number().nullable()),
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
  advantage: z.number(),
});
export type Rollout = z.infer<typeof Rollout>;

const ById = z.object({ id: z.string().describe('id of the run') });

export const jobs = {
  presets: query('Ready-made settings for a run', ['jobs', 'models', 'datasets'])
    .input(Nothing)
    .output(z.array(Preset)),
  launch: command('Start a training run', ['jobs', 'lab'], { positional: ['preset'], leave: 'get' })
    .input(
      z.object({
        preset: z.string().describe('ready-made settings; forethought jobs presets names them'),
        baseId: z.string().optional().describe('base model (default: the one of the preset)'),
        sourceId: z
          .string()
          .optional()
          .describe('source of training questions (default: the one of the preset)'),
        suite: z
          .string()
          .optional()
          .describe('reward suite that it learns from (default: the one of the preset)'),
        seed: z.int().min(0).default(1).describe('seed of the order of questions and of the draws'),
        name: z.string().max(120).optional().describe('its name in lists (default: preset, base and seed)'),
        steps: z
          .int()
          .min(1)
          .max(100_000)
          .optional()
          .describe('how many steps to train (default: those of the preset)'),
        learningRate: z
          .number()
          .positive()
          .max(1)
          .optional()
          .describe('peak learning rate (default: the one of the preset)'),
      }),
    )
    .output(ById),
  /** The command line follows a run with it; leaving does not stop the run. */
  wait: query('Wait until a run ends and its adapter is home', ['jobs'], { positional: ['id'], leave: 'get' })
    .input(ById)
    .output(Job),
  list: query('Training runs, newest first', ['jobs']).input(Nothing).output(z.array(Job)),
  get: query('One run with its spec and history', ['jobs'], { positional: ['id'] })
    .input(ById)
    .output(JobDetail),
  metrics: query('Curves of a run', ['jobs'], { positional: ['id'] })
    .input(ById.extend({ names: z.array(z.string()).optional().describe('only this curve (default: all)') }))
    .output(z.array(Series)),
  rollouts: query('Completions that were rewarded during a run, newest first', ['jobs'], {
    positional: ['id'],
  })
    .input(
      ById.extend({
        verdict: Verdict.optional().describe('only completions that were judged so'),
        step: z.int().optional().describe('only this step, from 1'),
        search: z.string().optional().describe('only completions that hold this text'),
        ...Page,
      }),
    )
    .output(z.object({ rollouts: z.array(Rollout), total: z.int() })),
  logs: query('Text of a run’s log from an offset', ['jobs'], { positional: ['id'] })
    .input(
      ById.extend({
        stream: z.enum(['stdout', 'stderr']).default('stderr').describe('which of its two streams'),
        offset: z.int().min(0).default(0).describe('where to begin, in bytes'),
        bytes: z.int().min(1).max(1_000_000).default(200_000).describe('how much to show at most, in bytes'),
      }),
    )
    .output(z.object({ text: z.string(), nextOffset: z.int(), size: z.int() })),
  stop: command('Let a run finish its step, export and end', ['jobs'], { positional: ['id'] })
    .input(ById)
    .output(z.object({ state: JobState })),
};
