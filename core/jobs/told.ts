// What a run has told beside its curves, read from its stored events: held-out results, plan, stages, gates, checkpoints. Called by jobs.ts;
// changes nothing. Lines that are not as they should be are left out.
import { z } from 'zod';
import type { Catalog } from '../catalog/catalog.ts';
import { sql } from '../catalog/sql.ts';
import type { Proportion } from '../contract/procedure.ts';
import { Milestones, RunEval } from '../contract/run-views.ts';
import { jobArtifacts } from './artifacts.ts';
import { voided } from './attempts.ts';
import type { JobsDeps } from './deps.ts';
import { nameInProgram } from './exam-names.ts';
import { jobRecord } from './records.ts';
import { momentTold, runStages, toldStages } from './stages.ts';

type ToProportion = JobsDeps['proportion'];

const Line = z.object({ seq: z.int(), wall: z.number(), body: z.string() });

interface Told<S> {
  seq: number;
  at: number;
  said: S;
}

/** The events of a kind in their order, as far as they fit, each with its line's number and time. */
function told<S extends z.ZodType>(
  catalog: Catalog,
  id: string,
  kind: string,
  schema: S,
): Told<z.infer<S>>[] {
  return catalog
    .all(Line, sql`SELECT seq, wall, body FROM job_events WHERE job = ${id} AND kind = ${kind} ORDER BY seq`)
    .flatMap(({ seq, wall, body }) => {
      const read = schema.safeParse(JSON.parse(body));
      return read.success ? [{ seq, at: wall, said: read.data }] : [];
    });
}

/** Names moments of the run by what the log told before a line. */
function moments(catalog: Catalog, id: string) {
  const { total_steps } = jobRecord(catalog, id);
  const stages = toldStages(catalog, id);
  return (seq: number, step: number) => momentTold(stages, { seq, step }, total_steps);
}

const Domain = RunEval.shape.domains.valueType.omit({ right: true });
const Exam = RunEval.omit({ moment: true, right: true }).extend({ domains: z.record(z.string(), Domain) });
type Exam = z.infer<typeof Exam>;

/** By step. A run that went over a step again told of it twice: the last time counts, and what it went back before does not. */
export function jobEvals(catalog: Catalog, id: string, proportion: ToProportion): RunEval[] {
  const momentAt = moments(catalog, id);
  const isVoid = voided(catalog, id);
  const latest = new Map<string, RunEval>();
  for (const { seq, said } of told(catalog, id, 'eval', Exam)) {
    if (isVoid({ seq, step: said.step })) continue;
    const moment = momentAt(seq, said.step);
    // The last step of a stage has the number of the next one's opening.
    latest.set(JSON.stringify([moment.stage, said.step, said.set, said.of]), {
      ...said,
      moment,
      right: rightOf(said.correct, checkedOf(said), proportion),
      domains: Object.fromEntries(
        Object.entries(said.domains).map(([name, domain]) => [
          name,
          { ...domain, right: rightOf(domain.correct, domain.checked ?? domain.n, proportion) },
        ]),
      ),
    });
  }
  const stages = toldStages(catalog, id);
  const published = stages.length > 0 ? jobArtifacts(catalog, undefined, id) : [];
  return [...latest.values()]
    .map((exam) => ({ ...exam, of: nameInProgram(exam, stages, published) }))
    .sort((a, b) => a.step - b.step || (a.set < b.set ? -1 : 1));
}

/** Of how many answers the share is: as the log tells, in one of before all of those domains in which anything can be checked. */
function checkedOf({ checked, domains }: Exam): number {
  if (checked !== null) return checked;
  return Object.values(domains).reduce((sum, { correct, n }) => sum + (correct === null ? 0 : n), 0);
}

/** Null where the share is none of so many, as in a domain that only in part can be checked. */
function rightOf(share: number | null, n: number, proportion: ToProportion): Proportion | null {
  if (share === null) return null;
  const count = Math.round(share * n);
  return Math.abs(count - share * n) < 1e-6 * Math.max(1, n) ? proportion(count, n) : null;
}

const Gate = Milestones.shape.gates.element.omit({ at: true }).extend({ margin: z.number().default(0) });
const Estimate = z.object({ step: z.int(), secondsPerStep: z.number(), secondsLeft: z.number() });
const Checkpoint = z.object({ step: z.int() });

/** `final`: no attempt goes on with it; see resume.ts. */
export function jobMilestones(catalog: Catalog, id: string, final: boolean): Milestones {
  const job = jobRecord(catalog, id);
  const momentAt = moments(catalog, id);
  const isVoid = voided(catalog, id);
  const checkpoints = told(catalog, id, 'checkpoint', Checkpoint).filter(
    ({ seq, said }) => !isVoid({ seq, step: said.step }),
  );
  return {
    plan: told(catalog, id, 'plan', Milestones.shape.plan).at(-1)?.said ?? null,
    estimates: told(catalog, id, 'estimate', Estimate).map(({ seq, at, said: { step, ...rest } }) => ({
      moment: momentAt(seq, step),
      ...rest,
      at,
    })),
    stages: runStages(catalog, job, final),
    gates: lastOfEach(told(catalog, id, 'gate', Gate), ({ stage }) => stage).map(({ said, at }) => ({
      ...said,
      at,
    })),
    checkpoints: lastOfEach(checkpoints, ({ step }) => step).map(({ seq, at, said }) => ({
      moment: momentAt(seq, said.step),
      at,
    })),
  };
}

/** A run that was resumed tells of a gate or a checkpoint again: the last time counts. */
function lastOfEach<S>(lines: readonly Told<S>[], key: (said: S) => unknown): Told<S>[] {
  return [...new Map(lines.map((line) => [key(line.said), line])).values()];
}
