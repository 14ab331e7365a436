// The curves of a run, or of one stage of a program by that stage's own steps. Called by jobs.ts and health; changes nothing.
import { z } from 'zod';
import type { Catalog } from '../catalog/catalog.ts';
import { type Sql, sql } from '../catalog/sql.ts';
import type { Series } from '../contract/run-views.ts';
import { voided } from './attempts.ts';
import { jobRecord } from './records.ts';
import { type ToldStage, toldStage, toldStages } from './stages.ts';

const SeriesRow = z.object({ name: z.string(), steps: z.string(), vals: z.string() });

export function jobMetrics(
  catalog: Catalog,
  { id, names, stage }: { id: string; names?: readonly string[] | undefined; stage?: string | undefined },
): Series[] {
  jobRecord(catalog, id);
  const all =
    stage === undefined ? wholeCurves(catalog, id) : stageCurves(catalog, id, toldStage(catalog, id, stage));
  return names === undefined ? all : all.filter(({ name }) => names.includes(name));
}

/**
 * Of the whole run: what its stages measured one after another, by the steps of the run. The stages' own lines are joined, because the table of
 * metrics holds one value a step and loses what a stage told of its last when the next one examines before its first.
 */
function wholeCurves(catalog: Catalog, id: string): Series[] {
  const stages = toldStages(catalog, id);
  if (stages.length === 0)
    return seriesBetween(catalog, id, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
  const whole = new Map<string, Series>();
  for (const stage of stages)
    for (const { name, steps, values } of stageCurves(catalog, id, stage)) {
      const before = whole.get(name);
      const place = before?.steps.length ?? 0;
      whole.set(name, {
        name,
        steps: [...(before?.steps ?? []), ...steps.map((step) => stage.firstStep + step)],
        values: [...(before?.values ?? []), ...values],
        starts: [...(before?.starts ?? []), ...(place > 0 ? [place] : [])],
        openings: [...(before?.openings ?? []), ...(steps[0] === 0 ? [place] : [])],
      });
    }
  return [...whole.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/**
 * What a stage measured, its first step being 1; what it examined before that stands at 0. The last step of a stage has the number of the
 * next one's 0, so the two ends are told apart by who told of them.
 */
export function stageCurves(catalog: Catalog, id: string, stage: ToldStage): Series[] {
  const { firstStep, steps, endSeq } = stage;
  const last = firstStep + steps;
  const opened = toldAt(catalog, stage, id, firstStep, sql`ASC`);
  const closed = endSeq === null ? null : toldAt(catalog, stage, id, last, sql`DESC`);
  return seriesBetween(catalog, id, firstStep, last).flatMap((series): Series[] => {
    const points = series.steps.flatMap((step, i): [number, number | null][] => {
      const end = step === firstStep ? opened : step === last ? closed : null;
      if (end === null) return [[step - firstStep, series.values[i]!]];
      const value = end.get(series.name);
      return value === undefined ? [] : [[step - firstStep, value]];
    });
    if (points.length === 0) return [];
    return [
      {
        name: series.name,
        steps: points.map(([step]) => step),
        values: points.map(([, value]) => value),
        ...{ starts: [], openings: [] },
      },
    ];
  });
}

function seriesBetween(catalog: Catalog, id: string, first: number, last: number): Series[] {
  const rows = catalog.all(
    SeriesRow,
    sql`SELECT name, json_group_array(step ORDER BY step) AS steps, json_group_array(value ORDER BY step) AS vals
        FROM metrics WHERE job = ${id} AND step BETWEEN ${first} AND ${last} GROUP BY name ORDER BY name`,
  );
  return rows.map((row) => ({
    name: row.name,
    steps: JSON.parse(row.steps) as number[],
    values: JSON.parse(row.vals) as (number | null)[],
    ...{ starts: [], openings: [] },
  }));
}

const Told = z.object({ seq: z.int(), body: z.string() });
const Metrics = z.object({ step: z.int(), values: z.record(z.string(), z.number().nullable()) });
/** A step's own numbers and its exams: one line each. So many, since a stage may end with exams of an earlier adapter. */
const MOST_LINES = 16;

/**
 * By name, what a stage told of a step at one end of its lines. Lines of other steps may stand among them: where a rule has it go back to an
 * earlier adapter, an exam of that one is told last. What an earlier process told of a step that a later one went back before does not count.
 */
function toldAt(
  catalog: Catalog,
  { seq, endSeq }: ToldStage,
  id: string,
  step: number,
  order: Sql,
): Map<string, number | null> {
  const values = new Map<string, number | null>();
  const isVoid = voided(catalog, id);
  for (const { seq: line, body } of catalog.all(
    Told,
    sql`SELECT seq, body FROM job_events WHERE job = ${id} AND kind = 'metrics' AND seq > ${seq}
        AND seq < ${endSeq ?? Number.MAX_SAFE_INTEGER} ORDER BY seq ${order} LIMIT ${MOST_LINES}`,
  )) {
    const read = Metrics.safeParse(JSON.parse(body));
    if (!read.success || read.data.step !== step || isVoid({ seq: line, step })) continue;
    for (const [name, value] of Object.entries(read.data.values))
      if (!values.has(name)) values.set(name, value);
  }
  return values;
}
