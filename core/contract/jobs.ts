// Training runs: presets, launch, state, curves, rollouts, logs, stop, resume.
import { z } from 'zod';
import { settingsOf } from './job-settings.ts';
import { JobKind, JobSpec } from './job-spec.ts';
import { Moment } from './moment.ts';
import { command, Nothing, Page, query } from './procedure.ts';
import { Verdict } from './reward.ts';
import {
  HealthFinding,
  Milestones,
  Preflight,
  Rollout,
  RolloutKey,
  RunArtifact,
  RunEval,
  RunPrompt,
  Series,
} from './run-views.ts';

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

const presetOf = <K extends JobKind>(kind: K) =>
  z.object({
    id: z.string(),
    name: z.string(),
    summary: z.string(),
    kind: z.literal(kind),
    /** Model id that it wants by default; null when the lab lacks it. */
    baseId: z.string().nullable(),
    /** Where its questions come from. `count`: so many rows are drawn by the seed; null means all. */
    sources: z.array(
      z.object({
        dataset: z.string(),
        split: z.string(),
        count: z.int().nullable(),
        sourceId: z.string().nullable(),
      }),
    ),
    /** It is meant to be trained upon the adapter of an earlier run, chosen in place of the base. */
    expectsAdapter: z.boolean(),
    /** It learns from completions or pairs, which `data` names. */
    expectsData: z.enum(['completions', 'pairs']).nullable(),
    /** What the lab lacks for it, and how to add it: a sentence each. */
    missing: z.array(z.string()),
    template: z.string(),
    /** Null where nothing is rewarded. */
    suite: z.string().nullable(),
    settings: settingsOf[kind],
  });

/** One of nine shapes, told apart by `kind`. */
export const Preset = z.discriminatedUnion('kind', [
  presetOf('grpo'),
  presetOf('sft'),
  presetOf('dpo'),
  presetOf('rejection'),
  presetOf('generate'),
  presetOf('evaluate'),
  presetOf('merge'),
  presetOf('export'),
  presetOf('program'),
]);
export type Preset = z.infer<typeof Preset>;

