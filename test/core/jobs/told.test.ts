// What a run tells beside its curves: exams, plan, stages, gates, checkpoints, from a log as the trainer writes it.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { type Catalog, openCatalog } from '../../../core/catalog/catalog.ts';
import { sql } from '../../../core/catalog/sql.ts';
import { momentInWords } from '../../../core/contract/moment.ts';
import { proportion } from '../../../core/evals/statistics.ts';
import { createLocalHost } from '../../../core/hosts/local.ts';
import { jobArtifacts } from '../../../core/jobs/artifacts.ts';
import { jobMetrics } from '../../../core/jobs/curves.ts';
import type { JobsDeps } from '../../../core/jobs/deps.ts';
import { readEnding } from '../../../core/jobs/ending.ts';
import { ingest } from '../../../core/jobs/ingest.ts';
import { jobOf } from '../../../core/jobs/queries.ts';
import { jobRecord } from '../../../core/jobs/records.ts';
import { jobEvals, jobMilestones } from '../../../core/jobs/told.ts';
import { insertJob, RunLog } from '../../fixtures/run-log.ts';
import { tempFolder } from '../../fixtures/temp-folder.ts';

let catalog: Catalog;
let folder: string;
const id = 'job-1';
const milestones = (final = false) => jobMilestones(catalog, id, final);
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
  expect(jobEvals(catalog, id, proportion)).toMatchObject([
    { step: 0, of: 'base', ...exam, domains, correct: 0.25 },
    { step: 20, of: 'step-20', ...exam, domains, correct: 0.75 },
  ]);
});

/** A recorded run, or one that goes on, asks its host nothing. */
const shown = () => jobOf({ catalog } as JobsDeps, jobRecord(catalog, id));

it('says what has ended a run by itself, and of one that a person stopped, nothing', async () => {
  const ended = async () => (await shown()).endedBy;
  const log = new RunLog(id);
  await take([log.start(), log.event('done', { step: 4, reason: 'stop-rule', message: '' })].join(''));
  expect(await ended()).toBeNull();
  catalog.run(sql`UPDATE jobs SET state = 'STOPPED', recorded = 1 WHERE id = ${id}`);
  expect(await ended()).toBe('stop-rule');
  catalog.run(
    sql`UPDATE job_events SET body = json_set(body, '$.reason', 'stopped') WHERE job = ${id} AND kind = 'done'`,
  );
  expect(await ended()).toBeNull();
});

it('names the adapter that a run works on as the lab does', async () => {
  const upon = async () => (await shown()).uponAdapterId;
  expect(await upon()).toBeNull();
  const adapters = JSON.stringify(['a', 'b'].map((hash) => ({ manifestSha256: hash.repeat(64) })));
  catalog.run(
    sql`UPDATE jobs SET spec = json_object('base', json_object('adapters', json(${adapters}))) WHERE id = ${id}`,
  );
  expect(await upon()).toBe('adapter-bbbbbbbbbbbb');
});

it('keeps the last telling of each gate and checkpoint of a run that was resumed', async () => {
  const log = new RunLog(id);
  const gate = { metric: 'correct', set: 'held-out', value: 0.5, bound: 0.25, passed: true };
  await take(
    [
      log.start(),
      log.event('gate', { stage: 'grpo', ...gate }),
      ...[5, 10].map((step) => log.event('checkpoint', { step, path: `checkpoints/${step}` })),
      log.start(2),
      log.event('gate', { stage: 'grpo', ...gate, value: 0.75 }),
      ...[10, 15].map((step) => log.event('checkpoint', { step, path: `checkpoints/${step}` })),
    ].join(''),
  );
  const { gates, checkpoints } = milestones();
  expect(gates.map(({ stage, value }) => [stage, value])).toEqual([['grpo', 0.75]]);
  expect(checkpoints.map(({ moment }) => moment.step)).toEqual([5, 10, 15]);
});

