// Logic of lists and forms: movement by key, the filter in the address, guesses from a path, pairs to compare, what a form lacks.
import { describe, expect, it } from 'vitest';
import type { Evaluation } from '../../core/contract/evals.ts';
import type { Preset } from '../../core/contract/jobs.ts';
import { defaultPair } from '../../renderer/comparisons/default-pair.ts';
import { filterOf } from '../../renderer/datasets/filter.ts';
import { guessSource, isHubPath } from '../../renderer/datasets/guess-source.ts';
import { choosePair, groupEvaluations } from '../../renderer/evals/matrix.ts';
import { emptyDraft, launchInput, missingFor, problemsOf } from '../../renderer/jobs/launch-draft.ts';
import { nextIndex } from '../../renderer/ui/virtual-table.tsx';

describe('movement in a list', () => {
  const move = (key: string, from: number | null, total = 200_000) => nextIndex({ key }, from, total, 20);
  it('goes where the key says and stops at the ends', () => {
    expect(move('ArrowDown', null)).toBe(0);
    expect(move('ArrowDown', 199_999)).toBe(199_999);
    expect(move('ArrowUp', 0)).toBe(0);
    expect(move('ArrowUp', null)).toBe(199_999);
    expect(move('PageDown', 10)).toBe(30);
    expect(move('PageUp', 10)).toBe(0);
    expect(move('Home', 77)).toBe(0);
    expect(move('End', 77)).toBe(199_999);
  });
  it('leaves other keys and empty lists alone', () => {
    expect(move('a', 3)).toBeNull();
    expect(move('ArrowDown', null, 0)).toBeNull();
  });
});

describe('the filter in the address', () => {
  it('is taken as far as the contract knows it', () => {
    expect(filterOf({ q: 'eggs', domain: 'math', type: 'number', source: 's1', row: '3' })).toEqual({
      search: 'eggs',
      domain: 'math',
      answerType: 'number',
      sourceId: 's1',
    });
    expect(filterOf({ type: 'riddle', q: '' })).toEqual({});
    expect(filterOf({ q: 'x'.repeat(500) }).search).toHaveLength(400);
  });
});

describe('a path', () => {
  it('tells reader, split and configuration when they are in it', () => {
    expect(guessSource('/data/openai__gsm8k/main/test.jsonl')).toEqual({
      adapter: 'gsm8k',
      split: 'test',
      config: 'main',
    });
    expect(guessSource('hub:allenai/ai2_arc/ARC-Challenge/train-00000.parquet')).toEqual({
      adapter: 'ai2_arc',
      split: 'train',
      config: 'ARC-Challenge',
    });
    expect(guessSource('/x/valid.jsonl').split).toBe('validation');
  });
  it('is not over-read', () => {
    expect(guessSource('/x/trainer-notes/latest.jsonl')).toEqual({});
    expect(isHubPath('hub:a/b/c')).toBe(true);
    expect(isHubPath('/hub:a')).toBe(false);
  });
});

const share = (count: number) => ({ count, n: 100, share: count / 100, low: 0, high: 1 });
const evaluation = (id: string, over: Partial<Evaluation> = {}): Evaluation =>
  ({
    id,
    name: id,
    adapterId: null,
    sourceId: 's1',
    state: 'done',
    accuracy: share(30),
    byDomain: [],
    createdAt: 0,
    ...over,
  }) as Evaluation;

describe('pairs', () => {
  const base = evaluation('base', { createdAt: 1 });
  const adapter = evaluation('adapter', { adapterId: 'a', createdAt: 2, accuracy: share(70) });
  const elsewhere = evaluation('elsewhere', { sourceId: 's2', createdAt: 3 });
  it('are a base and its adapter on the same questions when nothing is named', () => {
    expect(defaultPair([elsewhere, adapter, base], undefined, undefined)).toEqual({
      left: base,
      right: adapter,
    });
    expect(defaultPair([elsewhere, adapter, base], undefined, 'base')).toEqual({
      left: adapter,
      right: base,
    });
    expect(defaultPair([elsewhere], undefined, undefined)).toEqual({ left: undefined, right: undefined });
  });
  it('of ticks hold at most two', () => {
    expect(choosePair([], 'a')).toEqual(['a']);
    expect(choosePair(['a', 'b'], 'c')).toEqual(['b', 'c']);
    expect(choosePair(['a', 'b'], 'a')).toEqual(['b']);
  });
  it('stand under their questions, base first, with the best one named', () => {
    const groups = groupEvaluations([elsewhere, adapter, base]);
    expect(groups.map((group) => group.evaluations.map((each) => each.id))).toEqual([
      ['elsewhere'],
      ['base', 'adapter'],
    ]);
    expect(groups.map((group) => group.bestId)).toEqual([null, 'adapter']);
  });
});

describe('the launch form', () => {
  const preset = { id: 'p', kind: 'grpo', baseId: 'b', sources: [{}], settings: {} } as Preset;
  const base = { id: 'b' } as never;
  const open = [{ name: 's', problem: null }];
  const locked = [{ name: 's', problem: 'It must not be trained on: held out' }];
  it('says what is missing, in the order in which one would fill it', () => {
    const say = (choice: object, draft = emptyDraft, ready = true) =>
      missingFor(draft, { preset: undefined, base: undefined, sources: [], ...choice } as never, {
        ready,
        detail: 'No Python.',
      });
    expect(say({})).toMatch(/preset/);
    expect(say({ preset })).toMatch(/base/);
    expect(say({ preset, base })).toMatch(/questions/);
    expect(say({ preset, base, sources: locked })).toMatch(/held out/);
    expect(say({ preset, base, sources: open }, { ...emptyDraft, steps: '0' })).toMatch(/field/);
    expect(say({ preset, base, sources: open }, emptyDraft, false)).toBe('No Python.');
    expect(say({ preset, base, sources: open })).toBeUndefined();
  });
  it('names the field that cannot be used', () => {
    expect(Object.keys(problemsOf({ ...emptyDraft, seed: '-1', steps: '2.5', learningRate: '7' }))).toEqual([
      'seed',
      'steps',
      'learningRate',
    ]);
  });
  it('sends only what differs from the preset', () => {
    expect(
      launchInput(emptyDraft, { preset, settings: {}, base, sources: [], training: undefined, starts: [] }),
    ).toEqual({
      preset: 'p',
      seed: 1,
    });
    expect(
      launchInput(
        { ...emptyDraft, baseId: 'other', suite: 'mine@2', steps: '5', learningRate: '1e-4', name: ' x ' },
        {
          preset,
          settings: {},
          base: { id: 'other' } as never,
          sources: [],
          training: undefined,
          starts: [],
        },
      ),
    ).toEqual({
      preset: 'p',
      seed: 1,
      baseId: 'other',
      suite: 'mine@2',
      steps: 5,
      learningRate: 1e-4,
      name: 'x',
    });
  });
});
