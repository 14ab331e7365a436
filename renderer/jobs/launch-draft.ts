// The launch form's state and what it means: which values count, what is missing, what the run will do. Pure; used by launch-form.tsx.
import type { Source } from '../../core/contract/datasets.ts';
import { isBlock } from '../../core/contract/is-block.ts';
import type { Preset } from '../../core/contract/jobs.ts';
import { modelsNamed } from '../../core/contract/model-name.ts';
import type { Model } from '../../core/contract/models.ts';
import type { Preflight } from '../../core/contract/run-views.ts';
import { wholeSettings } from '../../core/contract/setting-shape.ts';
import { numberIn } from '../ui/written-number.ts';
import {
  isAsIn,
  linesOf,
  type ShownSource,
  type SourceLine,
  shownSources,
  textOf,
} from './launch-sources.ts';
import { changedBlocks, type Settings } from './setting-fields.ts';

export interface LaunchDraft {
  presetId: string | null;
  baseId: string | null;
  /** The adapter that it goes on from; null: a new one. */
  startAdapterId: string | null;
  /** Where its questions come from; null: the preset's. */
  sources: readonly SourceLine[] | null;
  template: string | null;
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
  startAdapterId: null,
  sources: null,
  template: null,
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
  /** What it can go on from: adapters that were trained on exactly this base; none where it trains no adapter. */
  starts: Model[];
  /** What the source list shows: the person's, else the preset's. */
  sources: readonly ShownSource[];
  /** The person's, else the preset's; with the steps and the rate that are typed in. */
  settings: Settings;
  /** Of kinds that train in steps. */
  training: { steps: number; learningRate: number } | undefined;
}

/**
 * Presets that this lab has everything for stand first, of these the ones that train; then those that want but a file; else in the order in
 * which they ship.
 */
export function readyFirst(presets: readonly Preset[]): Preset[] {
  const place = ({ missing, kind, expectsData }: Preset) => {
    if (missing.length === 0) return trains(kind) ? 0 : 1;
    return expectsData !== null && missing.length === 1 ? 2 : 3;
  };
  return presets.toSorted((a, b) => place(a) - place(b));
}

const trains = (kind: Preset['kind']): boolean =>
  kind === 'grpo' || kind === 'sft' || kind === 'dpo' || kind === 'program';

/** What is chosen: by the person, else by the preset. */
export function chosenBy(
  draft: LaunchDraft,
  presets: readonly Preset[],
  models: readonly Model[],
  sources: readonly Source[],
): LaunchChoice {
  const preset = presets.find((each) => each.id === draft.presetId) ?? readyFirst(presets)[0];
  const baseId = draft.baseId ?? preset?.baseId;
  const own = preset ? ownSettings(draft, preset) : {};
  const training = isBlock(own['training']) ? (own['training'] as LaunchChoice['training']) : undefined;
  const base = baseId ? modelNamed(models, baseId) : undefined;
  const starts = 'lora' in own && base ? models.filter((model) => liesOn(model, base)) : [];
  const settings = training ? { ...own, training: { ...training, ...typedIn(draft) } } : own;
  return {
    preset,
    settings,
    training,
    base,
    starts,
    sources: preset ? shownSources(draft.sources ?? linesOf(preset), sources) : [],
  };
}

/** The settings as the run has them: of one that goes on from an adapter, with the LoRA that the check tells of it. */
export function effectiveSettings(
  { startAdapterId }: LaunchDraft,
  { settings }: LaunchChoice,
  startLora: Preflight['startLora'],
): Settings {
  return startAdapterId !== null && startLora ? { ...settings, lora: startLora } : settings;
}

/** Trained on exactly this: a base, or an adapter with all that lies under it. */
function liesOn(adapter: Model, base: Model): boolean {
  if (adapter.kind !== 'adapter' || adapter.state !== 'ready') return false;
  return base.kind === 'base'
    ? adapter.parentId === base.id && adapter.stack.length === 0
    : adapter.stack.at(-1) === base.id;
}

/** Undefined for a name that fits several, too. */
function modelNamed(models: readonly Model[], name: string): Model | undefined {
  const [one, ...more] = modelsNamed(models, name);
  return more.length === 0 ? one : undefined;
}

/** The draft after another preset was chosen: what was changed in the one before does not belong to it. */
export function withPreset(draft: LaunchDraft, before: Preset | undefined, next: Preset): LaunchDraft {
  const { startAdapterId, suite, sources, template, steps, learningRate, settings } = emptyDraft;
  const data = before?.expectsData === next.expectsData ? draft.data : '';
  const own = { startAdapterId, suite, sources, template, steps, learningRate, settings, data };
  return { ...draft, ...own, presetId: next.id };
}

/** The draft that goes on from another adapter, or begins a new one: what was set of LoRA was that of the one before. */
export function withStart(
  draft: LaunchDraft,
  preset: Preset | undefined,
  startAdapterId: string | null,
): LaunchDraft {
  if (draft.startAdapterId === startAdapterId) return draft;
  const { settings } = draft;
  const lora = (preset?.settings as Settings | undefined)?.['lora'];
  return { ...draft, startAdapterId, settings: settings && lora ? { ...settings, lora } : settings };
}

