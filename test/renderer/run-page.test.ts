// A run's page: its curves in groups, exams by set and domain, the plan against what was, and which rollouts are asked for.
import './page.ts';
import { describe, expect, it, test } from 'vitest';
import type { RunEval, RunStage } from '../../core/contract/run-views.ts';
import { examSets, sameCount } from '../../renderer/jobs/exams.ts';
import { gateInWords, peakOf, planLines } from '../../renderer/jobs/plan-lines.ts';
import { askedFor, filterOf, unreadable } from '../../renderer/jobs/rollout-filter.ts';
import { standing } from '../../renderer/jobs/rollout-selection.ts';
import { curveGroups, evenly } from '../../renderer/jobs/run-curves.ts';
import { canBeEnded, factsOf, stopRulesOf } from '../../renderer/jobs/run-facts.ts';
import { shortStep, stepIn } from '../../renderer/run-stages.ts';
import { runInWords, runLeftInWords } from '../../renderer/run-state.ts';

const stage = (id: string, kind: string, firstStep: number | null, steps: number): RunStage => ({
  ...{ id, kind, firstStep, steps, from: 'base', reached: firstStep === null ? null : steps },
  ...{ state: 'done', reason: 'completed', message: '', startedAt: 1_000, endedAt: 61_000 },
});

describe('curves', () => {
  const metric = (name: string, values: (number | null)[] = [1, 2]) => ({
    ...{ name, steps: [1, 2], values, starts: [], openings: [] },
  });
  const ids = ['format', 'sections', 'answer', 'length', 'repetition', 'language', 'summary', 'writing'];
  const parts = ids.map((id) => ({ id, weight: id === 'writing' ? 0 : 1 }));

  it('stand in groups, the held-out reward beside the total, and no part is lost', () => {
    const groups = curveGroups(
      [
        ...ids.toSorted().map((id) => metric(`reward/${id}/mean`)),
        metric('reward/own/mean'),
        metric('reward/total/mean'),
        metric('reward/total/std'),
        metric('heldout/reward_mean'),
        metric('policy/kl'),
        metric('perf/step_s'),
      ],
      parts,
    );
    expect(groups.map(({ id }) => id)).toEqual(['reward', 'parts', 'policy', 'times']);
    const [reward, part] = groups;
    expect(reward?.charts[0]?.series.map(({ title }) => title)).toEqual(['total', 'held-out']);
    // In the order of the suite, and one that it does not name.
    expect(part?.charts.map(({ id }) => id)).toEqual([...ids, 'own']);
    expect(new Set(part?.charts.slice(0, 8).map(({ series }) => series[0]?.color)).size).toBe(8);
    expect(part?.charts.find(({ id }) => id === 'writing')?.note).toBe('unweighted: watched only');
  });

  it('leave out what was not measured', () => {
    const groups = curveGroups([metric('reward/rubric/mean', [null, null]), metric('policy/kl')], parts);
    expect(groups.map(({ id, charts }) => [id, charts.map((chart) => chart.id)])).toEqual([
      ['policy', ['kl']],
    ]);
  });

  it('have titles of their own, and measure how far it moved from what it began with', () => {
    const [policy] = curveGroups([metric('policy/kl'), metric('guard/kl')]);
    expect(policy?.charts.map(({ title }) => title)).toEqual(['KL to the start', 'KL of the guard']);
    expect(JSON.stringify(policy)).not.toContain('base');
  });

  it('fill their lines evenly', () => {
    const charts = (small: number, wide = 0) => [
      ...Array.from({ length: small }, () => ({ wide: false })),
      ...Array.from({ length: wide }, () => ({ wide: true })),
    ];
    expect([3, 6, 7, 8, 9].map((n) => evenly(charts(n), 4).columns)).toEqual([3, 3, 4, 4, 3]);
    expect(evenly(charts(2, 1), 4)).toEqual({ columns: 4, span: 2 });
    expect(evenly(charts(3, 1), 4)).toEqual({ columns: 3, span: 3 });
  });
});

