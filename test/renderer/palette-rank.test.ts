// What the palette puts first.
import './page.ts';
import { describe, expect, it } from 'vitest';
import { actions } from '../../renderer/actions.ts';
import { rankOf } from '../../renderer/shell/rank.ts';

describe('the palette', () => {
  it('puts the title’s beginning before a word’s beginning, that before the middle of a word, that before other words', () => {
    const ranks = [
      rankOf('eval', 'Evaluate a model'),
      rankOf('eval', 'Pause or resume this evaluation'),
      rankOf('eval', 'Medieval questions'),
      rankOf('eval', 'Home', ['evals']),
      rankOf('eval', 'Models', ['medieval']),
    ];
    expect(ranks).toEqual([...ranks].sort((a, b) => b - a));
    expect(new Set(ranks).size).toBe(ranks.length);
    expect(ranks.at(-1)).toBe(0);
  });

  it('wants every word to fit somewhere', () => {
    expect(rankOf('tiny seed', 'think-first on Tiny Gemma 2 · seed 1')).toBeGreaterThan(0);
    expect(rankOf('tiny zebra', 'think-first on Tiny Gemma 2 · seed 1')).toBe(0);
    expect(rankOf('  RUN  ', 'Run the demo')).toBe(1);
  });

  it('shows no verb that has nothing of what was typed', () => {
    const found = (typed: string) =>
      actions
        .map((action) => ({ id: action.id, rank: rankOf(typed, action.title, action.words?.split(' ')) }))
        .filter(({ rank }) => rank > 0)
        .sort((a, b) => b.rank - a.rank)
        .map(({ id }) => id);
    expect(found('run').slice(0, 2)).toEqual(['demo.start', 'train.new']);
    expect(found('run')).not.toContain('data.import');
    expect(found('gguf')).toEqual(['models.add']);
  });
});
