// The launch form's state and what it means: which values count, what is missing, what the run will do. Pure; used by launch-form.tsx.
import type { Source } from '../../core/contract/datasets.ts';
import type { Preset } from '../../core/contract/jobs.ts';
import type { Model } from '../../core/contract/models.ts';
import { changedBlocks, type Settings } from './setting-fields.ts';

export interface LaunchDraft {
  presetId: string | null;
  baseId: string | null;
  sourceId: string | null;
  suite: string | null;
  /** A file of texts, or a run whose traces are home; of kinds that learn from such. */
  data: string;
  seed: string;
  steps: string;
  learningRate: string;
  name: string;
  /** All of them; null: the preset's. */
  settings: Settings | null;
}

export const emptyDraft: LaunchDraft = {
  presetId: null,
  baseId: null,
  sourceId: null,
  suite: null,
  data: '',
  seed: '1',
  steps: '',
  learningRate: '',
  name: '',
  settings: null,
};

export interface LaunchChoice {
  preset: Preset | undefined;
  base: Model | undefined;
  source: Source | undefined;
  /** The person's, else the preset's; with the steps and the rate that are typed in. */
  settings: Settings;
  /** Of kinds that train in steps. */
  training: { steps: number; learningRate: number } | undefined;
}

/** Presets that this lab has everything for stand first, in the order in which they ship. */
export function readyFirst(presets: readonly Preset[]): Preset[] {
  return presets.toSorted((a, b) => Number(a.missing.length > 0) - Number(b.missing.length > 0));
}

/** What is chosen: by the person, else by the preset. */
export function chosenBy(
  draft: LaunchDraft,
  presets: readonly Preset[],
  models: readonly Model[],
  sources: readonly Source[],
): LaunchChoice {
  const preset = presets.find((each) => each.id === draft.presetId) ?? readyFirst(presets)[0];
  const baseId = draft.baseId ?? preset?.baseId;
  // What the form does not show for this preset does not count.
  const sourceId = preset && asksQuestions(preset) ? (draft.sourceId ?? preset.sourceId) : null;
  const own: Settings = draft.settings ?? preset?.settings ?? {};
  const training = own['training'] as LaunchChoice['training'];
  const settings = training ? { ...own, training: { ...training, ...typedIn(draft) } } : own;
  return {
    preset,
    settings,
    training,
    base: models.find((each) => each.id === baseId),
    source: sources.find((each) => each.id === sourceId),
  };
}

/** Steps and rate where they are usable. */
function typedIn(draft: LaunchDraft): { steps?: number; learningRate?: number } {
  const { steps, learningRate } = problemsOf(draft);
  return {
    ...(draft.steps && !steps ? { steps: Number(draft.steps) } : {}),
    ...(draft.learningRate && !learningRate ? { learningRate: Number(draft.learningRate) } : {}),
  };
}

const whole = (text: string) => /^\d+$/.test(text.trim());

/** Sentence per field that cannot be used; empty when all are good. */
export function problemsOf(
  draft: LaunchDraft,
): Partial<Record<'seed' | 'steps' | 'learningRate' | 'name', string>> {
  const problems: ReturnType<typeof problemsOf> = {};
  if (!whole(draft.seed)) problems.seed = 'A whole number, 0 or more.';
  const steps = Number(draft.steps);
  if (draft.steps && (!whole(draft.steps) || steps < 1 || steps > 100_000))
    problems.steps = 'A whole number from 1 to 100,000.';
  const rate = Number(draft.learningRate);
  if (draft.learningRate && !(rate > 0 && rate <= 1)) problems.learningRate = 'A number above 0, at most 1.';
  if (draft.name.length > 120) problems.name = 'At most 120 characters.';
  return problems;
}

/** Its rows are questions that the model answers; of others they are texts that were written before. */
export const asksQuestions = ({ kind, sources }: Preset): boolean =>
  sources.length > 0 &&
  (kind === 'grpo' || kind === 'rejection' || kind === 'generate' || kind === 'program');

/** What a run can be trained on: bases, and adapters, each with all that it was trained on merged into the base. */
export const trainableOf = (models: readonly Model[]): Model[] =>
  models.filter(
    (model) =>
      model.state === 'ready' &&
      (model.kind === 'base' ? model : models.find(({ id }) => id === model.parentId))?.trainable,
  );

/** What the form still lacks for a run, wherever it is started; undefined when it is whole. */
export function incompleteness(
  draft: LaunchDraft,
  { preset, base, source }: LaunchChoice,
): string | undefined {
  if (!preset) return 'There is no preset to start from.';
  if (!base) return 'Choose the base model first.';
  if (!source && asksQuestions(preset)) return 'Choose the training questions first.';
  if (preset.expectsData && draft.data.trim() === '')
    return `Name the ${preset.expectsData} that it learns from.`;
  if (source?.locked) return `These questions are locked: ${source.locked}`;
  if (Object.keys(problemsOf(draft)).length > 0) return 'One of the fields needs another value.';
  return undefined;
}

/** Why the run cannot start yet, or undefined: the words on the button. */
export function missingFor(
  draft: LaunchDraft,
  choice: LaunchChoice,
  trainer: { ready: boolean; detail: string } | undefined,
): string | undefined {
  return incompleteness(draft, choice) ?? (trainer && !trainer.ready ? trainer.detail : undefined);
}

/** Input of `jobs.launch`; only what differs from the preset is said. */
export function launchInput(draft: LaunchDraft, { preset, base, source }: LaunchChoice) {
  const changed = preset && draft.settings ? changedBlocks(preset.settings, draft.settings) : {};
  return {
    preset: preset?.id ?? '',
    ...(base && base.id !== preset?.baseId ? { baseId: base.id } : {}),
    ...(source && source.id !== preset?.sourceId ? { sourceId: source.id } : {}),
    ...(draft.suite && draft.suite !== preset?.suite ? { suite: draft.suite } : {}),
    ...(preset?.expectsData && draft.data.trim() ? { data: draft.data.trim() } : {}),
    seed: Number(draft.seed),
    ...(draft.steps ? { steps: Number(draft.steps) } : {}),
    ...(draft.learningRate ? { learningRate: Number(draft.learningRate) } : {}),
    ...(draft.name.trim() ? { name: draft.name.trim() } : {}),
    ...(Object.keys(changed).length > 0 ? { settings: changed } : {}),
  };
}
