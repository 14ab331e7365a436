// The switches of rules that end a run: what is in force is shown and kept, and each stage of a program has its own.
import './page.ts';
import { renderToStaticMarkup } from 'react-dom/server';
import { describe, expect, it } from 'vitest';
import type { StopRule } from '../../core/contract/job-blocks.ts';
import type { OfferedRule } from '../../core/contract/run-views.ts';
import { notesIn } from '../../renderer/jobs/finding-notes.ts';
import type { Settings } from '../../renderer/jobs/setting-fields.ts';
import { StopRules } from '../../renderer/jobs/stop-rules.tsx';
import {
  type StopSwitch,
  type SwitchedOff,
  switched,
  switchesOf,
  withOff,
} from '../../renderer/jobs/stop-switches.ts';

const rule = (metric: string, change: Partial<StopRule>): StopRule => ({
  ...{ metric, below: null, above: null, belowBest: null, forSteps: 1, ...change },
});
const cut = rule('completion/truncated_frac', { above: 0.95, forSteps: 10 });
const falls = rule('heldout/reward_mean', { belowBest: 0.3, forSteps: 2 });
const offers = (stage: string | null): OfferedRule[] => [
  { stage, rule: 'truncated', title: 'Cut off at the limit', stopRule: cut },
  { stage, rule: 'held-out-falls', title: 'Worse on held-out questions', stopRule: falls },
];
const inForce = { ...cut, forSteps: 50 };
const shown = (settings: Settings, offered = offers(null), off: StopSwitch[] = []) =>
  switchesOf(settings, offered, off).flat();

describe('of a run', () => {
  it('show the bound that is in force, not the one that is offered', () => {
    expect(shown({ stopWhen: [inForce] })).toEqual([
      { stage: null, title: 'Cut off at the limit', rule: inForce, place: 0 },
      { stage: null, title: 'Worse on held-out questions', rule: falls, place: null },
    ]);
  });

  it('off and on again give the very same rule', () => {
    const settings = { steps: 1, stopWhen: [inForce] };
    const [on] = shown(settings);
    const without = switched(settings, on!);
    expect(without).toEqual({ steps: 1, stopWhen: [] });
    const [off] = shown(without, offers(null), [on!]);
    expect(off).toMatchObject({ rule: inForce, place: null });
    expect(switched(without, off!)).toEqual(settings);
  });

  it('are off once, however often they go off and on', () => {
    let settings: Settings = { stopWhen: [inForce] };
    let off: readonly SwitchedOff[] = [];
    for (const _ of [1, 2]) {
      const [on] = switchesOf(settings, offers(null), off).flat();
      off = withOff(off, on!);
      settings = switched(settings, on!);
      const [again, other] = switchesOf(settings, offers(null), off).flat();
      expect([again, other]).toMatchObject([{ rule: inForce }, { rule: falls }]);
      settings = switched(settings, again!);
    }
    expect(settings).toEqual({ stopWhen: [inForce] });
    // The same rule of another stage is another.
    expect(withOff(off, { ...off[0]!, stage: 'sft' })).toHaveLength(2);
  });

  it('keep what no health rule offers, and what cannot be read', () => {
    const own = rule('policy/loss', { above: 9 });
    const settings = { stopWhen: [{ metric: 'x' }, own, { ...cut, forSteps: 3 }, inForce] };
    const switches = shown(settings);
    expect(switches.map(({ title, rule: { forSteps }, place }) => [title, forSteps, place])).toEqual([
      ['Cut off at the limit', 3, 2],
      ['Cut off at the limit', 50, 3],
      ['Worse on held-out questions', 2, null],
      ['A rule of its own', 1, 1],
    ]);
    expect(switched(settings, switches[3]!)).toEqual({
      stopWhen: [{ metric: 'x' }, settings.stopWhen[2], inForce],
    });
    expect(shown(switched(settings, switches[3]!), offers(null), [switches[3]!]).at(-1)).toMatchObject({
      ...{ rule: own, place: null },
    });
  });

  it('are none where no rule ends it', () => {
    expect(shown({ form: 'merged' })).toEqual([]);
    expect(shown({ stopWhen: 'never' })).toEqual([]);
  });
});

describe('of a program', () => {
  const program = {
    limits: {},
    stages: [
      { id: 'grpo', kind: 'grpo', stopWhen: [inForce] },
      { id: 'merge', kind: 'merge' },
      { id: 'sft', kind: 'sft', stopWhen: [] },
    ],
  };
  const offered = [...offers('grpo'), offers('sft')[1]!];

  it('are those of each stage that trains', () => {
    expect(
      shown(program, offered).map(({ stage, rule: { metric }, place }) => [stage, metric, place]),
    ).toEqual([
      ['grpo', 'completion/truncated_frac', 0],
      ['grpo', 'heldout/reward_mean', null],
      ['sft', 'heldout/reward_mean', null],
    ]);
  });

  it('change their own stage only', () => {
    const sft = shown(program, offered)[2]!;
    const next = switched(program, sft);
    expect(next).toEqual({
      ...program,
      stages: [...program.stages.slice(0, 2), { ...program.stages[2], stopWhen: [falls] }],
    });
    expect(shown(next, offered, [{ ...sft, stage: 'grpo' }])[2]).toMatchObject({ stage: 'sft', place: 0 });
  });

  it('stand under the names of their stages, each in words', () => {
    const html = renderToStaticMarkup(
      <StopRules rules={offered} settings={program} notesOf={() => []} onChange={() => {}} />,
    );
    expect(html.match(/<h3[^>]*>[^<]*/g)?.map((head) => head.replace(/.*>/, ''))).toEqual([
      'Stage grpo',
      'Stage sft',
    ]);
    expect(html).toContain('completion/truncated_frac above 0.95 for 50 steps in a row');
    expect(html).toContain('heldout/reward_mean more than 0.3 below its best for 2 measurements in a row');
    expect(html.match(/aria-checked="true"/g)).toHaveLength(1);
    // The words are part of the switch, and say what is so while no rule is on.
    expect(html).toMatch(/<label>.*role="checkbox".*Cut off at the limit.*<\/label>/);
    expect(html).toContain('When one that is on comes true, its stage ends');
    const none = renderToStaticMarkup(
      <StopRules rules={offers(null)} settings={{ stopWhen: [] }} notesOf={() => []} onChange={() => {}} />,
    );
    expect(none).toContain('None is on');
    expect(
      renderToStaticMarkup(<StopRules rules={[]} settings={{}} notesOf={() => []} onChange={() => {}} />),
    ).toBe('');
  });

  it('are the place of what the check finds in them', () => {
    const notesOf = notesIn([
      { field: 'stages[0].stopWhen[0]', level: 'warning', message: 'It never ends the run.' },
      { field: 'stages[2].stopWhen', level: 'error', message: 'No list.' },
    ]);
    const html = renderToStaticMarkup(
      <StopRules rules={offered} settings={program} notesOf={notesOf} onChange={() => {}} />,
    );
    const at = (text: string) => html.indexOf(text);
    const places = [
      ...['data-field="stages[0].stopWhen"', 'data-field="stages[0].stopWhen[0]"', 'It never ends the run.'],
      ...['data-field="stages[2].stopWhen"', 'No list.'],
    ].map(at);
    expect(places).not.toContain(-1);
    expect(places).toEqual(places.toSorted((a, b) => a - b));
    const alone = renderToStaticMarkup(
      <StopRules rules={[]} settings={{ stopWhen: [cut] }} notesOf={notesOf} onChange={() => {}} />,
    );
    expect(alone).toContain('data-field="stopWhen[0]"');
  });
});
