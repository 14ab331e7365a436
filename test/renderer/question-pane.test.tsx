// One question of a run: what tells it from others that ask the same is shown.
import './page.ts';
import { renderToStaticMarkup } from 'react-dom/server';
import { expect, it, vi } from 'vitest';
import type { JobDetail } from '../../core/contract/jobs.ts';
import type { RunPrompt } from '../../core/contract/run-views.ts';
import { QuestionPane } from '../../renderer/jobs/question-pane.tsx';

const row = vi.hoisted(() => ({ now: null as object | null }));
const rollout = { rowId: 'q', step: 1, sample: 0, completion: 'B', total: 1, verdict: 'correct' };
vi.mock('../../renderer/use-stages.ts', () => ({ useStages: () => [] }));
vi.mock('../../renderer/queries.ts', () => ({
  useQuery: (path: string, input: { id: string }) =>
    path === 'datasets.row'
      ? { data: row.now && input.id === 'q' ? { row: row.now } : undefined }
      : { data: [rollout] },
}));
const shown = (of: object | null) => {
  row.now = of;
  const run = { id: 'r', spec: { prompt: { id: 't' } } } as JobDetail;
  const prompt = { rowId: 'q', question: 'Which of these has the most legs?', steps: 1 } as RunPrompt;
  return renderToStaticMarkup(<QuestionPane run={run} prompt={{ ...prompt, rollouts: 1, lastMean: 1 }} />);
};

it('has its options with the gold one marked', () => {
  const page = shown({ choices: ['an ant', 'a crab'], answer: 'B' });
  expect(page).toMatch(/A\)<\/b><span>an ant<.*data-gold="true".*a crab/);
  expect(page).toContain('gold B');
});

it('has none where it is an open question, or its row is gone', () => {
  expect(shown({ choices: null, answer: null })).toContain('gold open');
  const byTests = shown({ choices: null, answer: null, answerType: 'code' });
  expect(byTests).toContain('checked by tests');
  expect(byTests).not.toContain('gold');
  for (const of of [{ choices: null, answer: '7' }, null]) expect(shown(of)).not.toContain('Options');
});
