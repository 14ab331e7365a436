// The form's fields come from the schema: every setting of every kind has words, and a choice offers what the schema takes.
import { expect, it } from 'vitest';
import { wordsForBlock } from '../../../core/contract/block-words.ts';
import { settingsOf } from '../../../core/contract/job-settings.ts';
import type { JobKind } from '../../../core/contract/job-spec.ts';
import { completed, type SettingShape, settingsShape } from '../../../core/contract/setting-shape.ts';
import { type SettingPath, wordsFor } from '../../../core/contract/setting-words.ts';
import { readPresets } from '../../../core/jobs/presets.ts';

const kinds = Object.keys(settingsOf) as JobKind[];

/** Every setting below a shape; each kind of stage is its own. */
function all(shape: SettingShape, path: SettingPath): [path: SettingPath, shape: SettingShape][] {
  const inner =
    shape.is === 'block'
      ? Object.entries(shape.fields).flatMap(([name, field]) => all(field, [...path, name]))
      : shape.is === 'blocks'
        ? shape.of.flatMap((each) => all(each, [...path, 0]))
        : [];
  return [[path, shape], ...inner];
}

it.each(kinds)('every setting of %s has words', (kind) => {
  const wordless = all(settingsShape(kind), [])
    // The rules that end a run are shown by what they mean; a stage's kind decides what else it has.
    .filter(([path, { is }]) => !(path.includes('stopWhen') && path.length > 1) && is !== 'literal')
    .filter(
      ([path, { is }]) => !(is === 'block' || is === 'blocks' ? wordsForBlock(path) : wordsFor(path)?.hint),
    )
    .map(([path]) => path.join('.'));
  expect(wordless).toEqual([]);
});

it.each(kinds)('the choices of %s are those that its schema takes', (kind) => {
  const takes = (path: SettingPath, value: string) => {
    const settings = path.reduceRight<unknown>(
      (inner, part) => (part === 0 ? [inner] : { [part]: inner }),
      value,
    );
    const issues = settingsOf[kind].safeParse(settings).error?.issues ?? [];
    return !issues.some(({ code, path: at }) => code === 'invalid_value' && at.join() === path.join());
  };
  // Stages are told apart by their kind: theirs are the same as those of the kinds alone.
  const choices = all(settingsShape(kind), []).filter(([path]) => path[0] !== 'stages');
  for (const [path, shape] of choices) {
    if (shape.is !== 'choice') continue;
    expect([path, shape.options.every((option) => takes(path, option))]).toEqual([path, true]);
    expect([path, takes(path, 'something else')]).toEqual([path, false]);
  }
});

it('the KL of a guard is estimated otherwise than that of GRPO', () => {
  const optionsOf = (kind: 'grpo' | 'sft', block: string) => {
    const shape = settingsShape(kind).fields[block];
    return shape?.is === 'block' && shape.fields['klEstimator'];
  };
  expect(optionsOf('grpo', 'training')).toMatchObject({ options: ['k1', 'k3'] });
  expect(optionsOf('sft', 'guard')).toMatchObject({ options: ['k3', 'full'] });
});

it('what may be empty is known from the schema', () => {
  const shape = settingsShape('grpo').fields['rollout'];
  expect(shape).toMatchObject({
    is: 'block',
    fields: { topK: { nullable: true }, topP: { nullable: false } },
  });
  expect(settingsShape('program').fields['best']).toMatchObject({ nullable: true, fallback: null });
});

it.each(readPresets('resources/presets').map((preset) => [preset.id, preset] as const))(
  '%s has nothing to be completed',
  (_, { kind, settings }) => {
    expect(JSON.stringify(completed(settingsShape(kind), settings))).toBe(JSON.stringify(settings));
  },
);

it('what is missing is at its default, else null; what is no setting stays for the check to find', () => {
  const shape = settingsShape('program');
  const stages = [{ kind: 'merge', id: 'm', dtype: 'float16' }, { kind: 'mix' }, 3];
  expect(completed(shape, { stages, stagez: 1, best: { metric: 'mean' } })).toMatchObject({
    limits: { deadlineMs: null },
    tooLong: 'refuse',
    best: { metric: 'mean', set: null },
    stages: [{ kind: 'merge', from: 'base', form: null, dtype: 'float16' }, { kind: 'mix' }, 3],
    stagez: 1,
  });
  expect(completed(shape, { stages: 5 })).toMatchObject({ stages: 5 });
});
