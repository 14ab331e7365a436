// Taking a log into the catalog: whole, in pieces, damaged, replaced. Kills at any moment are in test/faults.
import { appendFileSync, mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { type Catalog, openCatalog } from '../../../core/catalog/catalog.ts';
import { sql } from '../../../core/catalog/sql.ts';
import { createLocalHost } from '../../../core/hosts/local.ts';
import { ingest } from '../../../core/jobs/ingest.ts';
import { jobRecord } from '../../../core/jobs/records.ts';
import { warningsOf, whatTheCatalogSays } from '../../fixtures/catalog-of-run.ts';
import { whatTheFilesSay } from '../../fixtures/play-lab.ts';
import { encodeEvent, insertJob, type LogPart, RunLog, wholeRun, writeRun } from '../../fixtures/run-log.ts';
import { tempFolder } from '../../fixtures/temp-folder.ts';

const id = 'job-1';
let catalog: Catalog;
let folder: string;
const events = () => join(folder, 'events.jsonl');
const rollouts = () => join(folder, 'rollouts/rollouts.jsonl');
const take = (final = false) =>
  ingest({ catalog, host: createLocalHost(folder), now: Date.now }, { id, folder }, { final });
const codes = () => warningsOf(catalog, id).map((warning) => warning.code);
const offset = () => catalog.column(sql`SELECT events_offset FROM jobs WHERE id = ${id}`)[0];

beforeEach(() => {
  folder = join(tempFolder(), 'job');
  mkdirSync(join(folder, 'rollouts'), { recursive: true });
  catalog = openCatalog(join(folder, '../catalog.db'));
  insertJob(catalog, id);
});

describe('a whole log', () => {
  it('is in the catalog exactly, with the state of the run', async () => {
    writeRun(folder, wholeRun(id, 30));
    const { events: lines, rows } = await take(true);
    expect(lines).toBe(30 * 3 + 3);
    expect(rows).toBe(lines + 30 * 28 + 30 * 16);
    expect(whatTheCatalogSays(catalog, id)).toEqual(whatTheFilesSay(folder));
    expect(jobRecord(catalog, id)).toMatchObject({ step: 30, phase: 'rollouts and updates' });
    expect(codes()).toEqual([]);
    expect(offset()).toBe(readFileSync(events()).length);
  });

  it('is taken once, however often it is looked at', async () => {
    writeRun(folder, wholeRun(id, 5));
    await take();
    expect(await take()).toEqual({ events: 0, rows: 0, stuck: null });
    expect(whatTheCatalogSays(catalog, id)).toEqual(whatTheFilesSay(folder));
  });

  it('goes in in many transactions when it is long', async () => {
    writeRun(folder, wholeRun(id, 800, 4, 20));
    let commits = 0;
    const counting: Catalog = {
      ...catalog,
      transaction: (work) => {
        commits += 1;
        return catalog.transaction(work);
      },
    };
    await ingest(
      { catalog: counting, host: createLocalHost(folder), now: Date.now },
      { id, folder },
      { final: true },
    );
    expect(commits).toBeGreaterThan(5);
    expect(whatTheCatalogSays(catalog, id)).toEqual(whatTheFilesSay(folder));
  });

  it('is not there yet: nothing happens', async () => {
    expect(await take()).toEqual({ events: 0, rows: 0, stuck: null });
  });
});

describe('an exam', () => {
  const exam = (log: RunLog, step: number) =>
    log.event('eval', { step, set: 'held-out', of: `step-${step}` }) +
    log.event('metrics', { step, values: { 'heldout/reward_mean': step, 'perf/eval_s': 1 } });
  it('of a step that an earlier process made leaves its numbers alone', async () => {
    const log = new RunLog(id);
    const begin = log.start();
    const first = log.step(1, 2);
    const second = log.step(2, 2);
    writeRun(folder, {
      events: begin + first.events + second.events,
      rollouts: first.rollouts + second.rollouts,
    });
    await take();
    appendFileSync(events(), log.start(2) + exam(log, 2));
    await take(true);
    expect(catalog.column(sql`SELECT COUNT(*) FROM rollouts WHERE job = ${id}`)).toEqual([32]);
    expect(
      catalog.column(sql`SELECT value FROM metrics WHERE job = ${id} AND name = 'heldout/reward_mean'`),
    ).toEqual([2]);
    expect(jobRecord(catalog, id)).toMatchObject({ step: 2, total_steps: 2 });
  });

  it('before the steps that a process makes again leaves them to it', async () => {
    const log = new RunLog(id);
    const begin = log.start();
    const parts = [1, 2, 3].map((step) => log.step(step, 3));
    const all = parts.map((part) => part.rollouts).join('');
    writeRun(folder, { events: begin + parts.map((part) => part.events).join(''), rollouts: all });
    await take();
    appendFileSync(events(), log.start(2) + exam(log, 1));
    await take();
    const again = log.step(2, 3);
    appendFileSync(rollouts(), again.rollouts);
    appendFileSync(events(), again.events);
    await take(true);
    expect(catalog.column(sql`SELECT DISTINCT step FROM rollouts WHERE job = ${id} ORDER BY step`)).toEqual([
      1, 2,
    ]);
    expect(jobRecord(catalog, id).step).toBe(2);
  });
});

describe('a host that cannot be asked', () => {
  it.each([1, 2, 3])('at read %i: what was taken stays, the rest comes later', async (failing) => {
    writeRun(folder, wholeRun(id, 380, 8, 150));
    const host = createLocalHost(folder);
    let reads = 0;
    const read: typeof host.read = async (...args) => {
      reads += 1;
      if (reads === failing) throw new Error('unreachable');
      return await host.read(...args);
    };
    await expect(
      ingest({ catalog, host: { read }, now: Date.now }, { id, folder }, { final: true }),
    ).rejects.toThrow('unreachable');
    await take(true);
    expect(whatTheCatalogSays(catalog, id)).toEqual(whatTheFilesSay(folder));
    expect(codes()).toEqual([]);
  });
});

describe('a log that grows', () => {
  it('is the same whatever the pieces it comes in', async () => {
    const run = wholeRun(id, 3, 4, 10);
    const bytes = Buffer.from(run.events);
    writeFileSync(rollouts(), run.rollouts);
    for (let at = 0; at < bytes.length; at += 97) {
      appendFileSync(events(), bytes.subarray(at, at + 97));
      await take();
    }
    expect(whatTheCatalogSays(catalog, id)).toEqual(whatTheFilesSay(folder));
    expect(codes()).toEqual([]);
  });

  it('waits for rollouts that a line points at, and goes on when they are there', async () => {
    const run = wholeRun(id, 3, 4, 10);
    const half = Math.floor(run.rollouts.length / 2);
    writeFileSync(events(), run.events);
    writeFileSync(rollouts(), run.rollouts.slice(0, half));
    expect((await take()).stuck?.code).toBe('rollouts-late');
    const before = whatTheCatalogSays(catalog, id);
    expect(before.rollouts).toHaveLength(4);
    expect(before.metrics.every((row) => row.includes(',1,'))).toBe(true);
    writeFileSync(rollouts(), run.rollouts);
    expect((await take()).stuck).toBeNull();
    expect(whatTheCatalogSays(catalog, id)).toEqual(whatTheFilesSay(folder));
    expect(codes()).toEqual([]);
  });

  it('leaves out an unfinished last line when nobody is left to finish it, and says so', async () => {
    const run = wholeRun(id, 2, 4, 10);
    writeRun(folder, run);
    appendFileSync(events(), '{"v":1,"seq":99,"mo');
    await take();
    expect(codes()).toEqual([]);
    await take(true);
    await take(true);
    expect(codes()).toEqual(['line-torn']);
  });

  it('tells once of a torn line that the next process cuts off, and takes all that it writes then', async () => {
    const log = new RunLog(id);
    const [begin, first] = [log.start(), log.step(1, 2)];
    writeRun(folder, { events: begin + first.events, rollouts: first.rollouts });
    const whole = readFileSync(events()).length;
    appendFileSync(events(), '{"v":1,"seq":');
    await take(true);
    truncateSync(events(), whole);
    const [again, second] = [log.start(2), log.step(2, 2)];
    appendFileSync(rollouts(), second.rollouts);
    appendFileSync(events(), again + second.events);
    await take();
    await take(true);
    expect(codes()).toEqual(['line-torn']);
    expect(whatTheCatalogSays(catalog, id)).toEqual(whatTheFilesSay(folder));
  });
});

describe('a damaged log', () => {
  it('leaves the damaged line out, names it, and takes all others', async () => {
    const log = new RunLog(id);
    const first = log.start();
    const lines = [1, 2, 3].map((step) => log.event('heartbeat', { step, totalSteps: 3 }));
    const damaged = lines[1]!.replace('"step":2', '"step":9');
    writeFileSync(events(), first + lines[0] + damaged + lines[2]);
    await take();
    expect(whatTheCatalogSays(catalog, id).seqs).toEqual([0, 1, 3]);
    expect(jobRecord(catalog, id).step).toBe(3);
    expect(warningsOf(catalog, id)).toEqual([
      { code: 'line-damaged', message: expect.stringContaining(`byte ${(first + lines[0]).length}`) },
    ]);
  });

  it('does not take a damaged line for a missing one when it came in an earlier piece', async () => {
    const log = new RunLog(id);
    const [start, lost, next] = [log.start(), log.event('heartbeat', { step: 1 }), log.event('x')];
    writeFileSync(events(), start + lost.replace('"step":1', '"step":9'));
    await take();
    appendFileSync(events(), next);
    await take();
    expect(whatTheCatalogSays(catalog, id).seqs).toEqual([0, 2]);
    expect(codes()).toEqual(['line-damaged']);
  });

  it('says how many lines are missing and takes a repeated number once', async () => {
    const log = new RunLog(id);
    const [start, one, two, three] = [
      log.start(),
      log.event('x'),
      log.event('x'),
      log.event('x', { last: true }),
    ];
    writeFileSync(events(), start + one + three + two);
    await take();
    expect(whatTheCatalogSays(catalog, id).seqs).toEqual([0, 1, 3]);
    expect(codes()).toEqual(['lines-missing', 'line-repeated']);
  });

  it('tells of rubbish without copying it', async () => {
    const log = new RunLog(id);
    writeFileSync(events(), log.start() + 'rubbish\n'.repeat(1000) + log.event('phase', { message: 'on' }));
    await take();
    expect(jobRecord(catalog, id).phase).toBe('on');
    expect(codes().length).toBeLessThan(10);
  });

  it('counts rollouts that are no rollouts', async () => {
    const run = wholeRun(id, 2, 4, 10);
    writeRun(folder, { ...run, rollouts: run.rollouts.replace('"sample":2', '"sample":x') });
    await take();
    expect(whatTheCatalogSays(catalog, id).rollouts).toHaveLength(7);
    expect(warningsOf(catalog, id)).toEqual([
      { code: 'rollouts-damaged', message: expect.stringContaining('Of 4 rollouts') },
    ]);
  });

  it('gives up on rollouts that can never come when the writer is gone', async () => {
    const run = wholeRun(id, 2, 4, 10);
    writeRun(folder, { ...run, rollouts: '' });
    await take(true);
    expect(whatTheCatalogSays(catalog, id)).toMatchObject({ rollouts: [] });
    expect(jobRecord(catalog, id).step).toBe(2);
    expect(codes()).toEqual(['rollouts-damaged', 'rollouts-damaged']);
  });

  it('takes rollouts that come twice as they came last', async () => {
    const [first, second] = [wholeRun(id, 1, 4, 10).rollouts, wholeRun(id, 1, 4, 11).rollouts];
    const log = new RunLog(id);
    const pointer = (offset: number, bytes: number) =>
      log.event('rollouts', { step: 1, file: 'rollouts/rollouts.jsonl', offset, bytes, count: 4 });
    writeRun(folder, {
      rollouts: first + second,
      events:
        log.start() +
        pointer(0, Buffer.byteLength(first)) +
        pointer(Buffer.byteLength(first), Buffer.byteLength(second)),
    });
    await take();
    const told = whatTheCatalogSays(catalog, id).rollouts;
    writeFileSync(rollouts(), second);
    expect(told).toEqual(whatTheFilesSay(folder).rollouts);
  });
});

describe('a run that went on from a checkpoint', () => {
  /** Steps of a first process, killed after the rollouts of step 7, and of a second one from step 5 on. */
  const twoProcesses = (last: number, killedAfterRollouts: boolean) => {
    const log = new RunLog(id);
    const parts: LogPart[] = [{ events: log.start(), rollouts: '' }];
    for (let step = 1; step <= 6; step++) parts.push(log.step(step, 9, 8, 10));
    parts.push(beforeItsMetrics(log.step(7, 9, 8, 10)));
    log.seq -= 1;
    const first = parts.slice(0, 5);
    const second: LogPart[] = [{ events: log.start(2), rollouts: '' }];
    for (let step = 5; step <= last; step++) second.push(log.step(step, 9, 8, 10));
    if (killedAfterRollouts) second.push(beforeItsMetrics(second.pop()!));
    return { all: joined([...parts, ...second]), kept: joined([...first, ...second]) };
  };
  const beforeItsMetrics = (part: LogPart): LogPart => ({
    ...part,
    events: part.events
      .split('\n')
      .filter((line) => line !== '' && !line.includes('"kind":"metrics"'))
      .map((line) => `${line}\n`)
      .join(''),
  });
  const joined = (parts: LogPart[]): LogPart => ({
    events: parts.map((part) => part.events).join(''),
    rollouts: parts.map((part) => part.rollouts).join(''),
  });

  it.each([
    ['ran to its end', 9, false],
    ['was killed before it had told of all that the first one told', 6, false],
    ['was killed between the rollouts and the metrics of a step', 6, true],
  ] as const)('has each step of one process when the second one %s', async (_, last, killed) => {
    const { all, kept } = twoProcesses(last, killed);
    const inOneGo = async () => {
      writeRun(folder, all);
      await take();
    };
    const inPieces = async () => {
      writeFileSync(rollouts(), all.rollouts);
      const bytes = Buffer.from(all.events);
      for (let at = 0; at < bytes.length; at += 611) {
        appendFileSync(events(), bytes.subarray(at, at + 611));
        await take();
      }
    };
    for (const way of [inOneGo, inPieces]) {
      await way();
      const found = whatTheCatalogSays(catalog, id);
      expect(jobRecord(catalog, id).step).toBe(killed ? last - 1 : last);
      expect(codes()).toEqual([]);
      writeRun(folder, kept);
      const expected = whatTheFilesSay(folder);
      expect(found.metrics).toEqual(expected.metrics);
      expect(found.rollouts).toEqual(expected.rollouts);
      catalog.run(sql`DELETE FROM jobs WHERE id = ${id}`);
      rmSync(events());
      insertJob(catalog, id);
    }
  });
});

describe('another log in the same place', () => {
  const replacement = (uuid: string) => {
    const log = new RunLog(id, { uuid });
    return log.start() + Array.from({ length: 500 }, (_, i) => log.event('heartbeat', { step: i })).join('');
  };

  it('is noticed by its name: nothing is taken twice, nothing is lost', async () => {
    writeRun(folder, wholeRun(id, 5, 4, 10));
    await take();
    const before = whatTheCatalogSays(catalog, id);
    writeFileSync(events(), replacement('99999999-2222-4333-8444-555555555555'));
    expect((await take()).stuck?.code).toBe('log-replaced');
    await take(true);
    expect(whatTheCatalogSays(catalog, id)).toEqual(before);
    expect(codes()).toEqual(['log-replaced']);
  });

  it('is noticed by its length, and by its absence', async () => {
    writeRun(folder, wholeRun(id, 5, 4, 10));
    await take();
    const before = whatTheCatalogSays(catalog, id);
    const whole = readFileSync(events());
    truncateSync(events(), 500);
    expect((await take()).stuck?.code).toBe('log-replaced');
    rmSync(events());
    expect((await take()).stuck?.code).toBe('log-missing');
    writeFileSync(
      events(),
      Buffer.concat([whole, Buffer.from(encodeEvent({ v: 1, seq: 18, wall: 1, kind: 'x' }))]),
    );
    expect(await take()).toMatchObject({ events: 1, stuck: null });
    expect(whatTheCatalogSays(catalog, id).seqs).toEqual([...before.seqs, 18]);
  });

  it('of another run is named', async () => {
    writeFileSync(events(), new RunLog('somebody-else').start());
    await take();
    expect(codes()).toEqual(['foreign-log']);
  });
});

it('does not take a batch twice when two read at once', async () => {
  writeRun(folder, wholeRun(id, 40, 4, 10));
  const results = await Promise.allSettled([take(), take(), take()]);
  expect(results.some((result) => result.status === 'fulfilled')).toBe(true);
  await take();
  expect(whatTheCatalogSays(catalog, id)).toEqual(whatTheFilesSay(folder));
  expect(codes()).toEqual([]);
});
