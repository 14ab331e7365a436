// Wrong values in plain words: settings as the form names them, data as it is spelled, and never a word of the checking library.
import { expect, it } from 'vitest';
import { z } from 'zod';
import { settingsOf } from '../../../core/contract/job-settings.ts';
import { tellingFirst, wrongSetting, wrongValue } from '../../../core/contract/wrong-value.ts';
import { playPreset } from '../../fixtures/play-lab.ts';

const play = playPreset.settings;
const training = (change: object) => ({ ...play, training: { ...play.training, ...change } });
const sentences = (kind: 'grpo' | 'program', settings: object) =>
  settingsOf[kind].safeParse(settings).error?.issues.map((issue) => wrongSetting(issue, settings));

it.each<[object, string]>([
  [training({ steps: 0 }), '“Steps” must be at least 1, but is 0.'],
  [training({ steps: 1.5 }), '“Steps” must be a whole number, but is 1.5.'],
  [training({ steps: 'many' }), '“Steps” must be a number, but is "many".'],
  [training({ learningRate: 0 }), '“Learning rate” must be more than 0, but is 0.'],
  [training({ schedule: '' }), '“Schedule” must be one of cosine, constant.'],
  [training({ schedule: 'slow' }), '“Schedule” must be one of cosine, constant, but is "slow".'],
  [training({ steps: undefined }), '“Steps” is missing.'],
  [{ ...play, lora: null }, '“lora” is missing.'],
  [training({ schedule: null }), '“Schedule” is missing.'],
  [training({ stepz: 1 }), '“training” has no setting "stepz".'],
  [{ ...play, trainings: {} }, 'There is no setting "trainings".'],
  [{ ...play, lora: { ...play.lora, targets: [] } }, '“Changed matrices” must have at least one entry.'],
  [
    { ...play, stopWhen: [{ metric: 'policy/kl' }] },
    '“stopWhen[0]” must have one of below, above and belowBest.',
  ],
])('a setting: %#', (settings, sentence) => {
  expect(sentences('grpo', settings)).toEqual([sentence]);
});

it('keeps every digit of a bound, and says what JSON cannot', () => {
  const settings = z.object({ alpha: z.number().min(0.0001).max(1_234_567.25) });
  const sentence = (alpha: number) =>
    settings.safeParse({ alpha }).error?.issues.map((issue) => wrongSetting(issue, { alpha }));
  expect(sentence(0)).toEqual(['“alpha” must be at least 0.0001, but is 0.']);
  expect(sentence(2e6)).toEqual(['“alpha” must be at most 1,234,567.25, but is 2000000.']);
  expect(sentence(Number.NaN)).toEqual(['“alpha” must be a number, but is NaN.']);
});

it('names the largest whole number', () => {
  const issue = z.object({ seed: z.int().min(0) }).safeParse({ seed: 1e20 }).error?.issues[0];
  expect(wrongValue(issue)).toBe('"seed" must be at most 9,007,199,254,740,991');
});

it('says how the name of a stage is written', () => {
  const stage = { id: 'My stage', kind: 'merge', form: 'merged' };
  expect(sentences('program', { ...play, stages: [stage] })?.join(' ')).toContain(
    'must be of lower-case letters, digits and -, at most 40 of them, and not begin with -, but is "My stage".',
  );
});

it('names the stage of a program', () => {
  const stage = { id: 'first', kind: 'merge', form: 'merged', dtype: 'int8' };
  expect(sentences('program', { stages: [stage, { ...stage, kind: 'mix', id: '' }] })).toEqual([
    'Stage first: “Stored as” must be one of float32, bfloat16, float16, but is "int8".',
    'Stage 2: “kind” must be one of grpo, sft, dpo, rejection, merge, evaluate, but is "mix".',
  ]);
});

it('tells a name that nothing has before what is missing for it', () => {
  const settings = training({ stepz: 3, steps: undefined });
  const issues = settingsOf.grpo.safeParse({ ...settings, lora: undefined }).error?.issues ?? [];
  const told = tellingFirst(issues).map((issue) => wrongSetting(issue, settings));
  expect(told[0]).toBe('“training” has no setting "stepz".');
  expect(told).toHaveLength(3);
});

it('spells data as it stands there', () => {
  const whole = z.strictObject({ preset: z.string() });
  const told = (value: object) => wrongValue(whole.safeParse(value).error?.issues[0], 'a run');
  expect(told({ preset: 'a', foo: 1 })).toBe('a run has no field "foo"');
  expect(told({})).toBe('"preset" is missing');

  const read = settingsOf.grpo.safeParse(training({ groupSize: 1_000 }));
  expect(wrongValue(read.error?.issues[0])).toBe('"training.groupSize" must be at most 64');
  expect(wrongValue(settingsOf.grpo.safeParse(3).error?.issues[0])).toBe(
    'the whole must be a group of fields',
  );
});
