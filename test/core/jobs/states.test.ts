// States of a run: what may follow what, and that a change and its row are one.
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openCatalog } from '../../../core/catalog/catalog.ts';
import { sql } from '../../../core/catalog/sql.ts';
import { JobState } from '../../../core/contract/jobs.ts';
import { jobRecord, transition, warn } from '../../../core/jobs/records.ts';
import { allStates, isTerminal, mayFollow } from '../../../core/jobs/states.ts';
import { warningsOf } from '../../fixtures/catalog-of-run.ts';
import { insertJob } from '../../fixtures/run-log.ts';
import { tempFolder } from '../../fixtures/temp-folder.ts';

function labWith(state: string) {
  const catalog = openCatalog(join(tempFolder(), 'catalog.db'));
  insertJob(catalog, 'a', state);
  return catalog;
}
const rows = (catalog: ReturnType<typeof labWith>) =>
  catalog.column(sql`SELECT from_state || '>' || to_state || '@' || seq FROM job_transitions ORDER BY seq`);

describe('the table of states', () => {
  it('knows exactly the states of the contract', () => {
    expect(allStates.toSorted()).toEqual([...JobState.options].sort());
    expect(allStates.filter(isTerminal).toSorted()).toEqual(['DONE', 'EXPIRED', 'FAILED', 'LOST', 'STOPPED']);
  });

  it('lets every state be reached from DRAFT, and an end from every state', () => {
    const reached = new Set(['DRAFT']);
    for (let i = 0; i < allStates.length; i++)
      for (const from of allStates)
        if (reached.has(from)) for (const to of allStates) if (mayFollow(from, to)) reached.add(to);
    expect([...reached].sort()).toEqual(allStates.toSorted());
    for (const from of allStates) if (!isTerminal(from)) expect(mayFollow(from, 'FAILED'), from).toBe(true);
  });

  it('starts again only what was cut, through the queue, and never ends well without the adapter', () => {
    for (const from of ['RUNNING', 'STOPPING', 'SYNCING', 'DONE'] as const)
      for (const to of ['QUEUED', 'STAGING', 'LAUNCHING'] as const) expect(mayFollow(from, to)).toBe(false);
    for (const from of ['STOPPED', 'EXPIRED', 'FAILED', 'LOST'] as const)
      expect(allStates.filter((to) => mayFollow(from, to))).toEqual(['QUEUED']);
    expect(allStates.filter((from) => mayFollow(from, 'DONE'))).toEqual(['SYNCING']);
  });
});

describe('transition', () => {
  it('writes state, row and times together', () => {
    const catalog = labWith('LAUNCHING');
    expect(transition(catalog, 'a', 'LAUNCHING', { to: 'RUNNING', at: 10, reason: 'r' })).toBe(true);
    const failure = { class: 'crashed', message: 'm' };
    expect(transition(catalog, 'a', 'RUNNING', { to: 'FAILED', at: 20, reason: 'r', failure })).toBe(true);
    expect(jobRecord(catalog, 'a')).toMatchObject({
      state: 'FAILED',
      started_at: 10,
      ended_at: 20,
      failure_class: 'crashed',
    });
    expect(rows(catalog)).toEqual(['LAUNCHING>RUNNING@0', 'RUNNING>FAILED@1']);
  });

  it('back into the queue forgets how the run ended and marks where its log goes on', () => {
    const catalog = labWith('FAILED');
    catalog.run(
      sql`UPDATE jobs SET failure_class = 'killed', failure_message = 'm', ended_at = 5, next_seq = 7`,
    );
    expect(transition(catalog, 'a', 'FAILED', { to: 'QUEUED', at: 10, reason: 'r' })).toBe(true);
    expect(jobRecord(catalog, 'a')).toMatchObject({
      ...{ state: 'QUEUED', failure_class: null, failure_message: null },
      ...{ ended_at: null, attempt_seq: 7 },
    });
  });

  it('changes nothing when the run has moved on', () => {
    const catalog = labWith('STOPPING');
    expect(transition(catalog, 'a', 'LAUNCHING', { to: 'RUNNING', at: 10, reason: 'r' })).toBe(false);
    expect(jobRecord(catalog, 'a').state).toBe('STOPPING');
    expect(rows(catalog)).toEqual([]);
  });

  it('refuses a step that the table does not know', () => {
    const catalog = labWith('DONE');
    expect(() => transition(catalog, 'a', 'DONE', { to: 'RUNNING', at: 1, reason: 'r' })).toThrow(
      /DONE to RUNNING/,
    );
  });

  it('keeps neither when the row cannot be written', () => {
    const catalog = labWith('LAUNCHING');
    catalog.run(sql`CREATE TRIGGER no BEFORE INSERT ON job_transitions BEGIN SELECT RAISE(ABORT, 'no'); END`);
    expect(() => transition(catalog, 'a', 'LAUNCHING', { to: 'RUNNING', at: 1, reason: 'r' })).toThrow('no');
    expect(jobRecord(catalog, 'a').state).toBe('LAUNCHING');
  });
});

it('keeps the same warning once', () => {
  const catalog = labWith('RUNNING');
  expect(warn(catalog, 'a', { code: 'c', message: 'm', at: 1 })).toBe(true);
  expect(warn(catalog, 'a', { code: 'c', message: 'm', at: 2 })).toBe(false);
  expect(warn(catalog, 'a', { code: 'c', message: 'other', at: 3 })).toBe(true);
  expect(warningsOf(catalog, 'a').map((w) => w.message)).toEqual(['m', 'other']);
});

it('names an unknown run', () => {
  expect(() => jobRecord(labWith('DONE'), 'zz')).toThrow('no run "zz"');
});