describe('what a run is', () => {
  it('is said by what ended it', () => {
    const run = { state: 'STOPPED', phase: '', endedBy: null, adapterId: 'a' } as const;
    expect(runInWords(run)).toBe('stopped, adapter home');
    expect(runInWords({ ...run, adapterId: null })).toBe('stopped');
    expect(runInWords({ ...run, endedBy: 'stop-rule' })).toBe('ended: stop rule');
  });
  it('has as many questions as are drawn of those that lie there', () => {
    const questions = (sources: Record<string, number> | null) => {
      const data = { count: 7473, sha256: 'a'.repeat(64), sources };
      const spec = { kind: 'merge', base: { modelId: 'b', sha256: 'c' }, prompt: { id: 'p' }, data };
      return Object.fromEntries(factsOf(spec as never))['Questions'];
    };
    expect(questions(null)).toMatch(/^7,473 · /);
    expect(questions({ gsm8k: 400, mmlu: 100 })).toMatch(/^500 of 7,473 · /);
    expect(questions({ gsm8k: 7473 })).toMatch(/^7,473 · /);
  });
  it('has the rules that can end it, by stage', () => {
    const rule = { metric: 'policy/kl', below: null, above: 1, belowBest: null, forSteps: 3 };
    const sft = { id: 'taught', kind: 'sft', stopWhen: [rule] };
    const words = 'policy/kl above 1 for 3 steps in a row';
    const merge = { id: 'merge', kind: 'merge' };
    expect(stopRulesOf({ kind: 'program', stages: [sft, merge] } as never)).toEqual([`taught: ${words}`]);
    expect(stopRulesOf({ ...sft } as never)).toEqual([words]);
    expect([sft, merge].map((spec) => canBeEnded(spec as never))).toEqual([true, false]);
  });
});

describe('exams', () => {
  const exam = (
    stageId: string | null,
    step: number,
    set: string,
    of: string,
    domains: string[],
  ): RunEval => {
    const answered = { n: 10, checked: 10, mean: 1, correct: 0.5, format: null, right: null };
    return {
      ...{ ...answered, step, moment: { stage: stageId, step, steps: 20 }, set, of },
      ...{ truncated: 0, distinct: 1, copied: null },
      domains: Object.fromEntries(domains.map((domain) => [domain, answered])),
    };
  };
  it('are a table for each set, named by moments, or by what was asked where a stage only asks', () => {
    const stages = [stage('sft', 'sft', 0, 20), stage('exam', 'evaluate', 20, 4)];
    const sets = examSets(
      [
        exam('sft', 0, 'before', 'base', ['math', 'logic']),
        exam('sft', 20, 'before', 'step-20', ['math']),
        exam('exam', 4, 'open', 'sft', ['creative']),
      ],
      { kind: 'program', stages },
    );
    expect(sets.map(({ set, domains, rows }) => [set, domains, rows.map(({ title }) => title)])).toEqual([
      ['before', ['logic', 'math'], ['sft · step 0 of 20', 'sft · step 20 of 20']],
      ['open', ['creative'], ['sft']],
    ]);
    const alone = examSets([exam(null, 4, 'test', 'base', [])], { kind: 'evaluate', stages: [] });
    expect(alone[0]?.rows[0]?.title).toBe('base');
  });
  it('say their number of questions in the head where it is always the same', () => {
    const of = (n: number) => ({ n, mean: 0, correct: null, format: null, right: null });
    expect(sameCount([of(5), undefined, of(5)])).toBe(5);
    expect(sameCount([of(5), of(6)])).toBeNull();
    const right = { count: 3, n: 4, share: 0.75, low: 0.3, high: 0.95 };
    expect(sameCount([{ ...of(5), right }])).toBe(4);
    // A share of nobody knows how many.
    expect(sameCount([{ ...of(5), correct: 0.5 }, of(5)])).toBeNull();
  });
});