export const Job = z.object({
  id: z.string(),
  name: z.string(),
  kind: JobKind,
  hostId: z.string(),
  state: JobState,
  /** In words, from the trainer: "compiling", "rollouts and updates". */
  phase: z.string(),
  /** Its place among `totalSteps`. In a program it passes over what a stage that ended early has left undone. */
  step: z.int(),
  totalSteps: z.int(),
  /** Steps that were made: in a program those of all stages, fewer than `step` where one of them ended early. */
  made: z.int(),
  /** Where it is or has ended: in a program the stage that began last, and that stage's own step. */
  moment: Moment,
  /** Unix milliseconds; when the run's log last said anything. */
  heardAt: z.number().nullable(),
  /** By the pace so far; in a program of the stage that `moment` names, whose pace says nothing of the next one's. Null while it is not known. */
  leftMs: z.number().nullable(),
  createdAt: z.number(),
  /** When its first attempt began: what a resumed run took holds the pauses between its attempts. */
  startedAt: z.number().nullable(),
  endedAt: z.number().nullable(),
  failure: z.object({ class: z.string(), message: z.string() }).nullable(),
  /** Of a run that can be resumed: the step after which it goes on, 0 where it starts over; else null. */
  resumesAfter: z.int().nullable(),
  /** What its own spec ended it by before its last step, as "stop-rule"; null for any other end. */
  endedBy: z.string().nullable(),
  /** The same in a sentence, or why a failed one cannot be resumed; empty for any other. */
  next: z.string(),
  baseId: z.string(),
  /** The adapter that it works on, merged into the base; null for the base alone. */
  uponAdapterId: z.string().nullable(),
  /**
   * What it stands for in the lab: its best adapter, where it is a program with a rule for that and it came home, else the last that did, else
   * one that was refused; null where its base or a merged model is the best, and where none of its adapters came.
   */
  adapterId: z.string().nullable(),
  /** What rewards it; null where nothing is rewarded. */
  suite: z.object({ name: z.string(), hash: z.string(), max: z.number(), min: z.number() }).nullable(),
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

const ById = z.object({ id: z.string().describe('id of the run') });

const RolloutFilter = ById.extend({
  verdict: Verdict.optional().describe('only completions that were judged so'),
  step: z.int().optional().describe('only this step, from 1'),
  rowId: z.string().optional().describe('only completions of this question'),
  minTotal: z.number().optional().describe('only completions that earned at least so much'),
  search: z
    .string()
    .optional()
    .describe(
      'only completions in which, or in whose prompt, all these words stand; signs count where there is no word',
    ),
  order: z
    .enum(['newest', 'suspicious'])
    .default('newest')
    .describe(
      'newest step first; or only those that were wrong, ambiguous or unparsable, highest reward first',
    ),
});

export const LaunchInput = z.object({
  preset: z
    .string()
    .optional()
    .describe('ready-made settings; forethought jobs presets names them (default: the one of --yaml)'),
  baseId: z
    .string()
    .optional()
    .describe('base model, or an adapter to train upon (default: the base of the preset)'),
  startAdapterId: z
    .string()
    .optional()
    .describe(
      'adapter to go on from, with its rank and modules and on what it was trained on (default: a new one)',
    ),
  sources: z
    .array(z.string().min(1))
    .optional()
    .describe('source of training questions, as gsm8k:train or gsm8k:train=500 (default: the preset’s)'),
  data: z
    .string()
    .min(1)
    .optional()
    .describe('what sft or dpo learn from, needed there: a JSONL file, for sft also a run with traces'),
  suite: z.string().optional().describe('reward suite that it learns from (default: the one of the preset)'),
  template: z.string().optional().describe('prompt template (default: the one of the preset)'),
  seed: z
    .int()
    .min(0)
    .optional()
    .describe('seed of the order of questions and of the draws (default: the one of --yaml, else 1)'),
  name: z
    .string()
    .max(120)
    .regex(/^[^\p{Cc}\p{Zl}\p{Zp}]*$/u, 'has line breaks or other characters that cannot be seen')
    .optional()
    .describe('its name in lists (default: suite, base and seed)'),
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
  settings: z
    .record(z.string(), z.unknown())
    .optional()
    .describe(
      'changes of the preset’s settings, as training.beta=0.1 (of a stage: stages.grpo.training.beta=0.1) or as JSON',
    ),
  yaml: z
    .string()
    .min(1)
    .optional()
    .describe('a run as preflight prints it, as text or a file; other options count more (default: none)'),
});

export const jobs = {
  presets: query('Ready-made settings for a run', ['jobs', 'models', 'datasets'])
    .input(Nothing)
    .output(z.array(Preset)),
  launch: command('Start a run', ['jobs', 'lab'], { positional: ['preset'], leave: 'get' })
    .input(LaunchInput)
    .output(ById),
  preflight: query(
    'What is wrong with a run, and what it needs, before it is started',
    ['jobs', 'models', 'datasets'],
    {
      positional: ['preset'],
    },
  )
    .input(LaunchInput)
    .output(Preflight),
  /** The command line follows a run with it; leaving does not stop the run. */
  wait: query(
    'Wait until a run ends and its adapter is home; exit code 1 where it failed or was lost',
    ['jobs'],
    { positional: ['id'], leave: 'get' },
  )
    .input(ById)
    .output(Job),
  list: query('Training runs, newest first', ['jobs']).input(Nothing).output(z.array(Job)),
  get: query('One run with its spec and history', ['jobs'], { positional: ['id'] })
    .input(ById)
    .output(JobDetail),
  metrics: query('Curves of a run', ['jobs'], { positional: ['id'] })
    .input(
      ById.extend({
        names: z.array(z.string()).optional().describe('only this curve (default: all)'),
        stage: z
          .string()
          .optional()
          .describe('only this stage of a program, by its own steps (default: the whole run)'),
      }),
    )
    .output(z.array(Series)),
  rollouts: query('Completions that were rewarded during a run, newest first', ['jobs'], {
    positional: ['id'],
  })
    .input(RolloutFilter.extend(Page))
    .output(z.object({ rollouts: z.array(Rollout), total: z.int() })),
  rollout: query('One completion of a run, and its place among those of a filter', ['jobs'], {
    positional: ['id', 'key'],
  })
    .input(RolloutFilter.extend({ key: RolloutKey.describe('its step, group and sample, as 12/0/3') }))
    .output(
      z.object({
        /** Null: the run has told of none, or goes over that step again. */
        rollout: Rollout.nullable(),
        /** From 0; null where the filter leaves it out. */
        place: z.int().nullable(),
      }),
    ),
  prompts: query('Questions of a run and how what they earn has changed', ['jobs'], { positional: ['id'] })
    .input(ById.extend({ search: z.string().optional().describe('only questions that hold this text') }))
    .output(z.array(RunPrompt)),
  rolloutsOfPrompt: query('Every completion of one question of a run, step by step', ['jobs'], {
    positional: ['id', 'rowId'],
  })
    .input(ById.extend({ rowId: z.string().describe('id of the question; jobs prompts names them') }))
    .output(z.array(Rollout)),
  artifacts: query('What a run has published, and which is best so far', ['jobs', 'models'], {
    positional: ['id'],
  })
    .input(ById)
    .output(z.array(RunArtifact)),
  health: query('What goes wrong in a run, in plain words', ['jobs'], { positional: ['id'] })
    .input(ById)
    .output(z.array(HealthFinding)),
  milestones: query('What a run has planned, and its stages, gates and checkpoints', ['jobs'], {
    positional: ['id'],
  })
    .input(ById)
    .output(Milestones),
  evals: query('What a run scored on held-out questions, step by step', ['jobs'], { positional: ['id'] })
    .input(ById)
    .output(z.array(RunEval)),
  logs: query('Text of a run’s log from an offset', ['jobs'], { positional: ['id'] })
    .input(
      ById.extend({
        stream: z.enum(['stdout', 'stderr']).default('stderr').describe('which of its two streams'),
        offset: z.int().min(0).default(0).describe('where to begin, in bytes'),
        bytes: z.int().min(1).max(1_000_000).default(200_000).describe('how much to show at most, in bytes'),
      }),
    )
    .output(z.object({ text: z.string(), nextOffset: z.int(), size: z.int() })),
  stop: command('Let a run finish its step, export and end; after 15 minutes it is killed', ['jobs'], {
    positional: ['id'],
  })
    .input(ById)
    .output(z.object({ state: JobState })),
  resume: command('Let a run that was cut go on from its last checkpoint', ['jobs'], {
    positional: ['id'],
    leave: 'get',
  })
    .input(ById)
    .output(ById.extend({ step: z.int().describe('after which it goes on; 0: it starts over') })),
};
