// The demo: the whole loop on the embedded model and this machine.
import { eventIterator } from '@orpc/contract';
import { z } from 'zod';
import { Comparison } from './comparisons.ts';
import { command, Nothing, query, stream } from './procedure.ts';

export const DemoStage = z.enum([
  'prepare',
  'evaluate-base',
  'train',
  'arrive',
  'evaluate-adapter',
  'report',
  'done',
]);
export type DemoStage = z.infer<typeof DemoStage>;

export const Demo = z.object({
  id: z.string(),
  seed: z.int(),
  state: z.enum(['running', 'done', 'failed', 'stopped']),
  stage: DemoStage,
  error: z.string().nullable(),
  baseEvalId: z.string().nullable(),
  jobId: z.string().nullable(),
  adapterId: z.string().nullable(),
  adapterEvalId: z.string().nullable(),
  reportPath: z.string().nullable(),
  startedAt: z.number(),
  endedAt: z.number().nullable(),
  recorded: z.boolean(),
});
export type Demo = z.infer<typeof Demo>;

export const DemoResult = z.object({
  demo: Demo,
  comparison: Comparison,
  /** One sentence: what GRPO did here and what it did not. */
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
  run: stream('Run the whole loop on this machine and print the proof', ['demo', 'activities'], {
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
