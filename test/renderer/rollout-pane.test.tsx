// One rollout: what its completion was held against is said.
import './page.ts';
import { renderToStaticMarkup } from 'react-dom/server';
import { expect, it, vi } from 'vitest';
import type { JobDetail } from '../../core/contract/jobs.ts';
import type { Rollout } from '../../core/contract/run-views.ts';
import { RolloutPane } from '../../renderer/jobs/rollout-pane.tsx';

const row = vi.hoisted(() => ({ now: {} }));
vi.mock('../../renderer/use-stages.ts', () => ({ useStages: () => [] }));
vi.mock('../../renderer/use-suite.ts', () => ({ useSuite: () => undefined }));
vi.mock('../../renderer/ui/completion-view.tsx', () => ({ CompletionView: () => null }));
vi.mock('../../renderer/jobs/run-facts.ts', () => ({ groupSizeOf: () => 2, partsOf: () => [] }));
vi.mock('../../renderer/queries.ts', () => ({
  useQuery: (path: string) => ({ data: path === 'datasets.row' ? { row: row.now } : undefined }),
}));
const shown = (of: object) => {
  row.now = { choices: null, answer: null, ...of };
  const run = { id: 'r', spec: { prompt: { id: 't' } } } as JobDetail;
  const rollout = { rowId: 'q', step: 1, sample: 0, tokens: 9, total: 1, advantage: null } as Rollout;
  return renderToStaticMarkup(<RolloutPane run={run} rollout={{ ...rollout, verdict: 'correct' }} />);
};

it('names the gold answer, that there is none, or that tests decide', () => {
  expect(shown({ answer: '7', answerType: 'number' })).toContain('gold 7');
  expect(shown({ answerType: 'open' })).toContain('gold open');
  const byTests = shown({ answerType: 'code' });
  expect(byTests).toContain('checked by tests');
  expect(byTests).not.toContain('gold');
});
