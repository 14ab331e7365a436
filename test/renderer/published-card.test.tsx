// What a run has published, as its page shows it: scores beside what they are scores of.
import './page.ts';
import { renderToStaticMarkup } from 'react-dom/server';
import { expect, it } from 'vitest';
import type { JobDetail } from '../../core/contract/jobs.ts';
import type { RunArtifact } from '../../core/contract/run-views.ts';
import { PublishedTable } from '../../renderer/jobs/published-card.tsx';

const score = { set: 'held-out', n: 100, checked: 100, mean: 1.5, correct: 0.8, format: null, loss: null };
const adapter = (name: string, of: Partial<NonNullable<RunArtifact['score']>> | null = {}): RunArtifact => ({
  ...{ name, step: 20, moment: { stage: null, step: 20, steps: 40 }, kind: 'lora-adapter', state: 'home' },
  ...{
    reason: null,
    modelId: 'a',
    score: of && { ...score, ...of },
    path: null,
    files: [],
    at: 0,
    best: false,
  },
});
const shown = (...artifacts: RunArtifact[]) =>
  renderToStaticMarkup(<PublishedTable run={{} as JobDetail} artifacts={artifacts} />);

it('names the set of a score where there are several', () => {
  expect(shown(adapter('step-20'), adapter('final', null))).not.toContain('Examined on');
  const two = shown(adapter('grpo-final'), adapter('sft-final', { set: 'questions-of-before' }));
  expect(two).toMatch(/Examined on.*>held out<.*>questions of before</s);
});

it('says of how many answers a share is: of those that could be checked, and of none where nobody counted them', () => {
  expect(shown(adapter('final'))).toContain('>80.0 % of 100<');
  expect(shown(adapter('final', { checked: 50 }))).toContain('>80.0 % of 50<');
  expect(shown(adapter('final', { checked: null }))).toContain('>80.0 %<');
  expect(shown(adapter('final', { checked: 0, correct: null }))).not.toContain(' % ');
});

it('calls none the best so far where one was never asked', () => {
  const best = { ...adapter('step-20'), best: true };
  expect(shown(best, adapter('step-40'))).toContain('>best so far<');
  expect(shown(best, adapter('final', null))).toContain('>best of those examined<');
  expect(shown(best, { ...adapter('final', null), state: 'refused' })).toContain('>best so far<');
});
