// Stopping a run from its page: the button asks, and only the answer stops.
import './page.ts';
import type { ReactElement, ReactNode } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import { expect, it, vi } from 'vitest';
import { RunPage } from '../../renderer/jobs/run-page.tsx';
import { StopDialog } from '../../renderer/jobs/stop-dialog.tsx';
import { openDialog, useView } from '../../renderer/view.ts';

const mocks = vi.hoisted(() => ({
  stop: vi.fn((_: object, then: { onSuccess(): void }) => then.onSuccess()),
  dialog: vi.fn((_: object): null => null),
  handlers: {} as Record<string, (() => void) | undefined>,
  state: 'RUNNING',
  kind: 'grpo',
  made: 0,
}));
vi.mock('../../renderer/ui/dialog.tsx', () => ({ Dialog: mocks.dialog }));
vi.mock('../../renderer/ui/tabs.tsx', () => ({ Tabs: () => null }));
vi.mock('../../renderer/jobs/run-overview.tsx', () => ({ RunOverview: () => null }));
vi.mock('../../renderer/jobs/resume-run.tsx', () => ({ ResumeRun: () => null }));
vi.mock('../../renderer/jobs/open-adapter.tsx', () => ({ OpenAdapter: () => null }));
vi.mock('../../renderer/queries.ts', () => ({
  useQuery: () => ({
    data: {
      ...{ id: 'r', name: 'run a', endedBy: null },
      ...{ state: mocks.state, kind: mocks.kind, made: mocks.made },
    },
  }),
  useCommand: () => ({ mutate: mocks.stop }),
}));
vi.mock('../../renderer/run-state.ts', async (original) => ({
  ...(await original<object>()),
  runInWords: () => '',
  runStepInWords: () => '',
  runLeftInWords: () => '',
}));
vi.mock('../../renderer/ui/use-now.ts', () => ({ useNow: () => 0 }));
// Where a page is made once, as here, a store is read as it began; this one as it is.
vi.mock('../../renderer/view.ts', async (original) => {
  const view = await original<typeof import('../../renderer/view.ts')>();
  const read = <T,>(select: (now: ReturnType<typeof view.useView.getState>) => T) =>
    select(view.useView.getState());
  return {
    ...view,
    useView: Object.assign(read, view.useView),
    useHandler: (id: string, run?: () => void) => {
      mocks.handlers[id] = run;
    },
  };
});

const about = { id: 'r', name: 'run a' };
type Press = ReactElement<{ children: ReactNode; onClick(): void }>;

it('asks first', () => {
  expect(renderToStaticMarkup(<RunPage id="r" />)).toContain('Stop and export');
  for (const other of [{ kind: 'generate' }, { state: 'QUEUED' }]) {
    Object.assign(mocks, other);
    expect(renderToStaticMarkup(<RunPage id="r" />)).not.toContain('export');
    Object.assign(mocks, { kind: 'grpo', state: 'RUNNING' });
  }
  mocks.handlers['train.stop']?.();
  expect(mocks.stop).not.toHaveBeenCalled();
  expect(useView.getState().dialog).toEqual({ name: 'stop-run', about });
});

it('says what happens, and stops by the button that says so alone', () => {
  openDialog('stop-run', about);
  renderToStaticMarkup(<StopDialog />);
  const shown = mocks.dialog.mock.lastCall?.[0] as {
    about: string;
    children: ReactNode;
    foot: ReactElement<{ children: Press[] }>;
    onClose(): void;
  };
  const words = renderToStaticMarkup(shown.children);
  expect(shown.about).toBe('run a');
  expect(words).toContain(
    'after the step under way, then saves and exports its adapter, where it has made a step',
  );
  expect(words).toContain(
    'Once it has ended in good order it cannot be resumed. A new run can go on from the adapter',
  );
  const [keep, stop] = shown.foot.props.children;
  // Escape and the corner close it by the first.
  for (const close of [shown.onClose, keep!.props.onClick]) {
    openDialog('stop-run', about);
    close();
    expect(useView.getState().dialog).toBe(null);
  }
  expect(mocks.stop).not.toHaveBeenCalled();
  stop!.props.onClick();
  expect(mocks.stop.mock.lastCall?.[0]).toEqual({ id: 'r' });
});

it('offers nothing to stop once it is too late', () => {
  for (const [state, words] of [
    ['DONE', 'It is over already.'],
    ['FAILED', 'It is over already.'],
    ['STOPPING', 'It is ending already.'],
    ['SYNCING', 'It is ending already.'],
  ]) {
    mocks.state = state!;
    openDialog('stop-run', about);
    renderToStaticMarkup(<StopDialog />);
    const shown = mocks.dialog.mock.lastCall?.[0] as { children: ReactNode; foot: ReactElement };
    expect(renderToStaticMarkup(shown.children)).toBe(`<p>${words}</p>`);
    expect(renderToStaticMarkup(shown.foot)).not.toContain('Stop it');
    expect(renderToStaticMarkup(shown.foot)).toContain('Close');
  }
});

it('promises what the kind and the state of the run allow', () => {
  const words = (kind: string, state: string, made = 0) => {
    Object.assign(mocks, { kind, state, made });
    openDialog('stop-run', about);
    renderToStaticMarkup(<StopDialog />);
    const shown = mocks.dialog.mock.lastCall?.[0] as { children: ReactNode };
    return renderToStaticMarkup(shown.children);
  };
  for (const kind of ['merge', 'export', 'generate', 'evaluate', 'rejection'])
    expect(words(kind, 'RUNNING', 3)).not.toContain('adapter');
  expect(words('rejection', 'RUNNING')).toContain('then keeps its traces, where it has any');
  for (const state of ['QUEUED', 'STAGING']) {
    expect(words('grpo', state)).toBe('<p>It ends before it has begun. It can be started over.</p>');
    expect(words('merge', state)).toBe('<p>It ends before it has begun. It can be started over.</p>');
    expect(words('grpo', state, 4)).toBe('<p>It ends before it goes on. It can be resumed.</p>');
  }
  for (const state of ['LAUNCHING', 'RUNNING']) expect(words('grpo', state)).toContain('its adapter');
  // Of a program one stage may be a rejection, and the first has no adapter before its end.
  expect(words('program', 'RUNNING', 3)).not.toContain('adapter');
  expect(words('program', 'RUNNING', 3)).toContain('what it has published');
});
