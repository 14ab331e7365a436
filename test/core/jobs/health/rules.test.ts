// The health rules on made-up curves: what a healthy run looks like to them, and each way to go wrong, with the step since when.
import { describe, expect, it } from 'vitest';
import type { HealthRule, Series } from '../../../../core/contract/run-views.ts';
import { curveOf, lasting, smoothed } from '../../../../core/jobs/health/curve.ts';
import { findingsOf, type RuleFinding } from '../../../../core/jobs/health/rules.ts';

const SAME_ANSWERS = 'completion/same_answer_frac';
const facts = { promptsPerStep: 4, groupSize: 6, range: { max: 5, min: -1 } };
const series = (name: string, of: (step: number) => number | null, steps = 40): Series => ({
  name,
  steps: Array.from({ length: steps }, (_, i) => i + 1),
  values: Array.from({ length: steps }, (_, i) => of(i + 1)),
  starts: [],
  openings: [],
});
/** A little noise that is the same every time. */
const noise = (step: number) => ((step * 7919) % 13) / 13 - 0.5;
const rising = series('reward/total/mean', (step) => 1 + step / 20 + 0.2 * noise(step));
const flat = series('reward/total/mean', (step) => 2 + 0.1 * noise(step));
const find = (all: readonly Series[], rule: HealthRule): RuleFinding | undefined =>
  findingsOf(all, facts).find((each) => each.rule === rule);

describe('a run that goes well', () => {
  const healthy = [
    rising,
    series('reward/zero_std_frac', (step) => 0.25 + 0.3 * noise(step)),
    series('completion/truncated_frac', () => 0),
    series('policy/kl', (step) => 0.0004 * step),
    series('heldout/reward_mean', (step) => (step % 10 === 0 ? 1 + step / 20 : null)),
    series('completion/repeated_frac', () => 0),
    series('completion/distinct_frac', (step) => 0.7 + 0.2 * noise(step)),
    series(SAME_ANSWERS, (step) => 0.3 + 0.2 * noise(step)),
    series('completion/copied_frac', () => 0.02),
    series('policy/entropy', (step) => 0.5 - step / 200),
  ];
  it('gets an ok from every rule, in a sentence with its numbers', () => {
    const findings = findingsOf(healthy, facts);
    expect(findings).toHaveLength(9);
    for (const finding of findings)
      expect(finding, finding.message).toMatchObject({
        level: 'ok',
        judged: true,
        sinceStep: null,
        message: expect.stringMatching(/\d/),
      });
  });
  it('is not judged by what it does not measure', () => {
    expect(findingsOf([], facts)).toEqual([]);
    expect(findingsOf([flat, series('policy/kl', () => null)], facts)).toEqual([]);
  });
  it('is not judged by its first steps', () => {
    for (const curve of healthy)
      for (const finding of findingsOf([{ ...curve, steps: [1, 2], values: [1, 1] }], facts))
        expect(finding, finding.rule).toMatchObject({ level: 'ok', judged: false });
  });
  it('is judged from the first point on at which a rule can find something', () => {
    const points = (curve: Series, count: number) => ({
      ...curve,
      steps: curve.steps.slice(0, count),
      values: curve.values.slice(0, count),
    });
    const judgedAt = (name: string, count: number) =>
      findingsOf(
        [
          points(
            series(name, () => 1),
            count,
          ),
        ],
        facts,
      ).map(({ judged }) => judged);
    for (const [name, needs] of [
      ['completion/truncated_frac', 5],
      ['completion/distinct_frac', 5],
      ['policy/entropy', 10],
      ['policy/kl', 10],
      ['heldout/reward_mean', 3],
    ] as const)
      expect([judgedAt(name, needs - 1), judgedAt(name, needs)], name).toEqual([[false], [true]]);
  });
  it('finds the worst that there can be at that point, and not before', () => {
    const bad = (name: string, of: (step: number) => number) => (count: number) =>
      findingsOf([series(name, of, count), series('reward/total/mean', () => 1, count)], facts).some(
        ({ level }) => level !== 'ok',
      );
    for (const [name, needs, of] of [
      ['completion/truncated_frac', 5, () => 1],
      ['completion/distinct_frac', 5, () => 0],
      ['policy/entropy', 10, (step) => (step === 1 ? 1 : 0)],
      ['policy/kl', 10, (step) => (step > 5 ? 1 : 0)],
    ] as const satisfies [string, number, (step: number) => number][])
      expect([bad(name, of)(needs - 1), bad(name, of)(needs)], name).toEqual([false, true]);
  });
});

