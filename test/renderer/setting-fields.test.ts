// Settings as fields: which there are, blocks that are switched on and off, what is typed, and findings next to their fields.
import { describe, expect, test } from 'vitest';
import { settingsOf } from '../../core/contract/job-settings.ts';
import type { JobKind } from '../../core/contract/job-spec.ts';
import type { SettingShape } from '../../core/contract/setting-shape.ts';
import { PresetFile, readPresets } from '../../core/jobs/presets.ts';
import { notesIn, waysTo } from '../../renderer/jobs/finding-notes.ts';
import { fieldInWords, saidOnce } from '../../renderer/jobs/finding-words.ts';
import {
  changedBlocks,
  groupsOf,
  optionsOfChoice,
  readChoice,
  readSetting,
  type SettingGroup,
  type Settings,
  shownChoice,
  withSetting,
  writtenSetting,
} from '../../renderer/jobs/setting-fields.ts';
import { playPreset } from '../fixtures/play-lab.ts';

const presets = readPresets('resources/presets');
const settingsOfPreset = (id: string): Settings => presets.find((preset) => preset.id === id)!.settings;
const { settings } = PresetFile.parse(playPreset);

const find = (groups: SettingGroup[], id: string) => {
  const group = groups.find((each) => each.id === id);
  if (!group) throw new Error(`There is no ${id} among ${groups.map((each) => each.id).join(', ')}.`);
  return group;
};
const toggled = (now: Settings, { toggle }: SettingGroup): Settings =>
  withSetting(now, toggle!.path, toggle!.value);
const names = ({ fields }: SettingGroup) => fields.map(({ path }) => path.at(-1));

describe('fields', () => {
  test('a time is read and written in what a person counts it in', () => {
    const limits = find(groupsOf('grpo', settings, settings), 'limits');
    const [deadline, checkpoint] = limits.fields;
    expect([deadline?.unit, checkpoint?.unit]).toEqual(['minutes', 'seconds']);
    expect(readSetting('1,5', deadline!)).toBe(90_000);
    expect(readSetting('', deadline!)).toBeNull();
    expect(readSetting('soon', deadline!)).toBe('soon');
    expect([writtenSetting(90_000, 'minutes'), writtenSetting(60_000, 'seconds')]).toEqual(['1.5', '60']);
    // What was set to the millisecond stays so.
    expect(readSetting(writtenSetting(1_234_567, 'minutes'), deadline!)).toBe(1_234_567);
  });

  test('a choice that may be empty has an option for that, and any other has none', () => {
    const fields = find(groupsOf('grpo', settings, settings), '').fields;
    const choice = (name: string) => {
      const { shape } = fields.find(({ path }) => path.at(-1) === name)!;
      if (shape.is !== 'choice') throw new Error(`${name} is no choice.`);
      return shape;
    };
    const platform = choice('platform');
    expect(optionsOfChoice(platform)).toEqual(['not set', 'cpu', 'gpu', 'tpu']);
    expect([null, 'tpu', 'npu', undefined].map((value) => shownChoice(platform, value))).toEqual([
      ...['not set', 'tpu', null, null],
    ]);
    expect(['not set', 'tpu'].map(readChoice)).toEqual([null, 'tpu']);
    expect(optionsOfChoice(choice('tooLong'))).toEqual(['refuse', 'leave-out']);
    expect(shownChoice(choice('tooLong'), null)).toBeNull();
  });

  test('every setting is one, in the group of its block', () => {
    const groups = groupsOf('grpo', settings, settings);
    expect(groups.map(({ title }) => title)).toEqual([
      ...['Training', 'Adapter', 'Sampling', 'Held-out questions', 'Further', 'Limits', 'Machine'],
    ]);
    expect(names(find(groups, ''))).toEqual([
      ...['platform', 'rolloutEncoding', 'tooLong', 'onlyForm', 'publishEverySteps'],
    ]);
    expect(names(find(groups, 'lora'))).toEqual(['rank', 'alpha', 'targets']);
  });
  test('a program has those of each stage, and a change keeps the rest as it is', () => {
    const program = settingsOfPreset('recipe');
    const groups = groupsOf('program', program, program);
    expect([...new Set(groups.map(({ stage }) => stage))]).toEqual([
      ...['grpo', 'merge', 'sft', 'evaluate', null],
    ]);
    expect(names(find(groups, 'stages[2]'))).toEqual([
      ...['id', 'from', 'share', 'dataFrom', 'data', 'publishEverySteps', 'sources'],
    ]);
    expect(names(find(groups, 'stages[1]'))).toEqual(['id', 'from', 'share', 'form', 'dtype']);
    expect(groups.filter(({ id }) => id.endsWith('replayFrom')).map(({ id }) => id)).toEqual([
      'stages[2].replayFrom',
    ]);
    const recipeStages = program['stages'] as Settings[];
    const pairs = { ...recipeStages[2], kind: 'dpo', dataFrom: null };
    const dpo = { stages: recipeStages.with(2, pairs) };
    // What only a stage of kind sft can learn from; the check refuses it elsewhere.
    expect(names(find(groupsOf('program', dpo, program), 'stages[2]'))).not.toContain('dataFrom');
    expect(names(find(groups, 'stages[3].sets[0]'))).toEqual(['source', 'maxRows', 'set']);
    const next = withSetting(program, ['stages', 1, 'dtype'], 'float16');
    expect((next['stages'] as unknown[])[0]).toBe((program['stages'] as unknown[])[0]);
    expect(Object.keys(changedBlocks(program, next))).toEqual(['stages']);
  });
  test('settings that are no settings have no fields, and no accident', () => {
    for (const stages of [null, 'x', [null, { kind: 'mix' }, { kind: 'sft', training: 3 }]])
      expect(groupsOf('program', { stages }, {}).length).toBeGreaterThan(0);
    expect(find(groupsOf('grpo', { training: 3 }, settings), 'training').toggle).toMatchObject({
      isOn: false,
      value: settings['training' as keyof typeof settings],
    });
  });
});