/** The person's, whole, else the preset's. */
function ownSettings(draft: LaunchDraft, preset: Preset): Settings {
  return draft.settings ? wholeSettings(preset.kind, draft.settings) : preset.settings;
}

/** Steps and rate where they are usable. */
function typedIn(draft: LaunchDraft): { steps?: number; learningRate?: number } {
  const { steps, learningRate } = problemsOf(draft);
  return {
    ...(draft.steps && !steps ? { steps: numberIn(draft.steps) } : {}),
    ...(draft.learningRate && !learningRate ? { learningRate: numberIn(draft.learningRate) } : {}),
  };
}

const LARGEST = Number.MAX_SAFE_INTEGER.toLocaleString('en');
const isWhole = (value: number) => Number.isSafeInteger(value) && value >= 0;

type Problems = Partial<Record<'seed' | 'steps' | 'learningRate' | 'name', string>>;

/** Sentence per field that cannot be used; empty when all are good. */
export function problemsOf(draft: LaunchDraft): Problems {
  const problems: Problems = {};
  if (!isWhole(numberIn(draft.seed))) problems.seed = `A whole number from 0 to ${LARGEST}.`;
  const steps = numberIn(draft.steps);
  if (draft.steps && (!isWhole(steps) || steps < 1 || steps > 100_000))
    problems.steps = 'A whole number from 1 to 100,000.';
  const rate = numberIn(draft.learningRate);
  if (draft.learningRate && !(rate > 0 && rate <= 1)) problems.learningRate = 'A number above 0, at most 1.';
  if (draft.name.length > 120) problems.name = 'At most 120 characters.';
  return problems;
}

/** The fields with a problem, in the form's order: each by its label, and by the name that leads to it. */
export function wrongFields(problems: Problems): WrongField[] {
  return typedFields.filter(({ of }) => problems[of] !== undefined);
}

export interface WrongField {
  of: keyof Problems;
  label: string;
  field: string;
}

const typedFields: readonly WrongField[] = [
  { of: 'steps', label: 'Steps', field: 'training.steps' },
  { of: 'learningRate', label: 'Learning rate', field: 'training.learningRate' },
  { of: 'seed', label: 'Seed', field: 'seed' },
  { of: 'name', label: 'Name', field: 'name' },
];

/** Its rows are questions that the model answers; of others they are texts that were written before. */
export const asksQuestions = ({ kind, sources }: Preset): boolean =>
  sources.length > 0 &&
  (kind === 'grpo' || kind === 'rejection' || kind === 'generate' || kind === 'program');

/** A model is asked, or learns to be: to merge and to export weights takes no prompt. */
export const asksAnything = ({ kind }: Preset): boolean => kind !== 'merge' && kind !== 'export';

/** What a run can be trained on: bases, and adapters, each with all that it was trained on merged into the base. */
export const trainableOf = (models: readonly Model[]): Model[] => models.filter(({ trainable }) => trainable);

/** The field itself says which value. */
export const WRONG_FIELD = 'One of the fields needs another value.';

/** What the form still lacks for a run, wherever it is started; undefined when it is whole. */
export function incompleteness(
  draft: LaunchDraft,
  { preset, base, sources }: LaunchChoice,
): string | undefined {
  if (!preset) return 'There is no preset to start from.';
  if (!base)
    return draft.baseId ? `There is no model "${draft.baseId}" here.` : 'Choose the base model first.';
  if (sources.length === 0 && asksQuestions(preset)) return 'Choose the training questions first.';
  if (preset.expectsData && draft.data.trim() === '')
    return `Name the ${preset.expectsData} that it learns from.`;
  const wrong = asksQuestions(preset) && sources.find(({ problem }) => problem !== null);
  if (wrong) return `${wrong.name}: ${wrong.problem}`;
  if (Object.keys(problemsOf(draft)).length > 0) return WRONG_FIELD;
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
export function launchInput(draft: LaunchDraft, { preset }: LaunchChoice) {
  const changed = preset ? changedBlocks(preset.settings, ownSettings(draft, preset)) : {};
  return {
    preset: preset?.id ?? '',
    ...(draft.baseId && draft.baseId !== preset?.baseId ? { baseId: draft.baseId } : {}),
    ...(draft.startAdapterId ? { startAdapterId: draft.startAdapterId } : {}),
    ...(preset && draft.sources && !isAsIn(preset, draft.sources)
      ? { sources: draft.sources.map(textOf) }
      : {}),
    ...(draft.suite && draft.suite !== preset?.suite ? { suite: draft.suite } : {}),
    ...(draft.template && draft.template !== preset?.template ? { template: draft.template } : {}),
    ...(draft.data.trim() ? { data: draft.data.trim() } : {}),
    seed: numberIn(draft.seed),
    ...(draft.steps ? { steps: numberIn(draft.steps) } : {}),
    ...(draft.learningRate ? { learningRate: numberIn(draft.learningRate) } : {}),
    ...(draft.name.trim() ? { name: draft.name.trim() } : {}),
    ...(Object.keys(changed).length > 0 ? { settings: changed } : {}),
  };
}
