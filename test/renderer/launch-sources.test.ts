// The source list of the launch form: what it shows is what runs.
import { describe, expect, test } from 'vitest';
import type { Source } from '../../core/contract/datasets.ts';
import type { Preset } from '../../core/contract/jobs.ts';
import { chosenBy, emptyDraft, incompleteness, launchInput } from '../../renderer/jobs/launch-draft.ts';
import {
  importCommand,
  linesOf,
  mixWords,
  shownSources,
  sourceLabel,
  stageWords,
  totalOf,
} from '../../renderer/jobs/launch-sources.ts';

const source = (id: string, more: Partial<Source> = {}): Source => {
  const [dataset = '', split = ''] = id.split(':');
  return { id, dataset, config: 'main', split, locked: null, rowCount: 1000, ...more } as Source;
};
const preset = {
  ...{ id: 'mix', kind: 'grpo', baseId: 'b', expectsData: null, settings: {}, suite: 's@1', template: 't@1' },
  sources: [
    { dataset: 'gsm8k', split: 'train', count: 600, sourceId: null },
    { dataset: 'mbpp', split: 'train', count: 300, sourceId: null },
    { dataset: 'logiqa', split: 'train', count: null, sourceId: null },
  ],
} as unknown as Preset;
const models = [{ id: 'b', kind: 'base', state: 'ready', trainable: true }] as never[];
const inputOf = (sources: (typeof emptyDraft)['sources']) => {
  const draft = { ...emptyDraft, sources };
  return launchInput(draft, chosenBy(draft, [preset], models, []));
};

describe('the list', () => {
  test('shows each source of the preset with its count, whether the lab has it, and the total', () => {
    const shown = shownSources(linesOf(preset), [source('gsm8k:train', { rowCount: 7473 })]);
    expect(shown.map(({ name, count, state, questions }) => [name, count, state, questions])).toEqual([
      ['gsm8k:train', '600', 'ready', 600],
      ['mbpp:train', '300', 'absent', 300],
      ['logiqa:train', '', 'absent', null],
    ]);
    expect(totalOf(shown)).toBe('at least 900 questions');
    expect(totalOf(shown.slice(0, 2))).toBe('900 questions');
  });

  test('says what cannot be trained on, at its line', () => {
    const known = [
      source('a:train', { rowCount: 5 }),
      source('a:test', { locked: 'it is kept for evaluation.' }),
      source('arc-1', { dataset: 'arc', split: 'train', config: 'easy' }),
      source('arc-2', { dataset: 'arc', split: 'train', config: 'hard' }),
    ];
    const problems = (...lines: [string, string][]) =>
      shownSources(
        lines.map(([name, count]) => ({ name, count })),
        known,
      ).map(({ problem }) => problem);
    expect(problems(['a:train', '5'], ['arc:easy:train', ''])).toEqual([null, null]);
    expect(problems(['a:train', '6'])).toEqual(['It has only 5 rows.']);
    expect(problems(['a:train', '1.5'])).toEqual([expect.stringMatching(/whole number/)]);
    expect(problems(['a:train', ''], ['a:train', '2'])).toEqual([null, 'It is in the list twice.']);
    expect(problems(['a:test', ''])).toEqual([expect.stringMatching(/kept for evaluation/)]);
    expect(problems(['arc:train', ''])).toEqual([expect.stringMatching(/fits 2 sources/)]);
    expect(problems(['none:train', ''])).toEqual([expect.stringMatching(/import it, or take it out/)]);
  });

  test('keeps a run from starting while a line is wrong or none is left', () => {
    const say = (sources: (typeof emptyDraft)['sources'], known: Source[]) => {
      const draft = { ...emptyDraft, sources };
      return incompleteness(draft, chosenBy(draft, [preset], models, known));
    };
    expect(say([], [])).toBe('Choose the training questions first.');
    expect(say(null, [source('gsm8k:train')])).toMatch(/^mbpp:train: This lab does not have it/);
    expect(say([{ name: 'gsm8k:train', count: '2' }], [source('gsm8k:train')])).toBeUndefined();
  });

  test('tells two configurations of one split apart, and nothing where there is one', () => {
    const [easy, hard] = ['easy', 'hard'].map((config) => source('arc:train', { id: config, config }));
    expect(sourceLabel(easy!, [easy!])).toBe('arc · train');
    expect(sourceLabel(easy!, [easy!, hard!])).toBe('arc · easy · train');
  });

  test('says how to import what is missing', () => {
    expect(importCommand('gsm8k:train')).toMatch(/import <.*gsm8k.*> --as gsm8k --split train$/);
    expect(importCommand('mmlu:auxiliary_train')).toMatch(/--as rows --split auxiliary_train$/);
    expect(importCommand('ai2_arc:ARC-Easy:train')).toMatch(/--as ai2_arc --split train --config ARC-Easy$/);
  });

  test('says which stages of a program train on it, and what a kind without questions takes of its file', () => {
    const stages = [
      { id: 'grpo', kind: 'grpo', sources: null },
      { id: 'samples', kind: 'rejection', sources: ['tiny:train'] },
      { id: 'plain', kind: 'sft', sources: ['x=5'] },
    ];
    expect(stageWords({ stages })).toBe('Trained on by the stage grpo; samples names its own, tiny:train.');
    expect(stageWords({ stages: stages.slice(1) })).toMatch(/^Trained on by no stage; samples/);
    expect(stageWords({})).toBeNull();
    expect(mixWords({ ...preset, kind: 'sft', expectsData: 'completions' } as Preset)).toMatch(
      /600 of gsm8k, 300 of mbpp/,
    );
    expect(mixWords(preset)).toBeNull();
  });
});

describe('the request', () => {
  test('says nothing of a list that is the preset’s, and all of another, in its order', () => {
    const lines = linesOf(preset);
    expect(inputOf(null)).toEqual({ preset: 'mix', seed: 1 });
    expect(inputOf(lines)).toEqual({ preset: 'mix', seed: 1 });
    expect(inputOf(lines.slice(0, 1))).toMatchObject({ sources: ['gsm8k:train=600'] });
    expect(inputOf(lines.toReversed())).toMatchObject({
      sources: ['logiqa:train', 'mbpp:train=300', 'gsm8k:train=600'],
    });
    expect(inputOf(lines.with(0, { name: 'gsm8k:train', count: ' ' }))).toMatchObject({
      sources: ['gsm8k:train', 'mbpp:train=300', 'logiqa:train'],
    });
    expect(inputOf([])).toMatchObject({ sources: [] });
  });
});
