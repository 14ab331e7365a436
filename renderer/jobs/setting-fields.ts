// A run's settings as form fields, and back: which there are by the schema of its kind, and the settings after one was changed. Pure.
import { placeOfBlock, wordsForBlock } from '../../core/contract/block-words.ts';
import { isBlock } from '../../core/contract/is-block.ts';
import type { JobKind } from '../../core/contract/job-spec.ts';
import {
  type BlockShape,
  type ChoiceShape,
  entryShape,
  type SettingShape,
  settingsShape,
} from '../../core/contract/setting-shape.ts';
import { type SettingPath, type SettingWords, unitMs, wordsFor } from '../../core/contract/setting-words.ts';
import { spelled } from '../../core/contract/wrong-value.ts';
import { numberIn } from '../ui/written-number.ts';
import { blockStart } from './setting-starts.ts';

export interface Settings {
  readonly [field: string]: unknown;
}

export interface SettingField extends SettingWords {
  path: SettingPath;
  /** As findings spell it: "stages[1].training.steps". */
  id: string;
  shape: SettingShape;
  value: unknown;
}

/** A block of settings, or an entry of a list of them. */
export interface SettingGroup {
  path: SettingPath;
  id: string;
  title: string;
  /** The name of its stage; null for what is of the whole run. */
  stage: string | null;
  fields: SettingField[];
  /** Null for a block that has to be there. */
  toggle: SettingToggle | null;
}

/** Takes a block away or puts one there: the value that does it, and where. */
export interface SettingToggle {
  isOn: boolean;
  hint: string;
  path: SettingPath;
  value: unknown;
  /** What stands there now. */
  now: unknown;
}

/** A run, or a stage of it. */
interface Part {
  path: SettingPath;
  stage: string | null;
  /** Of the whole run. */
  settings: Settings;
  preset: Settings;
}

/** Every setting, a program's stage by stage. What the preset has of a block comes back when it is switched on again. */
export function groupsOf(kind: JobKind, settings: Settings, preset: Settings): SettingGroup[] {
  return groupsOfPart(settingsShape(kind), { path: [], stage: null, settings, preset });
}

/** Lists that are shown by a part of the form of their own. */
const shownElsewhere = new Set(['stages', 'stopWhen']);

/** What only stages of some kinds can have, as the core checks it. */
const onlyFor: Readonly<Record<string, readonly string[]>> = {
  replayFrom: ['sft'],
  dataFrom: ['sft'],
};

/** Whether it means anything there; what is set is shown wherever it is, to be taken out. */
function isShown(name: string, block: unknown): boolean {
  const kinds = onlyFor[name];
  return !kinds || !isBlock(block) || kinds.includes(String(block['kind'])) || (block[name] ?? null) !== null;
}

function groupsOfPart(shape: BlockShape, part: Part): SettingGroup[] {
  const block = valueAt(part.settings, part.path);
  const own = [
    groupAt(shape, part.path, part, null),
    ...Object.entries(shape.fields).flatMap(([name, field]) =>
      shownElsewhere.has(name) || !isShown(name, block) ? [] : groupsIn(field, [...part.path, name], part),
    ),
  ];
  return [
    ...groupsOfStages(shape, part),
    ...own.toSorted((a, b) => placeOfBlock(a.path) - placeOfBlock(b.path)),
  ];
}

function groupsOfStages({ fields: { stages: shape } }: BlockShape, part: Part): SettingGroup[] {
  const stages = part.settings['stages'];
  if (part.stage !== null || shape?.is !== 'blocks' || !Array.isArray(stages)) return [];
  return stages.flatMap((stage: unknown, i) => {
    const own = entryShape(shape, stage);
    const name = isBlock(stage) ? String(stage['id'] ?? '') : '';
    return own ? groupsOfPart(own, { ...part, path: ['stages', i], stage: name || String(i + 1) }) : [];
  });
}

function groupsIn(shape: SettingShape, path: SettingPath, part: Part): SettingGroup[] {
  const value = valueAt(part.settings, path);
  if (shape.is === 'blocks')
    return groupsOfEntries(shape.of[0], path, Array.isArray(value) ? value : [], part);
  if (shape.is !== 'block') return [];
  const isOn = isBlock(value);
  const off = shape.optional ? undefined : null;
  const toggle =
    shape.nullable || shape.optional || !isOn
      ? toggleAt(path, isOn, isOn ? off : before(shape, path, part), value)
      : null;
  const inner = Object.entries(shape.fields).flatMap(([name, field]) =>
    groupsIn(field, [...path, name], part),
  );
  return [groupAt(shape, path, part, toggle), ...(isOn ? inner : [])];
}