describe('a block that need not be there', () => {
  test('is switched on with values that the schema takes, but for what only a person can name', () => {
    const unnamed = new Set<string>();
    for (const { kind, settings: preset } of presets) {
      // Twice: a guard's own blocks are there once it is.
      let now: Settings = preset;
      for (const _ of [1, 2])
        for (const group of groupsOf(kind, now, {}))
          if (group.toggle && !group.toggle.isOn) now = toggled(now, group);
      for (const issue of settingsOf[kind].safeParse(now).error?.issues ?? [])
        unnamed.add(`${String(issue.path.at(-1))} ${issue.code}`);
    }
    expect([...unnamed].toSorted()).toEqual(['data too_small', 'source too_small', 'stage too_small']);
  });
  test('can be a guard for "distil", and none again', () => {
    const distil = settingsOfPreset('distil');
    const guarded = toggled(distil, find(groupsOf('sft', distil, distil), 'guard'));
    expect(guarded['guard']).toEqual({
      ...{ replay: null, klWeight: null, klEstimator: 'k3', klRows: 'all', retention: null },
    });
    expect(toggled(guarded, find(groupsOf('sft', guarded, distil), 'guard'))).toEqual(distil);
  });
  test('comes back as the preset has it', () => {
    const off = toggled(
      settingsOfPreset('distil'),
      find(groupsOf('sft', settingsOfPreset('distil'), {}), 'validation'),
    );
    expect(off['validation']).toBeNull();
    const again = groupsOf('sft', off, settingsOfPreset('distil'));
    expect(find(again, 'validation').toggle?.value).toEqual({ rows: 64, everySteps: 30 });
  });
  test('has the lengths and sets of the rest of its stage', () => {
    const distil = settingsOfPreset('distil');
    const value = (id: string, now = distil, kind: JobKind = 'sft') =>
      find(groupsOf(kind, now, {}), id).toggle?.value;
    expect(value('generation')).toEqual({ maxPromptTokens: 256, maxCompletionTokens: 768, batchSize: 8 });
    const recipe = settingsOfPreset('recipe');
    const gateless = withSetting(recipe, ['stages', 0, 'gate'], null);
    expect(value('stages[0].gate', gateless, 'program')).toMatchObject({
      metric: 'correct',
      set: 'ai2_arc validation',
      noWorseThan: 'base',
    });
  });
  test('of a stage that is left out altogether leaves no trace', () => {
    const recipe = settingsOfPreset('recipe');
    const { id, toggle } = find(groupsOf('program', recipe, recipe), 'stages[2].mesh');
    const off = withSetting(recipe, toggle!.path, toggle!.value);
    const meshes = (settings: object) => JSON.stringify(settings).match(/"mesh"/g)?.length ?? 0;
    expect([id, meshes(recipe) - meshes(off)]).toEqual(['stages[2].mesh', 1]);
  });
  test('of a list is one more, or one less', () => {
    const recipe = settingsOfPreset('recipe');
    const more = toggled(recipe, find(groupsOf('program', recipe, recipe), 'stages[3].sets[1]'));
    expect(find(groupsOf('program', more, recipe), 'stages[3].sets[1]').toggle?.isOn).toBe(true);
    expect(toggled(more, find(groupsOf('program', more, recipe), 'stages[3].sets[1]'))).toEqual(recipe);
  });
});

