// What runs have published, where it is, and which adapter is best so far. Read by jobs.ts, written by ingest.ts and arrival.ts.
import { z } from 'zod';
import type { Catalog } from '../catalog/catalog.ts';
import { sql } from '../catalog/sql.ts';
import { RunArtifact } from '../contract/run-views.ts';
import type { RunHost } from './deps.ts';
import type { ArtifactPayload } from './events.ts';
import { jobRecord } from './records.ts';
import { momentTold, type ToldStage, toldStages } from './stages.ts';

const json = <S extends z.ZodType>(schema: S) =>
  z.string().transform((text): z.infer<S> => schema.parse(JSON.parse(text)));

const ArtifactRow = z.object({
  name: z.string(),
  kind: z.string(),
  step: z.int(),
  path: z.string(),
  manifest_sha256: z.string(),
  score: json(RunArtifact.shape.score).nullable(),
  state: RunArtifact.shape.state,
  model_id: z.string().nullable(),
  reason: z.string().nullable(),
  files: json(RunArtifact.shape.files),
  at: z.number(),
});
export type ArtifactRow = z.infer<typeof ArtifactRow>;

/** In the order in which they were published. */
export function artifactRows(catalog: Catalog, job: string): ArtifactRow[] {
  return catalog.all(
    ArtifactRow,
    sql`SELECT name, kind, step, path, manifest_sha256, score, state, model_id, reason, files, at
        FROM job_artifacts WHERE job = ${job} ORDER BY at, step, name`,
  );
}

/** Whether it has published one that can be trained upon, or may be once it is home. */
export function hasAdapter(catalog: Catalog, job: string): boolean {
  return artifactRows(catalog, job).some((row) => row.kind === 'lora-adapter' && !isLost(row));
}

/** The traces that it has brought home, as the file that another run can learn from. */
export function tracesAtHome(catalog: Catalog, job: string): ArtifactRow['files'][number] | undefined {
  const traces = artifactRows(catalog, job).find((row) => row.kind === 'traces' && row.state === 'home');
  return traces?.files.find((each) => each.name.endsWith('.jsonl'));
}

/** Notes what the log announces; the same again changes nothing, unless it was gone. Inside the caller's transaction. */
export function announce(catalog: Catalog, job: string, artifact: ArtifactPayload & { at: number }): void {
  const { name, kind, step, path, manifestSha256, score, at } = artifact;
  catalog.run(sql`INSERT INTO job_artifacts (job, name, kind, step, path, manifest_sha256, score, state, model_id, reason, files, at)
    VALUES (${job}, ${name}, ${kind}, ${step}, ${path}, ${manifestSha256}, ${score && JSON.stringify(score)}, 'announced', NULL, NULL, '[]', ${at})
    ON CONFLICT (job, name) DO UPDATE SET kind = excluded.kind, step = excluded.step, path = excluded.path,
      manifest_sha256 = excluded.manifest_sha256, score = excluded.score, state = 'announced', model_id = NULL, reason = NULL,
      files = '[]', at = excluded.at WHERE manifest_sha256 <> excluded.manifest_sha256 OR state = 'gone'`);
}

/** Where it is now. */
export function setArtifact(
  catalog: Catalog,
  job: string,
  name: string,
  to: Pick<RunArtifact, 'state' | 'modelId' | 'reason' | 'files'>,
): void {
  catalog.run(sql`UPDATE job_artifacts SET state = ${to.state}, model_id = ${to.modelId}, reason = ${to.reason},
    files = ${JSON.stringify(to.files)} WHERE job = ${job} AND name = ${name}`);
}

/** `host`: where the run was; a recorded one was nowhere that this lab can reach. */
export function jobArtifacts(
  catalog: Catalog,
  host: Pick<RunHost, 'path'> | undefined,
  id: string,
): RunArtifact[] {
  const { total_steps, folder, recorded } = jobRecord(catalog, id);
  const rows = artifactRows(catalog, id);
  const { named } = bestByItsRule(catalog, id, rows);
  const best = named === undefined ? bestOf(rows) : rows.find(({ name }) => name === named);
  const stages = toldStages(catalog, id);
  const told = new Map(catalog.all(Told, announcements(id)).map(({ name, seq }) => [name, seq]));
  return rows.map((row) => ({
    name: row.name,
    step: row.step,
    moment: momentTold(
      stages,
      { step: row.step, seq: told.get(row.name) ?? seqByStep(stages, row) },
      total_steps,
    ),
    kind: row.kind,
    state: row.state,
    reason: row.reason,
    modelId: row.model_id,
    score: row.score,
    path: host && recorded === 0 ? host.path(folder, row.path) : null,
    files: row.files,
    at: row.at,
    best: row === best,
  }));
}

const Told = z.object({ name: z.string(), seq: z.int() });

/** In which line of the log each artifact was announced last. */
const announcements = (job: string) => sql`
  SELECT json_extract(body, '$.name') AS name, MAX(seq) AS seq FROM job_events
  WHERE job = ${job} AND kind = 'artifact.ready' AND json_extract(body, '$.name') IS NOT NULL GROUP BY name`;

/** For one whose line is damaged: the run's end announced it, of the last stage that had begun before its step. */
function seqByStep(stages: readonly ToldStage[], { step }: ArtifactRow): number {
  return (stages.findLast(({ firstStep }) => firstStep < step)?.seq ?? -1) + 1;
}

const Best = z.object({ best: z.object({ artifact: z.string().nullable(), metric: z.string() }) });

/**
 * What a program that is done names as its best, by the measure of its spec: null where that is its base; undefined where it names none. Where
 * the named one is `lost`, it is as if none were named.
 */
export function bestByItsRule(
  catalog: Catalog,
  job: string,
  rows: readonly ArtifactRow[],
): { named: string | null | undefined; lost: ArtifactRow | undefined } {
  const done = catalog.get(
    z.object({ body: z.string() }),
    sql`SELECT body FROM job_events WHERE job = ${job} AND kind = 'done' ORDER BY seq DESC LIMIT 1`,
  );
  const read = done && Best.safeParse(JSON.parse(done.body));
  const named = read?.data?.best.artifact;
  const lost = rows.find((row) => row.name === named && isLost(row));
  return { named: lost ? undefined : named, lost };
}

const isLost = ({ state }: Pick<ArtifactRow, 'state'>) => state === 'refused' || state === 'gone';

const measures = ['correct', 'mean', 'loss'] as const;

/**
 * Of the adapters that were examined on the same set as the newest one and by what that one tells: the highest share of right held-out answers,
 * or where none is checked the highest mean reward, or where no questions are asked the lowest held-out loss; of equals the earlier. Numbers of
 * two sets say nothing about each other. Null while none was examined. What was refused or is gone is out.
 */
export function bestOf<A extends Pick<ArtifactRow, 'kind' | 'state' | 'score' | 'step'>>(
  artifacts: readonly A[],
): A | null {
  const examined = artifacts.filter((each) => each.kind === 'lora-adapter' && each.score && !isLost(each));
  const newest = examined.at(-1)?.score;
  const measure = newest && measures.find((name) => newest[name] !== null);
  if (!measure) return null;
  const value = ({ score }: A) => {
    const found = score?.set === newest.set ? score[measure] : null;
    if (found === null) return Number.NEGATIVE_INFINITY;
    return measure === 'loss' ? -found : found;
  };
  return examined.reduce((best, each) => {
    const gain = value(each) - value(best);
    return gain > 0 || (gain === 0 && each.step < best.step) ? each : best;
  });
}