describe('each way to go wrong', () => {
  it.each<[HealthRule, string, number, RegExp]>([
    ['no-spread', 'reward/zero_std_frac', 1, /In 100 % of the groups all answers earned the same/],
    ['truncated', 'completion/truncated_frac', 1, /100 % of the completions reach the token limit/],
    ['repetition', 'completion/repeated_frac', 0.8, /80 % of the completions say mostly/],
    ['copying', 'completion/copied_frac', 0.9, /90 % of the completions are mostly the worked example/],
    ['same-answers', SAME_ANSWERS, 0.95, /95 % of the completions are, word for word/],
  ])('%s: a share that stays high, since the step at which it began', (rule, metric, high, words) => {
    const curve = series(metric, (step) => (step <= 20 ? 0.05 : high));
    const found = find([rising, curve], rule);
    expect(found).toMatchObject({ level: 'warning', message: expect.stringMatching(words) });
    expect(found?.sinceStep).toBeGreaterThan(20);
    expect(found?.sinceStep).toBeLessThanOrEqual(25);
    expect(find([rising, series(metric, (step) => (step === 30 ? high : 0.05))], rule)?.level).toBe('ok');
    expect(find([rising, series(metric, (step) => (step <= 20 ? 0.05 : 0.7 * high))], rule)?.level).not.toBe(
      'ok',
    );
  });

  it('kl-without-reward: the KL rises and nothing is gained', () => {
    const kl = series('policy/kl', (step) => (step <= 20 ? 0.02 : 0.02 * (step - 19)));
    expect(find([flat, kl], 'kl-without-reward')).toMatchObject({
      level: 'notice',
      message: expect.stringMatching(/rose from 0\.\d+ to 0\.\d+ while the reward stayed the same/),
      sinceStep: 31,
    });
    const falling = series('reward/total/mean', (step) => 3 - step / 20);
    const fast = series('policy/kl', (step) => (step <= 20 ? 0.02 : 0.1 * (step - 19)));
    expect(find([falling, fast], 'kl-without-reward')).toMatchObject({
      level: 'warning',
      message: expect.stringMatching(/has fallen/),
    });
    expect(find([rising, kl], 'kl-without-reward')?.level).toBe('ok');
  });

  it('held-out-falls: training earns more, held-out questions less', () => {
    const exams = (values: Record<number, number>) =>
      series('heldout/reward_mean', (step) => values[step] ?? null);
    const falls = exams({ 10: 1.5, 20: 2.5, 30: 2.1, 40: 1.8 });
    expect(find([rising, falls], 'held-out-falls')).toMatchObject({
      level: 'warning',
      sinceStep: 20,
      message: expect.stringMatching(
        /earn 1\.8; their best was 2\.5 after step 20, while the reward in training has risen/,
      ),
      stopRule: { metric: 'heldout/reward_mean', belowBest: 0.3, below: null, above: null, forSteps: 2 },
    });
    expect(find([flat, falls], 'held-out-falls')?.level).toBe('ok');
    expect(find([rising, exams({ 10: 1.5, 20: 2.5, 30: 2.45, 40: 2.44 })], 'held-out-falls')?.level).toBe(
      'ok',
    );
    expect(find([rising, exams({ 10: 2.5, 20: 2.2 })], 'held-out-falls')?.level).toBe('ok');
  });

  it('held-out-falls: where nothing is rewarded in training, only what was seen is said', () => {
    const falls = series('heldout/reward_mean', (step) => (step % 10 === 0 ? 3 - step / 20 : null));
    expect(find([falls], 'held-out-falls')).toMatchObject({
      level: 'warning',
      title: 'Worse on held-out questions',
      message:
        'Held-out questions earn 1; their best was 2.5 after step 10. The adapter after step 10 may be the best that comes.',
    });
  });

  it('held-out-falls: worse than before the first step, when no reward was told of yet', () => {
    const falls: Series = {
      ...{ name: 'heldout/reward_mean', starts: [], openings: [] },
      ...{ steps: [0, 10, 20, 30, 40], values: [2.5, 2.3, 2.1, 2, 1.9] },
    };
    expect(find([falls, rising], 'held-out-falls')).toMatchObject({
      level: 'warning',
      sinceStep: 0,
      message: expect.stringMatching(
        /best was 2\.5 before its first step, while the reward in training has risen: .* What it began with may be the best that comes\.$/,
      ),
    });
    expect(find([falls, flat], 'held-out-falls')).toMatchObject({
      level: 'ok',
      message: expect.stringMatching(/The reward in training has not risen since either\.$/),
    });
  });

  it('entropy-collapse: only a notice while texts stay different, a warning when they become alike', () => {
    const entropy = series('policy/entropy', (step) => (step <= 15 ? 0.55 : 0.05));
    const various = series('completion/distinct_frac', () => 0.9);
    expect(find([rising, entropy, various], 'entropy-collapse')).toMatchObject({
      level: 'notice',
      message: expect.stringMatching(/fell from 0\.55 to 0\.05.*how a collapse begins/),
    });
    const spreadless = series('reward/zero_std_frac', (step) => (step <= 15 ? 0.2 : 1));
    expect(find([rising, entropy, spreadless], 'entropy-collapse')?.level).toBe('warning');
  });
});

