// What a run has told beside its curves, read from its stored events: held-out results, plan, stages, gates, checkpoints. Called by jobs.ts;
// changes nothing. Lines that are not as they should be are left out.
import { z } from 'zod';
import type { Catalog } from '../catalog/catalog.ts';
import { sql } from '../catalog/sql.ts';
import { Milestones, RunEval } from '../contract/run-views.ts';
import { jobRecord } from './records.ts';
import { runStages } from './stages.ts';

const Body = z.object({ body: z.string() });

/** The events of a kind in their order, as far as they fit. */
function told<S extends z.ZodType>(catalog: Catalog, id: string, kind: string, schema: S): z.infer<S>[] {
  return catalog
    .all(Body, sql`SELECT body FROM job_events WHERE job = ${id} AND kind = ${kind} ORDER BY seq`)
    .flatMap(({ body }) => {
      const read = schema.safeParse(JSON.parse(body));
      return read.success ? [read.data] : [];
    });
}

/** By step. A run that went over a step again told of it twice: the last time counts. */
export function jobEvals(catalog: Catalog, id: string): RunEval[] {
  jobRecord(catalog, id);
  const latest = new Map<string, RunEval>();
  for (const found of told(catalog, id, 'eval', RunEval))
    latest.set(JSON.stringify([found.step, found.set, found.of]), found);
  return [...latest.values()].sort((a, b) => a.step - b.step || (a.set < b.set ? -1 : 1));
}

const at = { wall: z.number() };
const Gate = Milestones.shape.gates.element.omit({ at: true }).extend(at);
const Checkpoint = z.object({ ...at, step: z.int() });

export function jobMilestones(catalog: Catalog, id: string): Milestones {
  const job = jobRecord(catalog, id);
  return {
    plan: told(catalog, id, 'plan', Milestones.shape.plan).at(-1) ?? null,
    estimate: told(catalog, id, 'estimate', Milestones.shape.estimate).at(-1) ?? null,
    stages: runStages(catalog, job),
    gates: lastOfEach(told(catalog, id, 'gate', Gate), ({ stage }) => stage).map(({ wall, ...gate }) => ({
      ...gate,
      at: wall,
    })),
    checkpoints: lastOfEach(told(catalog, id, 'checkpoint', Checkpoint), ({ step }) => step).map(
      ({ step, wall }) => ({ step, at: wall }),
    ),
  };
}

/** A run that was resumed tells of a gate or a checkpoint again: the last time counts. */
function lastOfEach<T>(all: readonly T[], key: (each: T) => unknown): T[] {
  return [...new Map(all.map((each) => [key(each), each])).values()];
}
