// What Home offers next, by the state of the lab.
import { describe, expect, it } from 'vitest';
import type { Evaluation } from '../../core/contract/evals.ts';
import type { Job } from '../../core/contract/jobs.ts';
import type { LabStatus } from '../../core/contract/lab.ts';
import type { Model } from '../../core/contract/models.ts';
import { type LabView, nextActs } from '../../renderer/home/next-acts.ts';

const status = (over: Partial<LabStatus> = {}): LabStatus => ({
  folder: '/lab',
  name: 'lab',
  version: '0',
  catalogVersion: 1,
  isSample: false,
  counts: {
    sources: 1,
    rows: 1,
    runs: 1,
    runningRuns: 0,
    bases: 1,
    adapters: 1,
    readyAdapters: 1,
    evaluations: 0,
    completions: 0,
  },
  trainer: { ready: true, detail: 'ready', fix: null },
  savedAt: null,
  ...over,
});
const run = { id: 'r', state: 'DONE' } as Job;
const model = (over: Partial<Model>): Model =>
  ({
    id: 'a',
    name: 'adapter',
    kind: 'adapter',
    state: 'ready',
    parentId: 'b',
    reason: null,
    ...over,
  }) as Model;
const evaluation = (over: Partial<Evaluation>): Evaluation =>
  ({
    id: 'e',
    name: 'e',
    state: 'done',
    sourceId: 's',
    adapterId: null,
    error: null,
    done: 3,
    total: 9,
    ...over,
  }) as Evaluation;
const first = (over: Partial<LabView> = {}) =>
  nextActs({
    status: status(),
    demoRunning: false,
    runs: [run],
    models: [],
    evaluations: [],
    recordedMs: null,
    ...over,
  })[0];

describe('the next act', () => {
  it('is the demo on the recorded sample and on an empty lab, with its reason when it cannot start', () => {
    expect(first({ status: status({ isSample: true }) })).toMatchObject({
      id: 'demo',
      to: { action: 'demo.start' },
    });
    expect(first({ runs: [] })).toMatchObject({ id: 'demo' });
    const missing = status({
      isSample: true,
      trainer: { ready: false, detail: 'No Python 3.11.', fix: 'Run setup.' },
    });
    expect(first({ status: missing })?.reason).toBe('No Python 3.11. Run setup.');
    expect(first({ status: status({ isSample: true }), demoRunning: true })?.id).not.toBe('demo');
  });

  it('promises the time that the recording took, and no figure where nothing was recorded', () => {
    const sample = status({ isSample: true });
    expect(first({ status: sample, recordedMs: 521_000 })?.detail).toContain('recording took 8 m 41 s');
    expect(first({ runs: [] })?.detail).not.toMatch(/\d/);
  });

  it('is to look at what was refused, then at what stands still', () => {
    const refused = model({ state: 'refused', reason: 'wrong parent' });
    expect(first({ models: [refused] })).toMatchObject({
      detail: 'wrong parent',
      to: { screen: 'models', id: 'a' },
    });
    expect(first({ evaluations: [evaluation({ state: 'paused' })] })).toMatchObject({
      to: { screen: 'evaluate', id: 'e' },
      detail: 'Paused after 3 of 9 questions. What was answered is kept.',
    });
  });

  it('is to measure an adapter that nobody measured, on the base that it stands on', () => {
    expect(first({ models: [model({})] })?.to).toEqual({
      dialog: 'start-evaluation',
      about: { modelId: 'b', adapterId: 'a' },
    });
    expect(first({ models: [model({})], evaluations: [evaluation({ adapterId: 'a' })] })?.id).not.toContain(
      'measure',
    );
  });

  it('is to measure what a run has made of all its checkpoints, the newest run first', () => {
    const made = { jobId: 'r', createdAt: 1 };
    const models = [
      model({ ...made, id: 'step-5' }),
      model({ ...made, id: 'final' }),
      model({ id: 'brought', createdAt: 0 }),
    ];
    const runs = [{ ...run, name: 'a run', adapterId: 'final' } as Job];
    expect(first({ models, runs })).toMatchObject({
      id: 'measure-final',
      detail: expect.stringContaining('a run'),
    });
    expect(first({ models, runs, evaluations: [evaluation({ adapterId: 'final' })] })?.id).toBe(
      'measure-brought',
    );
    // What it publishes on its way is no result.
    const going = [{ ...run, state: 'RUNNING', adapterId: null } as Job];
    expect(first({ models: models.slice(0, 2), runs: going })?.id).not.toContain('measure');
  });

  it('is not to measure what has lost: of a run whose base was the best, none of its adapters', () => {
    const models = ['step-5', 'final'].map((id, i) => model({ id, jobId: 'r', createdAt: i }));
    const ended = (over: Partial<Job>) => [{ ...run, adapterId: null, failure: null, ...over } as Job];
    expect(first({ models, runs: ended({}) })?.id).not.toContain('measure');
    expect(first({ models, runs: ended({ adapterId: 'step-5' }) })?.id).toBe('measure-step-5');
    // One that was lost names no result: the last that came home may be it.
    const lost = ended({ state: 'LOST', failure: { class: 'lost', message: '' } });
    expect(first({ models, runs: lost })?.id).toBe('measure-final');
  });

  it('is not to measure again what an evaluation on the host has measured', () => {
    const measured = { id: 'm', kind: 'evaluate', state: 'DONE', uponAdapterId: 'a' } as Job;
    expect(first({ models: [model({})], runs: [measured] })?.id).not.toContain('measure');
    expect(first({ models: [model({})], runs: [{ ...measured, state: 'FAILED' }] })?.id).toBe('measure-a');
  });

  it('is to compare two results on the same questions, never on different ones', () => {
    const adapted = evaluation({ id: 'x', adapterId: 'a' });
    expect(first({ evaluations: [adapted, evaluation({})] })?.to).toEqual({
      screen: 'compare',
      params: { left: 'e', right: 'x' },
    });
    expect(first({ evaluations: [adapted, evaluation({ sourceId: 'other' })] })?.id).toBe('questions');
  });

  it('comes with at most two others', () => {
    const all = nextActs({
      status: status({ isSample: true }),
      demoRunning: false,
      runs: [run],
      models: [model({}), model({ id: 'z', state: 'refused' })],
      evaluations: [evaluation({ state: 'paused' })],
      recordedMs: null,
    });
    expect(all).toHaveLength(3);
    expect(new Set(all.map((act) => act.id)).size).toBe(3);
  });
});
