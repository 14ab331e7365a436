// The stages of a program as its log tells them: their spans of steps, and which lines of the log are whose. Read by told.ts, curves.ts,
// artifacts.ts, progress.ts, resume.ts and health; changes nothing.
import { z } from 'zod';
import type { Catalog } from '../catalog/catalog.ts';
import { sql } from '../catalog/sql.ts';
import { CoreError } from '../contract/errors.ts';
import type { Moment } from '../contract/moment.ts';
import { RunStage } from '../contract/run-views.ts';
import { lineOfAStep } from './attempts.ts';
import { type JobRecord, specText } from './records.ts';
import { isTerminal } from './states.ts';

/** A stage that has begun. */
export interface ToldStage extends Omit<RunStage, 'reached'> {
  firstStep: number;
  steps: number;
  startedAt: number;
  /** Number of the log's line in which it began first. */
  seq: number;
  /** Of the line in which the next one began; null for the last. */
  endSeq: number | null;
}

const Line = z.object({ seq: z.int(), wall: z.number(), body: z.string() });
const Told = z.object({
  id: z.string(),
  stageKind: z.string(),
  from: z.string(),
  firstStep: z.int(),
  steps: z.int(),
  state: RunStage.shape.state,
  reason: z.string().default(''),
  message: z.string().default(''),
});

/** Those that have begun, in their order. Lines that are not as they should be are left out. */
export function toldStages(catalog: Catalog, job: string): ToldStage[] {
  const stages = new Map<string, ToldStage>();
  for (const { seq, wall, body } of catalog.all(
    Line,
    sql`SELECT seq, wall, body FROM job_events WHERE job = ${job} AND kind = 'stage' ORDER BY seq`,
  )) {
    const read = Told.safeParse(JSON.parse(body));
    if (!read.success) continue;
    const { stageKind: kind, ...stage } = read.data;
    const before = stages.get(stage.id);
    // One that was cut begins again after a restart: its time counts from the first.
    stages.set(stage.id, {
      ...{ ...stage, kind, seq: before?.seq ?? seq, startedAt: before?.startedAt ?? wall },
      ...{ endedAt: stage.state === 'begun' ? null : wall, endSeq: null },
    });
  }
  const all = [...stages.values()];
  return all.map((stage, i) => ({ ...stage, endSeq: all[i + 1]?.seq ?? null }));
}

/**
 * The run's stages, those too that have not begun: they stand in its spec. Empty for a run that is no program. `final`: what has not begun
 * never will.
 */
export function runStages(catalog: Catalog, job: JobRecord, final: boolean): RunStage[] {
  const over = isTerminal(job.state);
  const told = toldStages(catalog, job.id).map((each): RunStage => {
    const { seq: _, endSeq: __, ...stage } = each;
    const cut = over && stage.state === 'begun' ? ({ state: 'cut', endedAt: job.ended_at } as const) : {};
    return { ...stage, reached: reachedIn(catalog, job.id, each), ...cut };
  });
  const known = new Set(told.map(({ id }) => id));
  const rest = planned(specText(catalog, job.id)).filter(({ id }) => !known.has(id));
  return [
    ...told,
    ...rest.map(
      ({ id, kind, from, training }): RunStage => ({
        ...{ id, kind, from, firstStep: null, reached: null },
        steps: kind === 'merge' ? 0 : (training?.steps ?? null),
        ...{ state: final ? 'skipped' : 'waiting', reason: '', message: '', startedAt: null, endedAt: null },
      }),
    ),
  ];
}

const Measured = z.object({ step: z.int() });

/**
 * The last of its own steps that a stage made. A planned step that it did not make counts for the run, not for it; an exam of an earlier adapter
 * that it ends with is no step.
 */
export function reachedIn(
  catalog: Catalog,
  job: string,
  { seq, endSeq, firstStep, steps }: ToldStage,
): number {
  const last = catalog.get(
    Measured,
    sql`SELECT json_extract(body, '$.step') AS step FROM job_events WHERE job = ${job} AND kind = 'metrics'
        AND seq > ${seq} AND seq < ${endSeq ?? Number.MAX_SAFE_INTEGER} AND json_type(body, '$.step') = 'integer' AND ${lineOfAStep}
        ORDER BY seq DESC LIMIT 1`,
  );
  return last ? Math.min(steps, Math.max(0, last.step - firstStep)) : 0;
}

const Planned = z.object({
  stages: z.array(
    z.object({
      id: z.string(),
      kind: z.string(),
      from: z.string(),
      training: z.object({ steps: z.int() }).optional(),
    }),
  ),
});

function planned(spec: string): z.infer<typeof Planned>['stages'] {
  const read = Planned.safeParse(JSON.parse(spec));
  return read.success ? read.data.stages : [];
}

/** Throws `bad-input` that names the ones there are. */
export function toldStage(catalog: Catalog, job: string, id: string): ToldStage {
  const stages = toldStages(catalog, job);
  const found = stages.find((stage) => stage.id === id);
  if (found) return found;
  const there = stages.map((stage) => stage.id).join(', ') || 'none';
  throw new CoreError('bad-input', `The run has no stage "${id}" that has begun; there are: ${there}.`, {
    id: job,
  });
}

/** The moment in which the log told of a step: lines are of the stage that began last before them. */
export function momentTold(
  stages: readonly ToldStage[],
  at: { seq: number; step: number },
  totalSteps: number,
): Moment {
  const stage = stages.findLast(({ seq }) => seq < at.seq);
  if (!stage) return { stage: null, step: at.step, steps: totalSteps };
  return { stage: stage.id, step: at.step - stage.firstStep, steps: stage.steps };
}