it('leaves out what a process told of steps that a later one went back before', async () => {
  const log = new RunLog(id);
  const examAt = (step: number) => log.event('eval', { step, of: `step-${step}`, ...exam, domains });
  const kept = (step: number) => log.event('checkpoint', { step, path: `checkpoints/${step}` });
  const step = (step: number) => log.event('metrics', { step, values: { 'policy/loss': 1 } });
  await take(
    [
      ...[log.start(), examAt(0), ...[1, 2, 3].map(step), examAt(2), kept(2), examAt(3), kept(3)],
      // Goes on after step 2, whose exam and checkpoint are those of before.
      ...[log.start(2), step(3)],
    ].join(''),
  );
  const steps = () => [
    jobEvals(catalog, id, proportion).map((each) => each.step),
    milestones().checkpoints.map(({ moment }) => moment.step),
  ];
  expect(steps()).toEqual([[0, 2], [2]]);
  // Starts over, and has told of no step yet; then of its first one.
  const text = readFileSync(join(folder, 'events.jsonl'), 'utf8') + log.start(3) + examAt(0);
  await take(text);
  expect(steps()).toEqual([[0, 2], [2]]);
  await take(text + step(1));
  expect(steps()).toEqual([[0], []]);
});

it('names exams by the stage’s own step, with an interval over those questions that can be checked', async () => {
  const log = new RunLog(id);
  const stage = (id: string, firstStep: number, steps: number, state: string) =>
    log.event('stage', { id, stageKind: 'sft', from: 'base', firstStep, steps, state });
  const mixed = { ...domains, creative: { n: 4, mean: 1, correct: null, format: 0.5 } };
  await take(
    [
      log.start(),
      stage('plain', 0, 80, 'begun'),
      log.event('eval', { step: 80, of: 'step-80', ...exam, n: 12, domains: mixed }),
      stage('plain', 0, 80, 'done'),
      stage('guarded', 80, 130, 'begun'),
      log.event('eval', { step: 80, of: 'base', ...exam, domains }),
      log.event('eval', { step: 145, of: 'step-65', ...exam, correct: 0.3, domains }),
    ].join(''),
  );
  const [last, opening, later] = jobEvals(catalog, id, proportion).sort((a, b) => a.step - b.step);
  expect([last, opening, later].map((each) => each && momentInWords(each.moment)).sort()).toEqual([
    'guarded · step 0 of 130',
    'guarded · step 65 of 130',
    'plain · step 80 of 80',
  ]);
  const plain = [last, opening].find((each) => each?.moment.stage === 'plain');
  expect(plain?.right).toEqual(proportion(4, 8));
  expect(plain?.domains.math?.right).toEqual(proportion(4, 8));
  expect(plain?.domains.creative?.right).toBeNull();
  // 0.3 is no share of eight: it is not known of how many it is.
  expect(later?.right).toBeNull();
});

it('takes a share for one of those answers that could be checked, where the log says of how many', async () => {
  const log = new RunLog(id);
  // Half of a domain has no right answer: 40 of 50 are right, not 80 of 100.
  const half = { n: 100, checked: 50, mean: 1, correct: 0.8, format: null };
  const none = { ...half, checked: 0, correct: null };
  await take(
    [
      log.start(),
      log.event('eval', { ...exam, step: 1, of: 'step-1', ...half, domains: { writing: none, math: half } }),
    ].join(''),
  );
  const [told] = jobEvals(catalog, id, proportion);
  expect(told).toMatchObject({ n: 100, checked: 50, right: proportion(40, 50) });
  expect(told?.domains.math?.right).toEqual(proportion(40, 50));
  expect(told?.domains.writing?.right).toBeNull();
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
  const { stages, gates, checkpoints, ...rest } = milestones();
  const moment = { stage: 'grpo', steps: 40 };
  expect(rest).toEqual({
    plan,
    estimates: [
      { moment: { ...moment, step: 3 }, secondsPerStep: 2, secondsLeft: 114, at: 1_800_000_000_400 },
    ],
  });
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
    { stage: 'grpo', value: 0.5, bound: 0.25, margin: 0, passed: true, at: 1_800_000_000_900 },
  ]);
  expect(checkpoints).toEqual([{ moment: { ...moment, step: 10 }, at: 1_800_000_000_500 }]);
  expect(jobRecord(catalog, id).total_steps).toBe(60);
});

