// A start that was refused, or that a field stands in the way of: the words stand beside the button, of the form that is there.
import './page.ts';
import { useState } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import { expect, it, vi } from 'vitest';
import type { Preset } from '../../core/contract/jobs.ts';
import { PresetFile } from '../../core/jobs/presets.ts';
import { chosenBy, emptyDraft, problemsOf, wrongFields } from '../../renderer/jobs/launch-draft.ts';
import { LaunchFields } from '../../renderer/jobs/launch-fields.tsx';
import { LaunchForm } from '../../renderer/jobs/launch-form.tsx';
import { LaunchPlan } from '../../renderer/jobs/launch-plan.tsx';
import { useLaunchDraft } from '../../renderer/jobs/use-launch-draft.ts';
import { playPreset } from '../fixtures/play-lab.ts';

vi.mock('../../renderer/queries.ts', () => ({
  useQuery: () => ({ data: undefined, error: null }),
  useCommand: () => ({ error: new Error('The disk is full.'), isPending: false }),
}));

const preset = { ...PresetFile.parse(playPreset), sources: [], missing: [] } as unknown as Preset;
const merge = { ...preset, kind: 'merge', settings: {} } as unknown as Preset;

const shown = (draft: typeof emptyDraft, of = preset) => {
  const choice = chosenBy(draft, [of], [], []);
  const problems = problemsOf(draft);
  return renderToStaticMarkup(
    <>
      <LaunchFields
        {...{ draft, choice, problems, bases: [], suites: [] }}
        notesOf={() => []}
        onChange={() => {}}
      />
      <LaunchPlan
        {...{ draft, choice, settings: choice.settings, trainer: undefined, plan: null }}
        wrong={wrongFields(problems)}
        onShow={() => {}}
      />
    </>,
  );
};
const inWords = (html: string) => html.replaceAll(/<[^>]*>/g, '');

it('the refusal stands directly above the button, not at the end of the fields', () => {
  const [fields = '', plan = ''] = renderToStaticMarkup(<LaunchForm />).split('<aside');
  expect(fields).not.toContain('The run was not started');
  expect(inWords(plan)).toMatch(/The run was not startedThe disk is full\.CopyStart the run/);
});

type Form = ReturnType<typeof useLaunchDraft>;

/** Draws the form's refusal after `act`; of the last start, or of another one that followed the act. */
function Refusal({ act, then = full }: { act(form: Form): void; then?: Error }) {
  const [acted, setActed] = useState(false);
  const form = useLaunchDraft(acted ? then : full);
  if (!acted) {
    setActed(true);
    act(form);
  }
  return form.refusal?.message ?? 'none';
}

const full = new Error('The disk is full.');

it('the refusal goes when anything of the draft changes, and the next one is shown', () => {
  const after = (act: (form: Form) => void, then?: Error) =>
    renderToStaticMarkup(<Refusal act={act} {...(then && { then })} />);
  expect(after(() => {})).toBe(full.message);
  expect(after(({ draft, change }) => change({ ...draft, name: 'x' }))).toBe('none');
  expect(after(({ change }) => change((now) => ({ ...now, seed: '2' })))).toBe('none');
  expect(after(({ forget }) => forget())).toBe('none');
  expect(after(({ forget }) => forget(), new Error('Again.'))).toBe('Again.');
});

it('the plan names each field whose value cannot be used, by a button that leads to it', () => {
  const wrong = { ...emptyDraft, name: 'x'.repeat(121) };
  expect(inWords(shown(emptyDraft))).not.toContain('cannot be used');
  // Of a kind with a plan of its own, and of one without.
  for (const of of [preset, merge]) {
    const html = shown(wrong, of);
    expect(inWords(html)).toContain('The value of Name cannot be used: this is the plan without it.');
    expect(html).toMatch(/The value of <button type="button"[^>]*>Name<\/button>/);
  }
  const many = { ...wrong, steps: '0', seed: 'x' };
  expect(inWords(shown(many))).toContain(
    'The values of Steps, Seed and Name cannot be used: this is the plan without them.',
  );
  const all = wrongFields(problemsOf({ ...many, learningRate: '2' }));
  expect(all.map(({ label }) => label)).toEqual(['Steps', 'Learning rate', 'Seed', 'Name']);
  for (const { field, label } of all)
    expect(shown(emptyDraft)).toMatch(
      new RegExp(`data-field="${field.replace('.', '\\.')}"><label[^>]*>${label}<`),
    );
});
