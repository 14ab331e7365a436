// The demo: the whole recipe on the embedded model and this machine.
import { eventIterator } from '@orpc/contract';
import { z } from 'zod';
import { Comparison } from './comparisons.ts';
import { command, Nothing, Proportion, query, stream } from './procedure.ts';

export const DemoStage = z.enum(['prepare', 'evaluate-base', 'train', 'evaluate', 'report', 'done']);
export type DemoStage = z.infer<typeof DemoStage>;

/**
 * The base, and what the program makes of it: `grpo` upon the base; on grpo merged into the base, SFT on the open tasks, once
 * `plain` and once `guarded` against forgetting.
 */
export const CheckpointId = z.enum(['base', 'grpo', 'plain', 'guarded']);
export type CheckpointId = z.infer<typeof CheckpointId>;

export const checkpointNames: Readonly<Record<CheckpointId, string>> = {
  base: 'Base',
  grpo: 'GRPO',
  plain: 'GRPO + SFT',
  guarded: 'GRPO + SFT, guarded',
};

/** Null: not there yet, or, for the base's adapter, never. */
export const DemoCheckpoint = z.object({
  id: CheckpointId,
  adapterId: z.string().nullable(),
  /** Evaluation on the held-out questions whose answers can be checked. */
  tasksEvalId: z.string().nullable(),
  /** Evaluation on the held-out open tasks. */
  openEvalId: z.string().nullable(),
});
export type DemoCheckpoint = z.infer<typeof DemoCheckpoint>;

export const Demo = z.object({
  id: z.string(),
  seed: z.int(),
  state: z.enum(['running', 'done', 'failed', 'stopped']),
  stage: DemoStage,
  error: z.string().nullable(),
  jobId: z.string().nullable(),
  checkpoints: z.array(DemoCheckpoint),
  reportPath: z.string().nullable(),
  startedAt: z.number(),
  endedAt: z.number().nullable(),
  recorded: z.boolean(),
});
export type Demo = z.infer<typeof Demo>;

/** Mean of scores with its 95 % interval, 1 for the most that can be earned; where something costs, it can be below 0. */
export const MeanScore = z.object({ n: z.int(), mean: z.number(), low: z.number(), high: z.number() });
export type MeanScore = z.infer<typeof MeanScore>;

/** Of scores of the same tasks, with its paired 95 % interval. */
const MeanChange = z.object({ value: z.number(), low: z.number(), high: z.number() });

/** Paired with another checkpoint on the same questions. */
const Flips = z.object({ gained: z.int(), lost: z.int(), pValue: z.number() });
const Against = Flips.extend({
  id: CheckpointId,
  /** pValue is adjusted (Holm) for being read together with the others and with that of all. */
  byDomain: z.array(Flips.extend({ domain: z.string() })),
});

export const CheckpointScores = z.object({
  id: CheckpointId,
  name: z.string(),
  /** Right answers, of questions that can be checked. */
  right: Proportion,
  rightByDomain: z.array(z.object({ domain: z.string(), right: Proportion })),
  /** Reward on open tasks as a share of the most that each can earn; null where they were not asked. */
  open: MeanScore.nullable(),
  openFormat: Proportion.nullable(),
  /** `change`: against the checkpoint that it was trained from; null where that has not answered them. */
  openByDomain: z.array(z.object({ domain: z.string(), score: MeanScore, change: MeanChange.nullable() })),
  /** Answers to those questions that are in the strict form. */
  format: Proportion,
  /** Right answers against the checkpoint that it was trained from; null for the base. */
  kept: Against.nullable(),
  /** Right answers were lost beyond chance, in all or in a domain. */
  forgot: z.boolean(),
  /** Those domains. */
  forgotDomains: z.array(z.string()),
  /** Change of `open` against that one with its paired 95 % interval. */
  openChange: MeanChange.nullable(),
});
export type CheckpointScores = z.infer<typeof CheckpointScores>;

export const DemoResult = z.object({
  demo: Demo,
  checkpoints: z.array(CheckpointScores),
  best: z.object({ id: CheckpointId, name: z.string(), rule: z.string() }),
  /** The checkpoint that is compared with the base: the best one, or GRPO where nothing is better than the base. */
  shown: z.object({ id: CheckpointId, name: z.string() }),
  /** On the questions that can be checked. */
  comparison: Comparison,
  /** In a few sentences: what was learned, what was lost, and what that does not show. */
  meaning: z.string(),
  pValue: z.number(),
  seconds: z.number(),
  reportPath: z.string(),
});
export type DemoResult = z.infer<typeof DemoResult>;

const Seed = z.int().min(0).default(1).describe('seed of the training run; another one is another demo');
const ById = z.object({ id: z.string().describe('id of the demo') });

export const demo = {
  start: command('Start the demo in the background', ['demo', 'activities'])
    .input(z.object({ seed: Seed }))
    .output(Demo),
  latest: query('The latest demo of this lab, if there is one', ['demo'])
    .input(Nothing)
    .output(Demo.nullable()),
  result: query('Table and report of a finished demo', ['demo'], { positional: ['id'] })
    .input(ById)
    .output(DemoResult),
  stop: command('Stop the demo; its run finishes its step and exports', ['demo', 'jobs'], {
    positional: ['id'],
  })
    .input(ById)
    .output(Demo),
  run: stream('Run the whole recipe on this machine and print the proof', ['demo', 'activities'], {
    resumes: true,
    unnamed: true,
    leave: 'latest',
  })
    .input(z.object({ seed: Seed }))
    .output(
      eventIterator(
        z.discriminatedUnion('kind', [
          z.object({
            kind: z.literal('progress'),
            stage: DemoStage,
            text: z.string(),
            done: z.int(),
            total: z.int().nullable(),
          }),
          z.object({ kind: z.literal('result'), result: DemoResult }),
        ]),
      ),
    ),
};
