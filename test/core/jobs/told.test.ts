// What a run tells beside its curves: exams, plan, stages, gates, checkpoints, from a log as the trainer writes it.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, it } from 'vitest';
import { type Catalog, openCatalog } from '../../../core/catalog/catalog.ts';
import { createLocalHost } from '../../../core/hosts/local.ts';
import { ingest } from '../../../core/jobs/ingest.ts';
import { jobRecord } from '../../../core/jobs/records.ts';
import { jobEvals, jobMilestones } from '../../../core/jobs/told.ts';
import { insertJob, RunLog } from '../../fixtures/run-log.ts';
import { tempFolder } from '../../fixtures/temp-folder.ts';

let catalog: Catalog;
let folder: string;
const id = 'job-1';
const take = async (events: string) => {
  writeFileSync(join(folder, 'events.jsonl'), events);
  await ingest({ catalog, host: createLocalHost(folder), now: Date.now }, { id, folder }, { final: true });
};
beforeEach(() => {
  folder = join(tempFolder(), 'job');
  mkdirSync(folder, { recursive: true });
  catalog = openCatalog(join(folder, '../catalog.db'));
  insertJob(catalog, id);
});

const exam = {
  set: 'held-out',
  n: 8,
  mean: 1.5,
  correct: 0.5,
  format: null,
  truncated: 0,
  distinct: 1,
  copied: null,
};
const domains = { math: { n: 8, mean: 1.5, correct: 0.5, format: null } };

it('keeps the last telling of each exam, by step', async () => {
  const log = new RunLog(id);
  await take(
    [
      log.start(),
      log.event('eval', { step: 20, of: 'step-20', ...exam, domains }),
      log.event('eval', { step: 0, of: 'base', ...exam, domains, correct: 0.25 }),
      log.start(2),
      log.event('eval', { step: 20, of: 'step-20', ...exam, domains, correct: 0.75 }),
      log.event('eval', { step: 30, of: 'step-30', n: 'many' }),
    ].join(''),
  );
  expect(jobEvals(catalog, id)).toEqual([
    { step: 0, of: 'base', ...exam, domains, correct: 0.25 },
    { step: 20, of: 'step-20', ...exam, domains, correct: 0.75 },
  ]);
});

it('tells of plan, stages, gates and checkpoints, and counts the steps of a program as the trainer does', async () => {
  const log = new RunLog(id);
  const stage = { id: 'grpo', stageKind: 'grpo', from: 'base', firstStep: 0, steps: 40 };
  const next = { id: 'sft', stageKind: 'sft', from: 'grpo', firstStep: 40, steps: 20 };
  const plan = {
    text: 'stage grpo',
    parameters: 9,
    trainable: 3,
    memoryBytes: 4e9,
    steps: 60,
    tokensPerStep: 1024,
  };
  const gate = {
    stage: 'grpo',
    metric: 'correct',
    set: 'held-out',
    value: 0.5,
    bound: 0.25,
    margin: 0,
    passed: true,
  };
  await take(
    [
      log.start(),
      log.event('plan', plan),
      log.event('stage', { ...stage, state: 'begun' }),
      log.event('heartbeat', { step: 3, totalSteps: 60 }),
      log.event('estimate', { step: 3, secondsPerStep: 2, secondsLeft: 114 }),
      log.event('checkpoint', { step: 10, path: 'stages/grpo/checkpoints/10' }),
      log.start(2),
      log.event('stage', { ...stage, state: 'begun' }),
      log.event('stage', { ...stage, state: 'done', reason: 'completed' }),
      log.event('gate', gate),
      log.event('stage', { ...next, state: 'begun' }),
    ].join(''),
  );
  const { stages, gates, checkpoints, ...rest } = jobMilestones(catalog, id);
  expect(rest).toEqual({ plan, estimate: { step: 3, secondsPerStep: 2, secondsLeft: 114 } });
  expect(stages).toMatchObject([
    {
      id: 'grpo',
      kind: 'grpo',
      state: 'done',
      reason: 'completed',
      startedAt: 1_800_000_000_200,
      endedAt: 1_800_000_000_800,
    },
    { id: 'sft', from: 'grpo', firstStep: 40, state: 'begun', reason: '', endedAt: null },
  ]);
  expect(gates).toMatchObject([
    { stage: 'grpo', value: 0.5, bound: 0.25, passed: true, at: 1_800_000_000_900 },
  ]);
  expect(checkpoints).toEqual([{ step: 10, at: 1_800_000_000_500 }]);
  expect(jobRecord(catalog, id).total_steps).toBe(60);
});
