// The launch form's three views of one run: fields, YAML, command.
import { describe, expect, test } from 'vitest';
import type { Preset } from '../../core/contract/jobs.ts';
import { chosenBy, emptyDraft, launchInput } from '../../renderer/jobs/launch-draft.ts';
import { commandOf, readYaml, yamlOf } from '../../renderer/jobs/launch-text.ts';
import { changedBlocks, groupsOf, readSetting, withSetting } from '../../renderer/jobs/setting-fields.ts';

const settings = {
  lora: { rank: 32, alpha: 64, targets: ['q_proj'] },
  training: { steps: 60, learningRate: 1e-4, klStop: null, schedule: 'cosine' },
  stopWhen: [],
};
const preset = { id: 'think', settings, sources: [], suite: 'think-first@2' } as unknown as Preset;

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

describe('YAML and command', () => {
  const draft = { ...emptyDraft, settings: withSetting(settings, ['training', 'klStop'], 0.5) };
  const choice = chosenBy(draft, [preset], [], []);
  const input = launchInput(draft, choice);
  test('YAML read back is the same run', () => {
    const read = readYaml(yamlOf(input, choice.settings));
    expect(read).toEqual({ seed: '1', settings: choice.settings, problem: null });
    const again = { ...draft, settings: read.settings! };
    expect(launchInput(again, chosenBy(again, [preset], [], []))).toEqual(input);
  });
  test('what is no run says why', () => {
    expect(readYaml('a: [').problem).toMatch(/flow/i);
    expect(readYaml('- 1').problem).toMatch(/mapping/);
    expect(readYaml('seed: 1').problem).toMatch(/settings/);
  });
  test('the command says what differs from the preset and nothing else', () => {
    expect(commandOf({ ...input, name: "it's" })).toBe(
      `forethought jobs launch think --seed 1 --name 'it'\\''s' --settings '{"training":{"steps":60,"learningRate":0.0001,"klStop":0.5,"schedule":"cosine"}}'`,
    );
    expect(commandOf(launchInput(emptyDraft, chosenBy(emptyDraft, [preset], [], [])))).toBe(
      'forethought jobs launch think --seed 1',
    );
  });
  test('steps and rate of the short form are in every view, and in the command by their own names', () => {
    const short = { ...emptyDraft, steps: '7', learningRate: 'no' };
    const chosen = chosenBy(short, [preset], [], []);
    expect(chosen.settings['training']).toMatchObject({ steps: 7, learningRate: 1e-4 });
    expect(launchInput({ ...short, learningRate: '' }, chosen)).toEqual({
      preset: 'think',
      seed: 1,
      steps: 7,
    });
  });
});
