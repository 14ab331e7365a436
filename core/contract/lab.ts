// The lab as a whole: what it holds, what is going on in it, and the stream of changed topics that keeps every window fresh.
import { eventIterator } from '@orpc/contract';
import { z } from 'zod';
import { command, Nothing, query, stream, Topic } from './procedure.ts';

/** A long piece of work inside the core: import, evaluation, arrival of an adapter, the demo. */
export const Activity = z.object({
  id: z.string(),
  kind: z.enum(['import', 'evaluation', 'arrival', 'demo', 'download', 'scoring', 'export']),
  title: z.string(),
  /** In words: "answering held-out questions". */
  phase: z.string(),
  done: z.int(),
  total: z.int().nullable(),
  /** Items per second since the phase began; null until something is done. */
  ratePerSecond: z.number().nullable(),
  leftMs: z.number().nullable(),
  failures: z.int(),
  startedAt: z.number(),
  cancellable: z.boolean(),
  /** Where a person can look at it. */
  about: z.object({ feature: z.string(), id: z.string() }).nullable(),
});
export type Activity = z.infer<typeof Activity>;

export const LabStatus = z.object({
  folder: z.string(),
  name: z.string(),
  version: z.string(),
  catalogVersion: z.int(),
  /** True when the lab still holds nothing but the recorded sample. */
  isSample: z.boolean(),
  counts: z.object({
    sources: z.int(),
    rows: z.int(),
    runs: z.int(),
    runningRuns: z.int(),
    bases: z.int(),
    adapters: z.int(),
    readyAdapters: z.int(),
    evaluations: z.int(),
    completions: z.int(),
  }),
  /** What training on this machine needs; each with what to do when it is missing. */
  trainer: z.object({ ready: z.boolean(), detail: z.string(), fix: z.string().nullable() }),
  savedAt: z.number().nullable(),
});
export type LabStatus = z.infer<typeof LabStatus>;

export const lab = {
  status: query('What this lab holds and whether it can train', [
    'lab',
    'datasets',
    'jobs',
    'models',
    'evals',
  ])
    .input(Nothing)
    .output(LabStatus),
  activities: query('Long work that is going on now', ['activities'])
    .input(Nothing)
    .output(z.array(Activity)),
  cancel: command('Stop a long piece of work', ['activities'], { positional: ['id'] })
    .input(z.object({ id: z.string().describe('id of the work; forethought lab activities names them') }))
    .output(z.object({ cancelled: z.boolean() })),
  changes: stream('Topics as they change, batched', [])
    .input(Nothing)
    .output(eventIterator(z.object({ topics: z.array(Topic) }))),
};