describe('what is typed', () => {
  const shape = (is: 'number' | 'text' | 'texts', nullable = false): SettingShape => ({
    ...{ is, nullable, optional: false, fallback: undefined },
  });
  test('is a value of the field’s kind, else a text that the check refuses', () => {
    expect(readSetting('1e-4', { shape: shape('number') })).toBe(1e-4);
    expect(readSetting('1e-', { shape: shape('number') })).toBe('1e-');
    // As in every field for a number, and as this window writes them.
    for (const [text, value] of [
      ['0,5', 0.5],
      ['1,000', 1000],
      ['−2', -2],
      ['0x10', '0x10'],
      ['1e999', '1e999'],
    ])
      expect(readSetting(String(text), { shape: shape('number') })).toBe(value);
    expect(readSetting('3', { shape: shape('text') })).toBe('3');
    expect(readSetting(' a:train \n\n b=5', { shape: shape('texts') })).toEqual(['a:train', 'b=5']);
  });
  test('is none where the schema lets it be empty, whatever stood there before', () => {
    expect(readSetting('', { shape: shape('number', true) })).toBeNull();
    expect(readSetting('', { shape: shape('number') })).toBe('');
    expect(readSetting('', { shape: shape('text', true) })).toBeNull();
    expect(readSetting('', { shape: shape('texts', true) })).toBeNull();
  });
});

describe('findings', () => {
  test('say once what several sources lack alike', () => {
    const lack = (name: string, field = 'sources') => ({
      ...{ field, level: 'error' as const, message: `There is no source "${name}". It holds: a, b.` },
    });
    expect(saidOnce([lack('x'), lack('y'), lack('z', 'data')]).map(({ message }) => message)).toEqual([
      'There is no source "x". It holds: a, b.',
      'There is no source "y".',
      'There is no source "z". It holds: a, b.',
    ]);
  });

  const notesOf = notesIn([
    { field: 'training.steps', level: 'warning', message: 'Many.' },
    { field: 'training.steps', level: 'error', message: 'Too many.' },
    { field: 'sources', level: 'error', message: 'Locked.' },
  ]);
  test('all stand at their field, each with its level, the gravest first', () => {
    expect(notesOf('training.steps').map(({ word, text }) => [word, text])).toEqual([
      ['stops it', 'Too many.'],
      ['warning', 'Many.'],
    ]);
    expect(notesOf('sources', 'sourceId')).toHaveLength(1);
    expect(notesOf('suite')).toEqual([]);
  });
  test('lead to the field, else to what it is in', () => {
    expect(waysTo('stages[0].gate.set')).toEqual([
      'stages[0].gate.set',
      'stages[0].gate',
      'stages[0]',
      'stages',
    ]);
  });
  test.each([
    ['training.steps', 'Training · Steps'],
    ['tooLong', 'Rows that are too long'],
    ['baseId', 'Base model'],
    ['startAdapterId', 'Begin with'],
    ['generation', 'Answers to held-out questions'],
    ['stages[1].guard.replay.share', 'Stage sft · Guard: replay · Replay'],
    ['stages[1].sources', 'Stage sft · Its questions, or its mix of texts'],
    ['stages[1].gate', 'Stage sft · Gate'],
    ['stages[1].stopWhen[0]', 'Stage sft · Ends by itself'],
    ['stages[4]', 'Stage 5'],
    ['stages', 'Stages'],
    ['training.stepz', 'Training · training.stepz'],
  ])('a finding at %s is named as the form does', (field, words) => {
    expect(fieldInWords(field, ['grpo', 'sft'])).toBe(words);
  });
});
