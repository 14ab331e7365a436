// A start that was refused, or that a field stands in the way of: the words stand beside the button, of the form that is there.
import './page.ts';
import { Children, isValidElement, type ReactNode, useState } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import { expect, it, vi } from 'vitest';
import type { Preset } from '../../core/contract/jobs.ts';
import { PresetFile } from '../../core/jobs/presets.ts';
import { chosenBy, emptyDraft, problemsOf, wrongFields } from '../../renderer/jobs/launch-draft.ts';
import { LaunchFields } from '../../renderer/jobs/launch-fields.tsx';
import { LaunchForm } from '../../renderer/jobs/launch-form.tsx';
import { LaunchPlan } from '../../renderer/jobs/launch-plan.tsx';
import { Segmented } from '../../renderer/ui/segmented.tsx';
import { playPreset } from '../fixtures/play-lab.ts';

const mocks = vi.hoisted(() => ({ error: null as Error | null, mutate: () => {} }));
vi.mock('../../renderer/queries.ts', () => ({
  useQuery: (path: string) => ({
    data: ['jobs.presets', 'models.list', 'datasets.list'].includes(path) ? [] : undefined,
    error: null,
  }),
  useCommand: () => ({ error: mocks.error, isPending: false, mutate: mocks.mutate }),
}));
vi.mock('../../renderer/jobs/launch-draft.ts', async (original) => ({
  ...(await original<object>()),
  missingFor: () => undefined,
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

type Props = Record<string, unknown> & { children?: ReactNode };
type Act = (page: ReactNode) => void;

/** The part of that kind on a page that a component has returned. */
function part(page: ReactNode, type: unknown): Props | undefined {
  for (const each of Children.toArray(page)) {
    if (!isValidElement<Props>(each)) continue;
    const found = each.type === type ? each.props : part(each.props.children, type);
    if (found) return found;
  }
  return undefined;
}

const press =
  (type: unknown, on: string, of: (props: Props) => unknown): Act =>
  (page) => {
    const props = part(page, type)!;
    (props[on] as (value: unknown) => void)(of(props));
  };
const start = press('form', 'onSubmit', () => ({ preventDefault() {} }));
const show = (view: string) => press(Segmented, 'onChange', () => view);
const reseed = press(LaunchFields, 'onChange', ({ draft }) => ({
  ...(draft as typeof emptyDraft),
  seed: '2',
}));
const refuse: Act = () => {
  mocks.error = new Error('The disk is full.');
};

/** The form after these acts, each of them on the form as the one before has left it. */
function Acted({ acts }: { acts: Act[] }) {
  const [done, setDone] = useState(0);
  // Called and not drawn: where a page is made once, as here, only what is set while it is made is taken up.
  const page = LaunchForm();
  if (done < acts.length) {
    setDone(done + 1);
    acts[done]!(page);
  }
  return page;
}

function drawn(...acts: Act[]): string {
  mocks.error = null;
  return renderToStaticMarkup(<Acted acts={acts} />);
}
const after = (...acts: Act[]) => inWords(drawn(...acts));
const REFUSED = 'The run was not startedThe disk is full.';

it('the refusal stands directly above the button, not at the end of the fields', () => {
  const [fields = '', plan = ''] = drawn(start, refuse).split('<aside');
  expect(fields).not.toContain('The run was not started');
  expect(inWords(plan)).toMatch(/The run was not startedThe disk is full\.CopyStart the run/);
});

it('stays when the form is only shown another way', () => {
  const otherwise = after(start, refuse, show('command'));
  expect(otherwise).toContain('The same run in a terminal');
  expect(otherwise).toContain(REFUSED);
  expect(after(start, refuse, show('fields'), show('short'))).toContain(REFUSED);
});

it('goes when anything of the form changes, and the next one is shown', () => {
  expect(after(start, refuse, reseed)).not.toContain(REFUSED);
  expect(after(start, refuse, reseed, start, refuse)).toContain(REFUSED);
});

it('is told of what was sent where the form was changed before it came', () => {
  expect(after(start, reseed)).not.toContain('was not started');
  const told = 'The run, as it was sent before your change, was not startedThe disk is full.';
  expect(after(start, reseed, refuse)).toContain(told);
  expect(after(start, reseed, refuse, reseed)).not.toContain('was not started');
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