describe('the plan', () => {
  const plan = { text: '', parameters: 9, trainable: 3, memoryBytes: 1e9, steps: 70, tokensPerStep: 9 };
  const moment = { stage: 'sft', step: 4, steps: 10 };
  const over = { state: 'DONE', made: 64, moment, leftMs: null, startedAt: 0, endedAt: 70_000 } as const;
  it('stands beside what was, stage by stage', () => {
    const stages = [stage('grpo', 'grpo', 0, 60), { ...stage('sft', 'sft', 60, 10), reached: 4 }];
    const moment = { stage: 'grpo', step: 3, steps: 60 };
    const estimates = [{ moment, secondsPerStep: 1, secondsLeft: 50, at: 6_000 }];
    expect(planLines(over, { plan, estimates, stages }, { bytes: 2e9, of: 'process' }, 0)).toEqual([
      { what: 'Steps', planned: '70', was: '64' },
      { what: 'Time of grpo', planned: '55 s', was: '1 m 0 s' },
      { what: 'Memory at the peak', planned: '2.0 GB in all', was: '2.0 GB in all' },
    ]);
  });
  it('of a run that goes on says how far it is, and how long it takes yet as its head does', () => {
    const place = { stage: null, step: 3, steps: 70 };
    const estimates = [{ moment: place, secondsPerStep: 1, secondsLeft: 60, at: 10_000 }];
    const run = {
      state: 'RUNNING',
      made: 5,
      moment: place,
      leftMs: null,
      startedAt: 0,
      endedAt: null,
    } as const;
    const was = (more: object) =>
      planLines({ ...run, ...more }, { plan: null, estimates, stages: [] }, null, 12_000);
    expect(was({})).toEqual([{ what: 'Time', planned: '1 m 10 s', was: '12 s so far' }]);
    const slower = { leftMs: 94_000, moment: place };
    expect(was(slower)[0]?.was).toBe('12 s so far, 1 m 34 s left');
    expect(runLeftInWords({ ...run, ...slower })).toBe('1 m 34 s left');
  });
  it('of a program says what is left beside the stage at work only', () => {
    const begun = {
      ...stage('sft', 'sft', 60, 10),
      state: 'begun',
      startedAt: 61_000,
      endedAt: null,
    } as const;
    const at = (id: string) => ({ moment: { stage: id, step: 3, steps: 60 }, at: 70_000 });
    const estimates = ['grpo', 'sft'].map((id) => ({ ...at(id), secondsPerStep: 1, secondsLeft: 9 }));
    const run = { ...over, state: 'RUNNING', leftMs: 400, endedAt: null } as const;
    const stages = [stage('grpo', 'grpo', 0, 60), begun];
    expect(planLines(run, { plan: null, estimates, stages }, null, 73_000).map(({ was }) => was)).toEqual([
      '1 m 0 s',
      '12 s so far, nearly done',
    ]);
    expect(runLeftInWords(run)).toBe('sft: nearly done');
    expect(runLeftInWords({ ...run, leftMs: 94_000 })).toBe('sft: 1 m 34 s left');
    expect(runLeftInWords(over)).toBeNull();
  });
  it('is held against a device’s memory before that of the process', () => {
    const host = { name: 'host/mem_peak_bytes', values: [3, 5] };
    expect(peakOf([host])).toEqual({ bytes: 5, of: 'process' });
    expect(peakOf([host, { name: 'device/mem_peak_bytes', values: [null, 4] }])?.of).toBe('device');
    expect(peakOf([])).toBeNull();
  });
  test('a gate says what it asked', () => {
    const gate = { stage: 'sft', metric: 'correct', set: 'before', value: 0.7, passed: true, at: 0 };
    expect(gateInWords({ ...gate, bound: 0.75, margin: 0.02 })).toBe(
      'right answers of before: at least 75 %, 2 points less still pass',
    );
    expect(gateInWords({ ...gate, metric: 'mean', bound: 1.25, margin: 0 })).toBe(
      'mean reward of before: at least 1.25',
    );
  });
});

describe('rollouts', () => {
  const stages = [stage('grpo', 'grpo', 0, 60), stage('sft', 'sft', 60, 10), stage('later', 'grpo', null, 5)];
  it('are asked for as the command line asks, and what is half typed asks for nothing', () => {
    const params = { q: 'geese', verdict: 'wrong', step: 'sft 4', least: '2,5', order: 'suspicious' };
    expect(filterOf('j', stages, askedFor(params))).toEqual({
      ...{ id: 'j', search: 'geese', verdict: 'wrong', step: 64, minTotal: 2.5, order: 'suspicious' },
    });
    expect(filterOf('j', stages, askedFor({ verdict: 'right', step: 'sf', least: '-' }))).toEqual({
      id: 'j',
    });
  });
  it('say in words what of the filter cannot be read', () => {
    expect(unreadable(stages, askedFor({ step: 'sft 4', least: '2,5' }))).toEqual([]);
    expect(unreadable(stages, askedFor({ step: 'abc', least: '-' }))).toEqual([
      '“abc” is no step of this run: all steps are shown.',
      '“-” is no number: any reward is shown.',
    ]);
  });
  it('have steps that are read as they are written', () => {
    for (const step of [1, 60, 61, 70]) expect(stepIn(stages, shortStep(stages, step))).toBe(step);
    expect(stepIn([], '12')).toBe(12);
    for (const text of ['', 'later 1', 'nobody 3', '-1', '1.5']) expect(stepIn(stages, text)).toBeNull();
  });
  it('stay open while newer ones come, and are left only when they are gone', () => {
    const opened = { key: '12/0/3', wanted: null, chosen: { key: '12/0/3', place: 4 } };
    // Marked where a person found it, until the core has counted; then wherever it stands by now.
    expect(standing({ ...opened, found: undefined })).toEqual({ target: null, selected: 4 });
    expect(standing({ ...opened, found: 20 })).toEqual({ target: null, selected: 20 });
    expect(standing({ ...opened, chosen: { key: '9/0/0', place: 1 }, found: undefined }).selected).toBeNull();
    expect(standing({ ...opened, wanted: 90, found: 20 })).toEqual({ target: 90, selected: 90 });
    expect(standing({ ...opened, found: null }).target).toBe(0);
    expect(standing({ ...opened, key: null, found: undefined }).target).toBe(0);
  });
});
