// The list of a run's questions while the run asks others: what is in sight stays where it is, because the open one is named.
import './page.ts';
import { renderToStaticMarkup } from 'react-dom/server';
import { expect, it, vi } from 'vitest';
import type { JobDetail } from '../../core/contract/jobs.ts';
import { QuestionsTab } from '../../renderer/jobs/questions-tab.tsx';

vi.hoisted(() => Object.assign(globalThis, { location: { hash: '#/train/r/questions?row=open' } }));
const table = vi.hoisted(() => vi.fn((_: object) => null));
vi.mock('../../renderer/ui/virtual-table.tsx', () => ({ VirtualTable: table }));
vi.mock('../../renderer/queries.ts', () => ({
  useQuery: (path: string) => ({
    data: path === 'jobs.prompts' ? [{ rowId: 'new' }, { rowId: 'open' }] : [],
  }),
}));

it('is told which question is open, not only in which place it stands', () => {
  const run = { id: 'r', rolloutCount: 2, spec: { prompt: { id: 't' } } } as JobDetail;
  renderToStaticMarkup(<QuestionsTab run={run} />);
  expect(table.mock.lastCall?.[0]).toMatchObject({ selected: 1, selectedKey: 'open' });
});
