// The launch form: settings as fields, and as YAML that is read back.
import { describe, expect, test } from 'vitest';
import type { Preset } from '../../core/contract/jobs.ts';
import type { Model } from '../../core/contract/models.ts';
import {
  asksQuestions,
  chosenBy,
  emptyDraft,
  launchInput,
  missingFor,
  readyFirst,
  trainableOf,
  withPreset,
} from '../../renderer/jobs/launch-draft.ts';
import {
  changedBlocks,
  groupsOf,
  problemsByPath,
  readSetting,
  withSetting,
} from '../../renderer/jobs/setting-fields.ts';

const settings = {
  lora: { rank: 32, alpha: 64, targets: ['q_proj'] },
  training: { steps: 60, learningRate: 1e-4, klStop: null, schedule: 'cosine' },
  stopWhen: [],
};
const preset = {
  id: 'think',
  kind: 'grpo',
  settings,
  sources: [],
  missing: [],
  suite: 'think-first@2',
} as unknown as Preset;

describe('fields', () => {
  test('every setting that has words is one, in the group of its block', () => {
    const groups = groupsOf(settings);
    expect(groups.map(({ title, fields }) => [title, fields.map(({ path }) => path.join('.'))])).toEqual([
      ['Training', ['training.steps', 'training.learningRate', 'training.klStop', 'training.schedule']],
      ['Adapter', ['lora.rank', 'lora.alpha', 'lora.targets']],
    ]);
  });
  test('a program has a group for each block of each stage, and a change keeps the rest as it is', () => {
    const program = {
      limits: { deadlineMs: null },
      stages: [
        { id: 'grpo', kind: 'grpo', from: 'base', training: { steps: 1 } },
        { id: 'sft', kind: 'sft', from: 'grpo', training: { steps: 2 }, guard: { klWeight: 0.5 } },
      ],
    };
    expect(groupsOf(program).map(({ title }) => title)).toEqual([
      'grpo: the stage',
      'grpo: training',
      'sft: the stage',
      'sft: training',
      'sft: guard against forgetting',
      'Limits',
    ]);
    const next = withSetting(program, ['stages', '1', 'training', 'steps'], 9);
    expect(next).toMatchObject({ stages: [{ training: { steps: 1 } }, { training: { steps: 9 } }] });
    expect((next['stages'] as unknown[])[0]).toBe(program.stages[0]);
    expect(Object.keys(changedBlocks(program, next))).toEqual(['stages']);
  });
  test('what is typed becomes a value of the kind that was there, or none', () => {
    expect(readSetting('1e-4', 0.1)).toBe(1e-4);
    expect(readSetting('1e-', 0.1)).toBeUndefined();
    expect(readSetting('', 0.1)).toBeUndefined();
    expect(readSetting('', null)).toBeNull();
    expect(readSetting('3', null)).toBe(3);
    expect(readSetting('tiny:train', null)).toBe('tiny:train');
  });
});

test('another preset takes with it what was changed for the one before, and texts of the same sort stay', () => {
  const [completions, more, pairs] = ['completions', 'completions', 'pairs'].map(
    (expectsData) => ({ ...preset, id: expectsData, expectsData }) as Preset,
  ) as [Preset, Preset, Preset];
  const own = { sources: [], template: 'x@1', suite: 's@1', steps: '3', settings: {} };
  const draft = { ...emptyDraft, ...own, data: 't.jsonl', seed: '7' };
  expect(withPreset(draft, completions, more)).toEqual({
    ...emptyDraft,
    ...{ presetId: 'completions', data: 't.jsonl', seed: '7' },
  });
  expect(withPreset(draft, completions, pairs).data).toBe('');
});

