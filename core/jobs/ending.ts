// How a run ended, decided from what is on record: exit.json of the shim and the last words of the log. The same facts give the
// same answer, so a core that died before it wrote the answer down finds it again. Called by drive.ts and arrival.ts.
import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Catalog } from '../catalog/catalog.ts';
import { sql } from '../catalog/sql.ts';
import { type Moment, momentInWords } from '../contract/moment.ts';
import type { RunHost } from './deps.ts';
import { type ArtifactPayload, artifactOf, type LogEvent } from './events.ts';
import { progressOf } from './progress.ts';
import { attemptOf, type JobRecord } from './records.ts';
import { toldStages } from './stages.ts';

/** exit.json, written by the shim (resources/trainer/host/shim.py). */
const ExitRecord = z.object({
  code: z.int().nullable(),
  signal: z.string().nullable(),
  reason: z.enum(['exited', 'signal', 'stopped', 'deadline', 'not-started', 'unknown']),
  attempt: z.int(),
  message: z.string().optional(),
  wall: z.number(),
});
type ExitRecord = z.infer<typeof ExitRecord>;

const Done = z.object({
  /** completed, stopped, deadline; else what ended it early as its spec says: a stop rule, a guard, a gate. */
  reason: z.string(),
  step: z.int(),
  message: z.string().default(''),
});
const Failure = z.object({ class: z.string(), message: z.string() });
export type Artifact = ArtifactPayload;

interface LastWords {
  done: z.infer<typeof Done> | null;
  failure: z.infer<typeof Failure> | null;
  /** In which it has ended. */
  moment: Moment;
  artifact: Artifact | null;
}

export interface Ending {
  to: 'DONE' | 'STOPPED' | 'EXPIRED' | 'FAILED' | 'LOST';
  reason: string;
  failure: { class: string; message: string } | null;
  /** By the shim's word; absent where it left none. */
  endedAt?: number;
}

/** What stands for an exit.json that nobody wrote: machine restarted, or trainer and shim killed. */
const unknownExit: ExitRecord = { code: null, signal: null, reason: 'unknown', attempt: 0, wall: 0 };

/**
 * How a run that is over has ended, and the adapter that it has left. Once the log is read to its end and nobody writes to the
 * job folder any more, the answer is always the same.
 */
export async function readEnding(
  catalog: Catalog,
  host: RunHost,
  job: JobRecord,
): Promise<{ ending: Ending; artifact: Artifact | null; withdrawn: string | null }> {
  const folder = host.path(job.folder);
  const { artifact, withdrawn } = await lastArtifact(catalog, host, job);
  const words = { ...lastWords(catalog, job), moment: progressOf(catalog, job).moment, artifact };
  const exit = await readExit(host, folder, attemptOf(catalog, job.id));
  const ending = decideEnding(exit ?? unknownExit, words, await lastComplaint(host, folder));
  return { ending: exit ? { ...ending, endedAt: exit.wall } : ending, artifact, withdrawn };
}

const Body = z.object({ body: z.string() });

/** The last `done` and `failure` of the present attempt: how one before it ended is over. */
function lastWords(
  catalog: Catalog,
  job: Pick<JobRecord, 'id' | 'attempt_seq'>,
): Pick<LastWords, 'done' | 'failure'> {
  const last = <S extends z.ZodType>(kind: string, schema: S): z.infer<S> | null => {
    const row = catalog.get(
      Body,
      sql`SELECT body FROM job_events WHERE job = ${job.id} AND kind = ${kind} AND seq >= ${job.attempt_seq}
          ORDER BY seq DESC LIMIT 1`,
    );
    const read = row && schema.safeParse(JSON.parse(row.body));
    return read?.success ? (read.data as z.infer<S>) : null;
  };
  return { done: last('done', Done), failure: last('failure', Failure) };
}

/** What the log has told of, of all attempts. */
function announcedArtifacts(catalog: Catalog, id: string): Artifact[] {
  const told = sql`SELECT body FROM job_events WHERE job = ${id} AND kind = 'artifact.ready' ORDER BY seq`;
  return catalog
    .all(Body, told)
    .map(({ body }) => artifactOf(JSON.parse(body) as LogEvent))
    .filter((artifact) => artifact !== null);
}

const Published = z.object({ step: z.int(), kind: z.string().default('lora-adapter') });

/**
 * What comes out of a run: the final adapter as it lies there, else what was announced last. A trainer may have died between
 * publishing it, also in place of that of an earlier attempt, and saying so; one that is not there was withdrawn, if there ever was one. Of a
 * program it is that of the stage under way. Its folder gets its name when all of it is there; every file is held against the
 * manifest when it arrives.
 */
async function lastArtifact(
  catalog: Catalog,
  host: RunHost,
  job: Pick<JobRecord, 'id' | 'folder'>,
): Promise<{ artifact: Artifact | null; withdrawn: string | null }> {
  const announced = announcedArtifacts(catalog, job.id);
  const stage = toldStages(catalog, job.id).at(-1);
  const name = stage ? `${stage.id}-final` : 'final';
  const path = `artifacts/${name}`;
  const text = await host.readText(`${host.path(job.folder)}/${path}/manifest.json`);
  if (text === null)
    return { artifact: announced.findLast((artifact) => artifact.name !== name) ?? null, withdrawn: name };
  const manifestSha256 = createHash('sha256').update(text).digest('hex');
  const isAnnounced = announced.some((each) => each.name === name && each.manifestSha256 === manifestSha256);
  const manifest = Published.safeParse(parseOrNull(text));
  if (isAnnounced || !manifest.success) return { artifact: announced.at(-1) ?? null, withdrawn: null };
  const { kind } = manifest.data;
  const step = manifest.data.step + (stage?.firstStep ?? 0);
  return { artifact: { name, kind, path, step, manifestSha256, score: null }, withdrawn: null };
}

