// The demo's checkpoints by domain: names in words, how many questions, and what a reward below 0 is.
import './page.ts';
import { renderToStaticMarkup } from 'react-dom/server';
import { expect, it } from 'vitest';
import type { CheckpointScores } from '../../core/contract/demo.ts';
import { DomainTable } from '../../renderer/home/checkpoint-table.tsx';

const right = { count: 20, n: 40, share: 0.5, low: 0.35, high: 0.65 };
const checkpoint = (id: string, change = {}) =>
  ({
    ...{ id, name: id, right, rightByDomain: [{ domain: 'general-knowledge', right }] },
    openByDomain: [{ domain: 'creative', score: { n: 9, mean: -0.05, low: -0.1, high: 0 }, change: null }],
    ...{ forgotDomains: [], ...change },
  }) as unknown as CheckpointScores;

it('has its domains in words, with their questions', () => {
  const html = renderToStaticMarkup(<DomainTable checkpoints={[checkpoint('base'), checkpoint('grpo')]} />);
  expect(html).toContain('general knowledge <small>n 40</small>');
  expect(html).toMatch(/title="Reward[^"]*below 0"[^>]*>creative <small>n 9/);
});

it('tells of no number that is not the same for all', () => {
  const fewer = checkpoint('grpo', {
    rightByDomain: [{ domain: 'general-knowledge', right: { ...right, n: 30 } }],
  });
  const html = renderToStaticMarkup(<DomainTable checkpoints={[checkpoint('base'), fewer]} />);
  expect(html).toContain('general knowledge <small></small>');
});
