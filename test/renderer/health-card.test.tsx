// What the card of a run's health says where no rule has found anything: that nothing is wrong only where that is known.
import './page.ts';
import { renderToStaticMarkup } from 'react-dom/server';
import { expect, it, vi } from 'vitest';
import type { JobDetail } from '../../core/contract/jobs.ts';
import type { HealthFinding } from '../../core/contract/run-views.ts';
import { HealthCard } from '../../renderer/jobs/health-card.tsx';

const answer = vi.hoisted(() => ({ data: [] as object[] }));
vi.mock('../../renderer/queries.ts', () => ({ useQuery: () => answer }));

const finding = (title: string, change: Partial<HealthFinding> = {}): Partial<HealthFinding> => ({
  ...{ rule: 'truncated', level: 'ok', judged: true, title, message: '1 %', metric: 'm' },
  ...{ stage: null, current: true, since: null, stopRule: null, ...change },
});
const early = { judged: false };
const [running, done] = [{ state: 'RUNNING' }, { state: 'DONE' }] as Partial<JobDetail>[];
const failed: Partial<JobDetail> = { state: 'FAILED', failure: { class: 'c', message: 'm' } };
const shown = (run: Partial<JobDetail>, ...findings: Partial<HealthFinding>[]) => {
  answer.data = findings;
  return renderToStaticMarkup(<HealthCard run={{ failure: null, ...run } as JobDetail} />);
};

it('says that nothing is wrong, of what was looked for long enough', () => {
  const two = shown(done!, finding('Cut off'), finding('Worse', early));
  expect(two).toContain('Nothing is wrong. None of what was looked for is there: cut off.');
  expect(two).toContain('Too little was told to judge: worse.');
  expect(two).toContain('>1 rule holds<');
  expect(shown(running!, finding('Cut off'), finding('Worse', early))).toContain(
    'There is not enough yet to judge: worse.',
  );
  expect(shown(done!, finding('Cut off'), finding('Worse'))).not.toContain(' to judge');
});

it('says that there is too little where no rule has enough', () => {
  for (const [run, stage, words] of [
    [running, null, 'There is not enough yet to judge it by.'],
    [done, null, 'The run ended before there was enough to judge it by.'],
    [failed, null, 'The run ended before there was enough to judge it by.'],
    [done, 'sft', 'The stage sft ended before there was enough to judge it by.'],
  ] as const) {
    const page = shown(run!, finding('Cut off', { ...early, stage }));
    expect(page).toContain(words);
    expect(page).not.toMatch(/Nothing is wrong|hold/);
  }
});

it('does not say under a failure that nothing is wrong', () => {
  const page = shown(failed, finding('Cut off'));
  expect(page).toContain('No rule has found anything in what was told before the run failed: cut off.');
  expect(page).not.toContain('Nothing is wrong');
});