/** One for each entry, which can be taken out, and one that puts another in. */
function groupsOfEntries(
  shape: BlockShape | undefined,
  path: SettingPath,
  entries: unknown[],
  part: Part,
): SettingGroup[] {
  if (!shape) return [];
  const more = [...entries, before(shape, [...path, entries.length], part)];
  return [...entries, null].map((entry, i) =>
    groupAt(
      shape,
      [...path, i],
      part,
      toggleAt(path, entry !== null, entry === null ? more : entries.toSpliced(i, 1), entries),
    ),
  );
}

function groupAt(
  shape: BlockShape,
  path: SettingPath,
  part: Part,
  toggle: SettingToggle | null,
): SettingGroup {
  const block = valueAt(part.settings, path);
  const fields = Object.entries(isBlock(block) ? shape.fields : {}).flatMap(
    ([name, inner]): SettingField[] => {
      const at = [...path, name];
      const words = wordsFor(at);
      const isField = inner.is !== 'block' && inner.is !== 'blocks' && inner.is !== 'literal';
      return words && isField && isShown(name, block)
        ? [{ ...words, path: at, id: spelled(at), shape: inner, value: valueAt(block, [name]) }]
        : [];
    },
  );
  const title = wordsForBlock(path)?.label ?? spelled(path);
  // What takes a whole line stands after the rest.
  fields.sort((a, b) => Number(a.shape.is === 'texts') - Number(b.shape.is === 'texts'));
  return { path, id: spelled(path), title, stage: part.stage, fields, toggle };
}

function toggleAt(path: SettingPath, isOn: boolean, value: unknown, now: unknown): SettingToggle {
  return { isOn, hint: wordsForBlock(path)?.hint ?? '', path, value, now };
}

/** What a block is when it is switched on: as the preset has it, else what is sensible beside the rest of its part. */
function before(shape: BlockShape, path: SettingPath, part: Part): unknown {
  const preset = valueAt(part.preset, path);
  return isBlock(preset) ? preset : blockStart(shape, path, valueAt(part.settings, part.path));
}

function valueAt(value: unknown, path: SettingPath): unknown {
  return path.reduce<unknown>(
    (inner, part) =>
      typeof inner === 'object' && inner !== null
        ? (inner as Record<string | number, unknown>)[part]
        : undefined,
    value,
  );
}

/** The settings with another value at a path, or without one where it is undefined; what is not on the path stays the very same. */
export function withSetting(settings: Settings, path: SettingPath, value: unknown): Settings {
  const [field, ...rest] = path;
  if (field === undefined) return settings;
  const inner = rest.length === 0 ? value : withSetting(settings[field] as Settings, rest, value);
  if (Array.isArray(settings))
    return (settings as unknown[]).with(Number(field), inner) as unknown as Settings;
  return { ...settings, [field]: inner };
}

/** What `jobs.launch` has to be told: the blocks that differ from the preset's. Both are whole. */
export function changedBlocks(preset: Settings, settings: Settings): Settings {
  const changed = Object.entries(settings).filter(
    ([block, value]) => JSON.stringify(value) !== JSON.stringify(preset[block]),
  );
  return Object.fromEntries(changed);
}

/** A typed text as the value of a field. What is none of its kind stays a text, so that the check can say so next to the field. */
export function readSetting(
  text: string,
  { shape, unit }: { shape: SettingShape; unit?: SettingWords['unit'] },
): unknown {
  const trimmed = text.trim();
  const empty = shape.nullable ? null : '';
  if (shape.is === 'texts') {
    const lines = trimmed
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '');
    return lines.length > 0 || !shape.nullable ? lines : null;
  }
  if (trimmed === '') return empty;
  const number = shape.is === 'number' ? numberIn(trimmed) : Number.NaN;
  if (!Number.isFinite(number)) return trimmed;
  return unit ? Math.round(number * unitMs[unit]) : number;
}

/** Stands for null among the options of a choice that may be empty. */
const NOT_SET = 'not set';

export const optionsOfChoice = ({ options, nullable }: ChoiceShape): readonly string[] =>
  nullable ? [NOT_SET, ...options] : options;

/** The option that stands for this value; null for a value that is none of them. */
export function shownChoice(shape: ChoiceShape, value: unknown): string | null {
  return optionsOfChoice(shape).find((option) => option === (value === null ? NOT_SET : value)) ?? null;
}

export const readChoice = (option: string): string | null => (option === NOT_SET ? null : option);

/** The text that is read as this value. */
export function writtenSetting(value: unknown, unit?: SettingWords['unit']): string {
  if (unit && typeof value === 'number') return String(value / unitMs[unit]);
  if (Array.isArray(value)) return value.join('\n');
  return value === null || value === undefined ? '' : String(value);
}