function parseOrNull(text: string | null): unknown {
  try {
    return JSON.parse(text ?? 'null');
  } catch {
    return null;
  }
}

/** `complaint` is the end of stderr.log, for ends that the log does not explain. */
function decideEnding(exit: ExitRecord, words: LastWords, complaint: string): Ending {
  const failed = (failureClass: string, message: string): Ending => ({
    to: 'FAILED',
    reason: message,
    failure: { class: failureClass, message },
  });
  if (exit.reason === 'not-started')
    return failed(
      'not-started',
      `The trainer could not be started: ${exit.message ?? 'the host did not say why'}.`,
    );
  if (words.failure && exit.code !== 0) return failed(words.failure.class, words.failure.message);
  if (words.done && (exit.code === 0 || exit.code === null)) return finished(words.done, words);
  if (exit.reason === 'stopped')
    return { to: 'STOPPED', reason: cutShort('It was stopped', exit, words.artifact), failure: null };
  if (exit.reason === 'deadline')
    return { to: 'EXPIRED', reason: cutShort('Its deadline came', exit, words.artifact), failure: null };
  const said = complaint === '' ? 'stderr.log is empty.' : `The end of stderr.log: ${complaint}`;
  if (exit.reason === 'unknown')
    return {
      to: 'LOST',
      reason: nobodyKnows,
      failure: { class: 'lost', message: nobodyKnows },
    };
  if (exit.signal !== null) {
    const likely = exit.signal === 'SIGKILL' ? ', as the system does when memory runs out' : '';
    // Who is killed says nothing of it: what stands at the end of its log is of something else.
    const explained = exit.signal === 'SIGKILL' ? '' : ` ${said}`;
    return failed('killed', `The trainer was ended by ${exit.signal}${likely}.${explained}`);
  }
  if (exit.code === 2) return failed('spec', `The trainer refused the job before it had begun. ${said}`);
  if (exit.code === 0)
    return failed('incomplete', `The trainer ended without saying that it was done. ${said}`);
  return failed('crashed', `The trainer ended with exit code ${exit.code}. ${said}`);
}

/** Of a run that was asked to end, and is gone without its last word: whoever is killed then exports nothing more. */
function cutShort(asked: string, exit: ExitRecord, artifact: Artifact | null): string {
  const killed = exit.signal === 'SIGKILL';
  if (artifact === null && !killed) return `${asked} before it had an adapter to export.`;
  const how = killed
    ? ', and it was killed (SIGKILL) before it had ended in good order: that took too long, or memory ran out.'
    : ' and it ended without saying that it was done.';
  if (artifact === null) return `${asked}${how} It had published nothing.`;
  return `${asked}${how} What it had published last is "${artifact.name}".`;
}

const nobodyKnows =
  'The trainer is gone and so is the shim that would know how it ended: the machine was restarted, or both were killed.';

/** With what the trainer adds to it: what was kept, say, or which checkpoint of a program is the best. */
function finished(done: z.infer<typeof Done>, { moment, artifact }: LastWords): Ending {
  // A program's `done` counts planned steps, those too that a stage which ended early has left undone.
  const when = whenInWords(moment.stage === null ? { ...moment, step: done.step } : moment);
  const withWords = (reason: string) => `${reason} ${done.message}`.trim();
  if (done.reason === 'stopped')
    return { to: 'STOPPED', reason: withWords(`Stopped as asked ${when}.`), failure: null };
  if (done.reason === 'deadline')
    return { to: 'EXPIRED', reason: withWords(`Its deadline came ${when}.`), failure: null };
  if (done.reason !== 'completed')
    return {
      to: 'STOPPED',
      reason: done.message || `It ended ${when}: ${done.reason}.`,
      failure: null,
    };
  if (artifact === null) {
    const message = 'The trainer said that it was done but published nothing.';
    return { to: 'FAILED', reason: message, failure: { class: 'no-artifact', message } };
  }
  const what = artifact.kind === 'lora-adapter' ? 'the adapter' : `"${artifact.name}"`;
  const all = moment.stage === null ? `All ${done.step} steps` : 'All stages';
  const reason = withWords(`${all} are done and ${what} is home.`);
  return { to: 'DONE', reason, failure: null };
}

/** How many steps there are is not known of a run whose trainer was still counting them. */
function whenInWords(moment: Moment): string {
  // A stage that takes no steps is named alone.
  if (moment.stage !== null)
    return moment.step === 0 && moment.steps > 0
      ? `before the first step of ${moment.stage}`
      : `after ${momentInWords(moment)}`;
  if (moment.step === 0) return 'before its first step';
  return `after ${moment.steps === 0 ? `step ${moment.step}` : momentInWords(moment)}`;
}

/** exit.json of an attempt; null while there is none. */
export async function readExit(host: RunHost, folder: string, attempt: number): Promise<ExitRecord | null> {
  const text = await host.readText(`${folder}/exit.json`);
  const exit = text === null ? null : ExitRecord.parse(JSON.parse(text));
  return exit?.attempt === attempt ? exit : null;
}

/** The last lines of stderr.log, at most 600 characters. */
async function lastComplaint(host: RunHost, folder: string): Promise<string> {
  const path = `${folder}/stderr.log`;
  const size = (await host.read(path, 0, 0))?.size ?? 0;
  const piece = await host.read(path, Math.max(0, size - 4000), 4000);
  return (piece?.bytes.toString('utf8') ?? '').trim().split('\n').slice(-5).join('\n').slice(-600);
}
