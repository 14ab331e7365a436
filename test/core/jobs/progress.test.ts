// How long a run takes yet: by the pace of its steps in this attempt, and of a program in the stage that is at work.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, it } from 'vitest';
import { type Catalog, openCatalog } from '../../../core/catalog/catalog.ts';
import { sql } from '../../../core/catalog/sql.ts';
import { createLocalHost } from '../../../core/hosts/local.ts';
import { ingest } from '../../../core/jobs/ingest.ts';
import { progressOf } from '../../../core/jobs/progress.ts';
import { jobRecord } from '../../../core/jobs/records.ts';
import { insertJob, RunLog } from '../../fixtures/run-log.ts';
import { tempFolder } from '../../fixtures/temp-folder.ts';

const id = 'job-1';
const began = 1_800_000_000_000;
let catalog: Catalog;
let folder: string;
let log: RunLog;
let events: string;

beforeEach(() => {
  folder = join(tempFolder(), 'job');
  mkdirSync(folder, { recursive: true });
  catalog = openCatalog(join(folder, '../catalog.db'));
  insertJob(catalog, id);
  log = new RunLog(id);
  events = log.start();
});

/** What is left in seconds, when the log goes on with these lines. */
async function left(...lines: string[]): Promise<number | null> {
  events += lines.join('');
  writeFileSync(join(folder, 'events.jsonl'), events);
  const now = () => Number.MAX_SAFE_INTEGER;
  await ingest({ catalog, host: createLocalHost(folder), now }, { id, folder }, { final: true });
  const { leftMs } = progressOf(catalog, jobRecord(catalog, id));
  return leftMs === null ? null : leftMs / 1000;
}

const at = (seconds: number) => ({ wall: began + 1000 * seconds });
const step = (step: number, seconds: number) =>
  log.event('metrics', { step, values: { 'policy/loss': 1, 'perf/step_s': 1 }, ...at(seconds) });
const exam = (step: number, seconds: number) =>
  log.event('metrics', { step, values: { 'heldout/reward_mean': 1 }, ...at(seconds) });
const beat = (step: number, seconds: number, totalSteps = 10) =>
  log.event('heartbeat', { step, totalSteps, ...at(seconds) });
const stage = (stageId: string, firstStep: number, steps: number, state: string, seconds: number) =>
  log.event('stage', {
    id: stageId,
    stageKind: 'sft',
    from: 'base',
    firstStep,
    steps,
    state,
    ...at(seconds),
  });

it('counts the exams between steps, and what has passed since the last step up to one step', async () => {
  // The first step compiles for a minute; what was examined before it is no step.
  expect(await left(beat(0, 0), exam(0, 5), step(1, 60))).toBeNull();
  expect(await left(step(2, 70), exam(2, 90), step(3, 100))).toBe(20 * 7);
  expect(await left(beat(3, 105))).toBe(20 * 7 - 5);
  // A step that takes long makes the others no longer, and what is left no shorter than what follows it.
  expect(await left(beat(3, 300))).toBe(20 * 6);
  expect(await left(step(4, 360))).toBe(100 * 6);
});

it('is that of the stage at work, by this stage’s own pace', async () => {
  expect(await left(beat(0, 0, 30), stage('slow', 0, 20, 'begun', 0), step(1, 60))).toBeNull();
  expect(await left(step(2, 160))).toBe(100 * 18);
  // It ends early: the steps that it left undone are nobody's, and its pace is not the next one's.
  expect(await left(stage('slow', 0, 20, 'done', 170))).toBeNull();
  expect(await left(stage('fast', 20, 10, 'begun', 170))).toBeNull();
  expect(await left(exam(20, 180), step(21, 200))).toBeNull();
  expect(await left(step(22, 201))).toBe(8);
  expect(progressOf(catalog, jobRecord(catalog, id)).moment).toEqual({ stage: 'fast', step: 2, steps: 10 });
});

it('is not known while a run does not run, and is measured anew when it goes on', async () => {
  expect(await left(beat(0, 0), step(1, 60), step(2, 70))).toBe(80);
  catalog.run(sql`UPDATE jobs SET state = 'LOST', ended_at = 1 WHERE id = ${id}`);
  expect(await left()).toBeNull();
  catalog.run(
    sql`UPDATE jobs SET state = 'RUNNING', attempt_seq = next_seq, ended_at = NULL WHERE id = ${id}`,
  );
  expect(await left()).toBeNull();
  // Answers that were kept are told again at once: that is no step, and the next one compiles.
  const again = log.event('metrics', { step: 2, values: { 'completion/length_mean': 1 }, ...at(4900) });
  expect(await left(log.start(2), again, step(3, 5000))).toBeNull();
  expect(await left(step(4, 5030))).toBe(30 * 6);
});

it('is measured anew in the midst of a stage too', async () => {
  expect(await left(beat(0, 0, 30), stage('one', 0, 20, 'begun', 0), step(1, 60), step(2, 70))).toBe(180);
  catalog.run(sql`UPDATE jobs SET attempt_seq = next_seq WHERE id = ${id}`);
  expect(await left(log.start(2), stage('one', 0, 20, 'begun', 4990), step(3, 5000))).toBeNull();
  expect(await left(step(4, 5002))).toBe(32);
});