describe('few-distinct', () => {
  const distinct = (share: number) => series('completion/distinct_frac', () => share);
  const found = (share: number, promptsPerStep: number, groupSize: number) =>
    findingsOf([rising, distinct(share)], { ...facts, promptsPerStep, groupSize }).find(
      ({ rule }) => rule === 'few-distinct',
    );
  it('says why it is bad: one text for a question, or one for several', () => {
    expect(found(1 / 3, 1, 3)?.message).toMatch(/^Only 33 % .*the answers to a question are mostly one/);
    expect(found(1 / 6, 2, 3)?.message).toMatch(/^Only 17 % .*fewer than there are questions/);
  });
  it('takes one text for each of several questions for no collapse', () => {
    for (const size of [2, 3, 4, 6, 7, 8]) expect(found(1 / size, 4, size)?.level, `${size}`).toBe('ok');
  });
  it('takes groups of one question that differ for healthy', () => {
    for (const size of [2, 3, 4, 6, 8]) expect(found(2 / size, 1, size)?.level, `${size}`).toBe('ok');
  });
});

describe('the collapse of a real run', () => {
  // Gemma 3 270M, groups of six, 24 steps: every completion became the prompt's worked example while reward, KL and form looked perfect.
  const steps = 24;
  const to = (from: number, end: number, begin: number, over: number) => (step: number) =>
    step < begin
      ? from
      : Math.max(
          Math.min(from, end),
          Math.min(Math.max(from, end), from + ((end - from) * (step - begin)) / over),
        );
  const collapse = [
    series('reward/total/mean', to(0.3, 2.4, 4, 12), steps),
    series('policy/kl', to(0, 0.04, 1, 24), steps),
    series('completion/distinct_frac', to(0.97, 0.05, 7, 8), steps),
    series('completion/copied_frac', to(0, 1, 7, 8), steps),
    series('policy/entropy', to(0.55, 0.09, 3, 14), steps),
    series('reward/zero_std_frac', to(0.1, 1, 8, 10), steps),
    series('completion/truncated_frac', to(0.3, 0, 3, 8), steps),
    series(SAME_ANSWERS, to(0.02, 1, 8, 8), steps),
  ];
  const until = (last: number) =>
    collapse.map((each) => ({
      ...each,
      steps: each.steps.slice(0, last),
      values: each.values.slice(0, last),
    }));
  const warnings = (all: readonly Series[]) =>
    findingsOf(all, facts)
      .filter((each) => each.level === 'warning')
      .map((each) => each.rule);

  it('is called by its name at the end, although reward and KL are fine', () => {
    expect(warnings(collapse)).toEqual(
      expect.arrayContaining(['few-distinct', 'same-answers', 'copying', 'entropy-collapse']),
    );
    expect(warnings(collapse)).not.toContain('kl-without-reward');
    expect(findingsOf(collapse, facts)[0]?.level).toBe('warning');
  });
  it('is seen while it happens: the distinct share falls while the reward rises', () => {
    expect(warnings(until(6))).toEqual([]);
    const first = [...Array(steps).keys()].find((step) => warnings(until(step + 1)).includes('few-distinct'));
    expect(first).toBeLessThan(19);
    expect(find(until(18), 'few-distinct')).toMatchObject({
      message: expect.stringMatching(/fell from 97 % to \d+ % while the reward rose/),
    });
  });
  it('would have been ended by the rule that can be switched on', () => {
    const rule = find(collapse, 'few-distinct')!.stopRule!;
    expect(rule).toMatchObject({ metric: 'completion/distinct_frac', below: 0.166, above: null });
    const distinct = curveOf(collapse, rule.metric)!;
    const broken = lasting(distinct, (value) => value < rule.below!);
    expect(broken?.points).toBeGreaterThanOrEqual(rule.forSteps);
  });
});

describe('curves', () => {
  it('leave gaps out and are smoothed over what there is', () => {
    const curve = curveOf(
      [{ name: 'x', steps: [1, 2, 3, 4], values: [1, null, 3, 5], starts: [], openings: [] }],
      'x',
    )!;
    expect(curve).toMatchObject({ steps: [1, 3, 4], values: [1, 3, 5] });
    expect(smoothed(curve, 2).values).toEqual([1, 2, 4]);
    expect(lasting(curve, (value) => value > 2)).toEqual({ since: 3, points: 2 });
    expect(lasting(curve, (value) => value < 2)).toBeNull();
  });
});
