// What a run has told beside its curves, read from its stored events: held-out results, plan, stages, gates, checkpoints. Called by jobs.ts;
// changes nothing. Lines that are not as they should be are left out.
import { z } from 'zod';
import type { Catalog } from '../catalog/catalog.ts';
import { sql } from '../catalog/sql.ts';
import { Milestones, RunEval } from '../contract/run-views.ts';
import { jobRecord } from './records.ts';

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
const Stage = z.object({
  ...at,
  id: z.string(),
  stageKind: z.string(),
  from: z.string(),
  firstStep: z.int(),
  steps: z.int(),
  state: Milestones.shape.stages.element.shape.state,
  reason: z.string().default(''),
  message: z.string().default(''),
});
const Gate = Milestones.shape.gates.element.omit({ at: true }).extend(at);
const Checkpoint = z.object({ ...at, step: z.int() });

export function jobMilestones(catalog: Catalog, id: string): Milestones {
  jobRecord(catalog, id);
  const stages = new Map<string, Milestones['stages'][number]>();
  for (const { wall, stageKind: kind, ...stage } of told(catalog, id, 'stage', Stage)) {
    const before = stages.get(stage.id);
    const endedAt = stage.state === 'begun' ? null : wall;
    // One that was cut begins again after a restart: its time counts from the first.
    stages.set(stage.id, { ...stage, kind, startedAt: before?.startedAt ?? wall, endedAt });
  }
  return {
    plan: told(catalog, id, 'plan', Milestones.shape.plan).at(-1) ?? null,
    estimate: told(catalog, id, 'estimate', Milestones.shape.estimate).at(-1) ?? null,
    stages: [...stages.values()],
    gates: told(catalog, id, 'gate', Gate).map(({ wall, ...gate }) => ({ ...gate, at: wall })),
    checkpoints: told(catalog, id, 'checkpoint', Checkpoint).map(({ step, wall }) => ({ step, at: wall })),
  };
}