test('a preset that the lab has everything for is the first choice', () => {
  const lacking = { ...preset, id: 'distil', missing: ['There is no base.'] } as Preset;
  const merge = { ...preset, id: 'merge', kind: 'merge' } as Preset;
  expect(readyFirst([lacking, merge, preset]).map(({ id }) => id)).toEqual(['think', 'merge', 'distil']);
  expect(chosenBy(emptyDraft, [lacking, preset], [], []).preset?.id).toBe('think');
  expect(chosenBy({ ...emptyDraft, presetId: 'distil' }, [lacking, preset], [], []).preset?.id).toBe(
    'distil',
  );
});

describe('the short form', () => {
  test('steps and rate of the short form are in every view, and are sent by their own names', () => {
    const short = { ...emptyDraft, steps: '7', learningRate: 'no' };
    const chosen = chosenBy(short, [preset], [], []);
    expect(chosen.settings['training']).toMatchObject({ steps: 7, learningRate: 1e-4 });
    expect(launchInput({ ...short, learningRate: '' }, chosen)).toEqual({
      preset: 'think',
      seed: 1,
      steps: 7,
    });
  });
  test('a finding stands at the field of a stage', () => {
    const found = problemsByPath([{ field: 'stages[1].lora.rank', level: 'error', message: 'Too high.' }]);
    expect(found).toEqual({ 'stages.1.lora.rank': 'Too high.' });
  });
});

describe('a preset that learns from texts', () => {
  const base = { id: 'b', kind: 'base', state: 'ready', trainable: true, parentId: null, stack: [] };
  const adapter = { ...base, id: 'a', kind: 'adapter', trainable: false, parentId: 'b' };
  const models = [
    ...[base, adapter, { ...adapter, id: 'r', state: 'refused' }],
    { ...base, id: 'q', trainable: false },
    { ...adapter, id: 'on q', parentId: 'q' },
  ] as unknown as Model[];
  const distil = {
    ...preset,
    ...{ id: 'distil', kind: 'sft', baseId: null, expectsData: 'completions' },
    sources: [{ dataset: 'xsum', split: 'train', count: 400, sourceId: null }],
  } as unknown as Preset;
  const draft = { ...emptyDraft, presetId: 'distil', baseId: 'a' };

  test('is trained on bases and on adapters that are ready', () => {
    expect(trainableOf(models).map(({ id }) => id)).toEqual(['b', 'a']);
    expect(launchInput({ ...draft, data: ' t.jsonl ' }, chosenBy(draft, [distil], models, []))).toMatchObject(
      {
        ...{ preset: 'distil', baseId: 'a', data: 't.jsonl' },
      },
    );
  });
  test('goes on from adapters that were trained on exactly the chosen base', () => {
    const upon = { ...adapter, id: 'a2', stack: ['a'] } as unknown as Model;
    const all = [...models, upon];
    const goingOn = { ...draft, baseId: 'b', startAdapterId: 'a' };
    const choice = chosenBy(goingOn, [distil], all, []);
    expect(choice.starts.map(({ id }) => id)).toEqual(['a']);
    expect(launchInput(goingOn, choice)).toMatchObject({ baseId: 'b', startAdapterId: 'a' });
    const onAdapter = chosenBy({ ...goingOn, baseId: 'a' }, [distil], all, []);
    expect(onAdapter.starts.map(({ id }) => id)).toEqual(['a2']);
    const other = withPreset(goingOn, distil, preset);
    expect(launchInput(other, chosenBy(other, [preset], all, []))).not.toHaveProperty('startAdapterId');
    const merge = { ...distil, settings: { form: 'merged' } } as unknown as Preset;
    expect(chosenBy(goingOn, [merge], all, []).starts).toEqual([]);
  });
  test('asks for the texts, and for no questions', () => {
    const choice = chosenBy(draft, [distil], models, []);
    expect(asksQuestions(distil)).toBe(false);
    expect(missingFor(draft, choice, undefined)).toBe('Name the completions that it learns from.');
    expect(missingFor({ ...draft, data: 't.jsonl' }, choice, undefined)).toBeUndefined();
  });
});