it('names what answered an exam as the program does, also where a stage only examines', async () => {
  const log = new RunLog(id);
  let first = 0;
  const stage = (name: string, kind: string, from: string, steps: number, ...told: (() => string)[]) => {
    const about = { id: name, stageKind: kind, from, firstStep: first, steps };
    const lines = [log.event('stage', { ...about, state: 'begun' }), ...told.map((each) => each())];
    first += steps;
    return [...lines, log.event('stage', { ...about, state: 'done' })].join('');
  };
  const asked = (step: number, of: string) => () =>
    log.event('eval', { ...exam, step: first + step, of, domains });
  const out = (name: string, step: number, artifact?: string) => () =>
    log.event('artifact.ready', {
      ...{ name, path: `artifacts/${name}`, step: first + step, manifestSha256: name },
      ...(artifact ? { artifact } : {}),
    });
  await take(
    [
      log.start(),
      stage(
        'grpo',
        'grpo',
        'base',
        4,
        asked(0, 'base'),
        asked(2, 'step-2'),
        out('grpo-step-2', 2),
        asked(4, 'step-4'),
        out('grpo-final', 4),
      ),
      stage('unseen', 'evaluate', 'base', 1, asked(1, 'base')),
      stage('each', 'evaluate', 'grpo', 2, asked(1, 'base'), asked(2, 'grpo-final')),
      stage('kept', 'rejection', 'grpo', 2, out('kept-traces', 2, 'traces')),
      stage('more', 'sft', 'kept', 3, asked(0, 'base'), asked(3, 'step-3'), out('more-final', 3)),
      stage('merge', 'merge', 'more', 0, out('merge-merged', 0, 'merged-model')),
      stage('exam', 'evaluate', 'merge', 1, asked(1, 'base')),
      stage('last', 'sft', 'exam', 3, asked(0, 'base'), asked(2, 'step-2'), out('last-final', 3)),
      stage('all', 'evaluate', 'last', 2, asked(1, 'base'), asked(2, 'last-final')),
    ].join(''),
  );
  const named = (of: string) =>
    jobEvals(catalog, id, proportion).flatMap((each) => (each.moment.stage === of ? [each.of] : []));
  expect(named('grpo')).toEqual(['base', 'grpo-step-2', 'grpo-final']);
  expect(named('unseen')).toEqual(['base']);
  expect(named('each')).toEqual(['base', 'grpo-final']);
  expect(named('more')).toEqual(['grpo-final', 'more-final']);
  expect(named('exam')).toEqual(['merge-merged']);
  expect(named('last')).toEqual(['merge-merged', 'step-2']);
  expect(named('all')).toEqual(['merge-merged', 'last-final']);
});

