// The launch form: what is chosen, and the run as YAML that is read back. Its fields: setting-fields.test.ts.
import { describe, expect, test } from 'vitest';
import { settingsOf } from '../../core/contract/job-settings.ts';
import type { Preset } from '../../core/contract/jobs.ts';
import type { Model } from '../../core/contract/models.ts';
import type { Preflight } from '../../core/contract/run-views.ts';
import {
  asksQuestions,
  chosenBy,
  effectiveSettings,
  emptyDraft,
  launchInput,
  missingFor,
  problemsOf,
  readyFirst,
  trainableOf,
  withPreset,
  withStart,
} from '../../renderer/jobs/launch-draft.ts';
import { playPreset } from '../fixtures/play-lab.ts';

const settings = settingsOf.grpo.parse({
  ...playPreset.settings,
  heldOut: { source: null, everySteps: 5, maxRows: 2 },
});
const preset = {
  id: 'think',
  kind: 'grpo',
  settings,
  sources: [],
  missing: [],
  suite: 'think-first@2',
} as unknown as Preset;

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
  const lacking = { ...preset, id: 'distil', expectsData: null, missing: ['There is no base.'] } as Preset;
  const merge = { ...preset, id: 'merge', kind: 'merge' } as Preset;
  const fed = { ...preset, id: 'fed', expectsData: 'pairs', missing: ['Name a file.'] } as Preset;
  expect(readyFirst([lacking, fed, merge, preset]).map(({ id }) => id)).toEqual([
    ...['think', 'merge', 'fed', 'distil'],
  ]);
  expect(chosenBy(emptyDraft, [lacking, preset], [], []).preset?.id).toBe('think');
  expect(chosenBy({ ...emptyDraft, presetId: 'distil' }, [lacking, preset], [], []).preset?.id).toBe(
    'distil',
  );
});

describe('the short form', () => {
  test('steps and rate of the short form are in every view, and are sent by their own names', () => {
    const short = { ...emptyDraft, steps: '7', learningRate: 'no' };
    const chosen = chosenBy(short, [preset], [], []);
    expect(chosen.settings['training']).toMatchObject({
      steps: 7,
      learningRate: settings.training.learningRate,
    });
    expect(launchInput({ ...short, learningRate: '' }, chosen)).toEqual({
      preset: 'think',
      seed: 1,
      steps: 7,
    });
  });
  test('numbers are read as in every field: "1,000" and "0,5"', () => {
    const typed = { ...emptyDraft, seed: '1,000', steps: '2,000', learningRate: '0,5' };
    expect(problemsOf(typed)).toEqual({});
    expect(launchInput(typed, chosenBy(typed, [preset], [], []))).toMatchObject({
      ...{ seed: 1000, steps: 2000, learningRate: 0.5 },
    });
    expect(Object.keys(problemsOf({ ...typed, seed: '', steps: '1,5', learningRate: '1,1' }))).toEqual([
      ...['seed', 'steps', 'learningRate'],
    ]);
    expect(problemsOf({ ...typed, seed: '99999999999999999999' })).toEqual({
      seed: 'A whole number from 0 to 9,007,199,254,740,991.',
    });
  });
});

describe('a preset that learns from texts', () => {
  const base = { id: 'b', kind: 'base', state: 'ready', trainable: true, parentId: null, stack: [] };
  const adapter = { ...base, id: 'a', kind: 'adapter', parentId: 'b' };
  const models = [
    ...[base, adapter, { ...adapter, id: 'r', state: 'refused', trainable: false }],
    { ...base, id: 'q', trainable: false },
    { ...adapter, id: 'on q', parentId: 'q', trainable: false },
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
  test('gets its base by the beginning of an id, of those that are ready, as the core does', () => {
    const [ready, refused] = ['tiny-1', 'tiny-2'].map((id) => ({ ...base, id })) as unknown as [Model, Model];
    const baseOf = (list: readonly Model[]) =>
      chosenBy({ ...draft, baseId: 'tiny' }, [distil], list, []).base?.id;
    expect(baseOf([ready, { ...refused, state: 'refused' }])).toBe('tiny-1');
    expect(baseOf([ready, refused])).toBeUndefined();
    expect(baseOf([{ ...refused, id: 'tiny', state: 'arriving' }])).toBeUndefined();
  });
  test('goes on with the LoRA of the adapter, and sends none of its own', () => {
    const own = { ...settings, lora: { ...settings.lora, rank: 64 }, publishEverySteps: 3 };
    const before = { ...emptyDraft, presetId: 'think', settings: own };
    const onA = withStart(before, preset, 'a');
    const choice = chosenBy(onA, [preset], models, []);
    expect(launchInput(onA, choice)).toMatchObject({
      ...{ startAdapterId: 'a', settings: { publishEverySteps: 3 } },
    });
    expect(launchInput(onA, choice).settings).not.toHaveProperty('lora');
    const lora: Preflight['startLora'] = { rank: 6, alpha: 12, targets: ['q_proj'] };
    expect(effectiveSettings(onA, choice, lora)['lora']).toBe(lora);
    // The answer about the adapter before must not outlive it.
    const anew = withStart(onA, preset, null);
    expect(effectiveSettings(anew, chosenBy(anew, [preset], models, []), lora)['lora']).toEqual(
      settings.lora,
    );
    expect(withStart(before, preset, null)).toBe(before);
  });
  test('asks for the texts, and for no questions', () => {
    const choice = chosenBy(draft, [distil], models, []);
    expect(asksQuestions(distil)).toBe(false);
    expect(missingFor(draft, choice, undefined)).toBe('Name the completions that it learns from.');
    expect(missingFor({ ...draft, data: 't.jsonl' }, choice, undefined)).toBeUndefined();
  });
});