describe('a program', () => {
  const stage = (seq: RunLog, id: string, kind: string, firstStep: number, steps: number, state: string) =>
    seq.event('stage', { id, stageKind: kind, from: 'base', firstStep, steps, state });
  const metrics = (log: RunLog, step: number, values: Record<string, number>) =>
    log.event('metrics', { step, values });
  const artifact = (log: RunLog, name: string, step: number) =>
    log.event('artifact.ready', { name, path: `artifacts/${name}`, step, manifestSha256: name });
  /** Two steps of GRPO, a merge, two steps of SFT with an exam before the first; the third stage stands in the spec only. */
  const program = async () => {
    const spec = {
      stages: [
        { id: 'grpo', kind: 'grpo', from: 'base', training: { steps: 2 } },
        { id: 'merge', kind: 'merge', from: 'grpo' },
        { id: 'sft', kind: 'sft', from: 'merge', training: { steps: 2 } },
        { id: 'last', kind: 'dpo', from: 'sft', training: { steps: 9 } },
      ],
    };
    catalog.run(sql`UPDATE jobs SET spec = ${JSON.stringify(spec)} WHERE id = ${id}`);
    const log = new RunLog(id);
    await take(
      [
        log.start(),
        stage(log, 'grpo', 'grpo', 0, 2, 'begun'),
        metrics(log, 1, { 'policy/kl': 0.1, 'policy/loss': 1 }),
        metrics(log, 2, { 'policy/kl': 0.2, 'policy/loss': 2 }),
        artifact(log, 'grpo-final', 2),
        stage(log, 'grpo', 'grpo', 0, 2, 'done'),
        stage(log, 'merge', 'merge', 2, 0, 'begun'),
        artifact(log, 'merge-merged', 2),
        stage(log, 'merge', 'merge', 2, 0, 'done'),
        stage(log, 'sft', 'sft', 2, 2, 'begun'),
        metrics(log, 2, { 'guard/retention_mean': 4, 'policy/kl': 9 }),
        metrics(log, 3, { 'policy/loss': 3 }),
        artifact(log, 'sft-step-1', 3),
        metrics(log, 4, { 'policy/loss': 4, 'guard/retention_mean': 5 }),
      ].join(''),
    );
  };

  it('has made the steps that it made, also where a rule has it go back to an earlier adapter', async () => {
    const log = new RunLog(id);
    const begun = [log.start(), stage(log, 'sft', 'sft', 0, 4, 'begun')];
    for (const step of [1, 2, 3]) begun.push(metrics(log, step, { 'policy/loss': 1 }));
    await take([...begun, metrics(log, 2, { 'heldout/reward_mean': 2 })].join(''));
    expect(await shown()).toMatchObject({ made: 3, moment: { stage: 'sft', step: 3, steps: 4 } });
  });

  it.each([
    ['deadline', 'Its deadline came after two · step 2 of 4.'],
    ['completed', 'All stages are done and the adapter is home.'],
  ])('has ended (%s) in a moment of a stage, whatever the trainer counts of all', async (reason, words) => {
    const log = new RunLog(id);
    await take(
      [
        ...[log.start(), stage(log, 'one', 'sft', 0, 8, 'begun'), metrics(log, 1, { 'policy/loss': 1 })],
        ...[artifact(log, 'one-final', 1), stage(log, 'one', 'sft', 0, 8, 'done')],
        ...[stage(log, 'two', 'sft', 8, 4, 'begun'), metrics(log, 10, { 'policy/loss': 1 })],
        log.event('done', { step: 10, reason }),
      ].join(''),
    );
    const { ending } = await readEnding(catalog, createLocalHost(folder), jobRecord(catalog, id));
    expect(ending.reason).toBe(words);
  });

  it.each([
    ['one', 30, 0, 'before the first step of one'],
    ['one', 30, 2, 'after one · step 2 of 30'],
    ['merge', 0, 0, 'after merge'],
  ])('was stopped in its stage %s (of %i steps, %i made) %s', async (name, steps, made, words) => {
    const log = new RunLog(id);
    const begun = [log.start(), stage(log, name, name === 'merge' ? 'merge' : 'sft', 0, steps, 'begun')];
    if (made > 0) begun.push(metrics(log, made, { 'policy/loss': 1 }));
    await take([...begun, log.event('done', { step: made, reason: 'stopped' })].join(''));
    const { ending } = await readEnding(catalog, createLocalHost(folder), jobRecord(catalog, id));
    expect(ending.reason).toBe(`Stopped as asked ${words}.`);
  });

  it.each([
    [0, 0, 'before its first step'],
    [60, 0, 'before its first step'],
    [0, 3, 'after step 3'], // nobody has told of how many
    [60, 3, 'after step 3 of 60'],
  ])('was stopped (of %i steps, %i made) %s', async (steps, made, words) => {
    catalog.run(sql`UPDATE jobs SET kind = 'program', total_steps = ${steps} WHERE id = ${id}`);
    const log = new RunLog(id);
    await take([log.start(), log.event('done', { step: made, reason: 'stopped' })].join(''));
    const { ending } = await readEnding(catalog, createLocalHost(folder), jobRecord(catalog, id));
    expect(ending).toMatchObject({ to: 'STOPPED', reason: `Stopped as asked ${words}.` });
  });

  it('names the stages that have not begun; they still come where the run can be resumed, else never', async () => {
    await program();
    const states = (final = false) =>
      milestones(final).stages.map((each) => [each.id, each.state, each.reached, each.steps]);
    expect(states()).toEqual([
      ['grpo', 'done', 2, 2],
      ['merge', 'done', 0, 0],
      ['sft', 'begun', 2, 2],
      ['last', 'waiting', null, 9],
    ]);
    catalog.run(sql`UPDATE jobs SET state = 'LOST', ended_at = ${7} WHERE id = ${id}`);
    expect(states().slice(2)).toEqual([
      ['sft', 'cut', 2, 2],
      ['last', 'waiting', null, 9],
    ]);
    expect(states(true).slice(2)).toEqual([
      ['sft', 'cut', 2, 2],
      ['last', 'skipped', null, 9],
    ]);
    expect(milestones().stages[2]?.endedAt).toBe(7);
  });

  it('has its curves whole, or of one stage by that stage’s steps, with what it examined before its first', async () => {
    await program();
    expect(jobMetrics(catalog, { id, names: ['policy/loss'] })).toEqual([
      { name: 'policy/loss', steps: [1, 2, 3, 4], values: [1, 2, 3, 4], starts: [2], openings: [] },
    ]);
    expect(jobMetrics(catalog, { id, stage: 'sft' })).toEqual([
      { name: 'guard/retention_mean', steps: [0, 2], values: [4, 5], starts: [], openings: [] },
      { name: 'policy/kl', steps: [0], values: [9], starts: [], openings: [] },
      { name: 'policy/loss', steps: [1, 2], values: [3, 4], starts: [], openings: [] },
    ]);
    expect(jobMetrics(catalog, { id, stage: 'grpo' })).toEqual([
      { name: 'policy/kl', steps: [1, 2], values: [0.1, 0.2], starts: [], openings: [] },
      { name: 'policy/loss', steps: [1, 2], values: [1, 2], starts: [], openings: [] },
    ]);
    expect(jobMetrics(catalog, { id, stage: 'merge' })).toEqual([]);
    expect(() => jobMetrics(catalog, { id, stage: 'last' })).toThrow(/no stage "last".*grpo, merge, sft/);
  });

  it('tells how far each stage came, whatever the next one counts from', async () => {
    const stages = [
      { id: 'first', kind: 'sft', from: 'base', training: { steps: 130 } },
      { id: 'second', kind: 'sft', from: 'first', training: { steps: 5 } },
      { id: 'weights', kind: 'merge', from: 'second' },
      { id: 'again', kind: 'rejection', from: 'weights' },
    ];
    catalog.run(sql`UPDATE jobs SET spec = ${JSON.stringify({ stages })} WHERE id = ${id}`);
    const log = new RunLog(id);
    await take(
      [
        log.start(),
        stage(log, 'first', 'sft', 0, 130, 'begun'),
        metrics(log, 0, { 'guard/retention_mean': 1 }),
        metrics(log, 39, { 'policy/loss': 1 }),
        metrics(log, 40, { 'policy/loss': 1 }),
        stage(log, 'first', 'sft', 0, 130, 'done'),
        stage(log, 'second', 'sft', 130, 5, 'begun'),
        metrics(log, 130, { 'guard/retention_mean': 2 }),
      ].join(''),
    );
    const { stages: told } = milestones();
    expect(told.map((each) => [each.id, each.reached, each.steps])).toEqual([
      ['first', 40, 130],
      ['second', 0, 5],
      ['weights', null, 0],
      ['again', null, null],
    ]);
    // What the run says of itself is counted the same way, whatever its own count has passed over.
    expect(await shown()).toMatchObject({ made: 40, moment: { stage: 'second', step: 0, steps: 5 } });
    const before = readFileSync(join(folder, 'events.jsonl'), 'utf8');
    await take(before + metrics(log, 133, { 'policy/loss': 1 }));
    expect(await shown()).toMatchObject({
      step: 133,
      made: 43,
      moment: { stage: 'second', step: 3, steps: 5 },
    });
    // A run without stages has one count.
    insertJob(catalog, 'alone');
    catalog.run(sql`UPDATE jobs SET step = 14, total_steps = 20 WHERE id = 'alone'`);
    expect(await jobOf({ catalog } as JobsDeps, jobRecord(catalog, 'alone'))).toMatchObject({
      ...{ step: 14, made: 14, moment: { stage: null, step: 14, steps: 20 } },
    });
  });

  it('that was cut says after which step of which stage it goes on', async () => {
    catalog.run(sql`UPDATE jobs SET folder = 'job', state = 'LOST', failure_class = 'lost' WHERE id = ${id}`);
    const host = createLocalHost(join(folder, '..'));
    const next = async (...more: string[]) => {
      await take(readFileSync(join(folder, 'events.jsonl'), 'utf8') + more.join(''));
      return (await jobOf({ catalog, hosts: { host: () => host } } as never, jobRecord(catalog, id))).next;
    };
    const kept = (step: number) => log.event('checkpoint', { step, path: `checkpoints/${step}` });
    const log = new RunLog(id);
    writeFileSync(join(folder, 'events.jsonl'), log.start());
    expect(await next(stage(log, 'grpo', 'grpo', 0, 60, 'begun'), kept(20))).toBe(
      'It can be resumed, and goes on after grpo · step 20 of 60.',
    );
    // It ended early, and the run counts on from its planned end.
    expect(await next(stage(log, 'grpo', 'grpo', 0, 60, 'done'))).toContain('after the stage grpo.');
    expect(await next(stage(log, 'merge', 'merge', 60, 0, 'begun'))).toContain('after the stage grpo.');
    const merged = stage(log, 'merge', 'merge', 60, 0, 'done');
    expect(await next(merged, stage(log, 'sft', 'sft', 60, 80, 'begun'))).toContain('after the stage merge.');
    expect(await next(kept(65))).toContain('after sft · step 5 of 80.');
  });

  it('keeps on the whole curve what two stages told of one step of the run', async () => {
    const log = new RunLog(id);
    await take(
      [
        log.start(),
        stage(log, 'first', 'sft', 0, 2, 'begun'),
        metrics(log, 0, { 'heldout/loss': 9 }),
        metrics(log, 2, { 'heldout/loss': 7 }),
        stage(log, 'first', 'sft', 0, 2, 'done'),
        stage(log, 'second', 'sft', 2, 2, 'begun'),
        metrics(log, 2, { 'heldout/loss': 8, 'guard/retention_mean': 5 }),
        metrics(log, 4, { 'heldout/loss': 6, 'guard/retention_mean': 4 }),
      ].join(''),
    );
    expect(jobMetrics(catalog, { id })).toEqual([
      { name: 'guard/retention_mean', steps: [2, 4], values: [5, 4], starts: [], openings: [0] },
      { name: 'heldout/loss', steps: [0, 2, 2, 4], values: [9, 7, 8, 6], starts: [2], openings: [0, 2] },
    ]);
  });

  it('keeps what a stage told of its last step where that ends with an exam of an earlier adapter', async () => {
    const log = new RunLog(id);
    await take(
      [
        log.start(),
        stage(log, 'first', 'sft', 0, 3, 'begun'),
        metrics(log, 0, { 'heldout/loss': 9, 'guard/retention_mean': 5 }),
        metrics(log, 1, { 'policy/loss': 3 }),
        metrics(log, 1, { 'heldout/loss': 7 }),
        metrics(log, 3, { 'policy/loss': 1 }),
        metrics(log, 3, { 'heldout/loss': 8 }),
        metrics(log, 3, { 'guard/retention_mean': 2 }),
        metrics(log, 1, { 'guard/retention_mean': 4 }), // a rule has it go back
        stage(log, 'first', 'sft', 0, 3, 'stopped'),
        stage(log, 'second', 'sft', 3, 2, 'begun'),
        metrics(log, 3, { 'heldout/loss': 6 }),
        metrics(log, 4, { 'policy/loss': 0 }),
      ].join(''),
    );
    const curves = (of: string) =>
      jobMetrics(catalog, { id, stage: of }).map(({ name, steps, values }) => [name, steps, values]);
    expect(curves('first')).toEqual([
      ['guard/retention_mean', [0, 1, 3], [5, 4, 2]],
      ['heldout/loss', [0, 1, 3], [9, 7, 8]],
      ['policy/loss', [1, 3], [3, 1]],
    ]);
    expect(curves('second')).toEqual([
      ['heldout/loss', [0], [6]],
      ['policy/loss', [1], [0]],
    ]);
  });

  it('has no last step of a stage that a later attempt went back before and did not make', async () => {
    const log = new RunLog(id);
    await take(
      [
        log.start(),
        stage(log, 'first', 'sft', 0, 3, 'begun'),
        ...[1, 2, 3].map((step) => metrics(log, step, { 'policy/loss': step, 'heldout/loss': step })),
        log.start(2),
        stage(log, 'first', 'sft', 0, 3, 'begun'),
        metrics(log, 2, { 'policy/loss': 20 }),
        stage(log, 'first', 'sft', 0, 3, 'stopped'),
        stage(log, 'second', 'sft', 3, 2, 'begun'),
        metrics(log, 3, { 'heldout/loss': 6 }),
      ].join(''),
    );
    expect(jobMetrics(catalog, { id, stage: 'first' })).toMatchObject([
      { name: 'heldout/loss', steps: [1], values: [1] },
      { name: 'policy/loss', steps: [1, 2], values: [1, 20] },
    ]);
  });

  it('says where what it publishes lies, where its host can be reached', async () => {
    await program();
    const host = createLocalHost('/host');
    const [first] = jobArtifacts(catalog, host, id);
    expect(first?.path).toBe(host.path(jobRecord(catalog, id).folder, `artifacts/${first?.name}`));
    expect(jobArtifacts(catalog, undefined, id)[0]?.path).toBeNull();
  });

  it('names what it publishes by stage and the stage’s own step', async () => {
    await program();
    expect(
      jobArtifacts(catalog, undefined, id).map((each) => [each.step, momentInWords(each.moment)]),
    ).toEqual([
      [2, 'grpo · step 2 of 2'],
      [2, 'merge'],
      [3, 'sft · step 1 of 2'],
    ]);
  });
});
