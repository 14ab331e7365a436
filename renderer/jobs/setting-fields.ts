// A preset's settings as form fields, and back: which there are, of what kind, and the settings after one was changed. Pure.
import type { RunFinding } from '../../core/contract/run-views.ts';
import { groupOf, placeOfGroup, type SettingWords, wordsFor } from '../../core/contract/setting-words.ts';

export interface Settings {
  readonly [field: string]: unknown;
}

export type SettingValue = string | number | boolean | null | readonly string[];

export interface SettingField extends SettingWords {
  path: readonly string[];
  value: SettingValue;
}

export interface SettingGroup {
  title: string;
  fields: SettingField[];
}

/** In groups by block, a program's by stage and block. Lists of objects are not shown here, but for a program's stages. */
export function groupsOf(settings: Settings): SettingGroup[] {
  const found = new Map<string, SettingField[]>();
  const walk = (value: unknown, path: readonly string[], title: string) => {
    const words = wordsFor(path);
    if (isLeaf(value)) {
      if (words) found.set(title, [...(found.get(title) ?? []), { ...words, path, value }]);
      return;
    }
    for (const [field, inner] of Object.entries(value as Settings)) walk(inner, [...path, field], title);
  };
  for (const [block, value] of Object.entries(settings)) {
    if (block === 'stages') {
      for (const [i, stage] of (value as Settings[]).entries())
        for (const [inner, deep] of Object.entries(stage)) {
          const title = isLeaf(deep) ? 'The stage' : groupOf(inner);
          if (!isObjects(deep))
            walk(deep, ['stages', String(i), inner], `${stage['id']}: ${title.toLowerCase()}`);
        }
    } else if (!isObjects(value)) walk(value, [block], groupOf(block));
  }
  const groups = [...found].map(([title, fields]) => ({ title, fields }));
  return groups.sort((a, b) => placeOfGroup(a.title) - placeOfGroup(b.title));
}

function isLeaf(value: unknown): value is SettingValue {
  return typeof value !== 'object' || value === null || Array.isArray(value);
}

function isObjects(value: unknown): boolean {
  return Array.isArray(value) && (value.length === 0 || typeof value[0] === 'object');
}

/** Findings by the path of their field: "stages[1].training.steps" as "stages.1.training.steps". */
export function problemsByPath(findings: readonly RunFinding[]): Record<string, string> {
  return Object.fromEntries(
    findings.map(({ field, message }) => [field.replace(/\[(\d+)\]/g, '.$1'), message]),
  );
}

/** The settings with another value at a path; what is not on the path stays the very same. */
export function withSetting(settings: Settings, path: readonly string[], value: unknown): Settings {
  const [field, ...rest] = path;
  if (field === undefined) return settings;
  const inner = rest.length === 0 ? value : withSetting(settings[field] as Settings, rest, value);
  if (Array.isArray(settings))
    return (settings as unknown[]).with(Number(field), inner) as unknown as Settings;
  return { ...settings, [field]: inner };
}

/** What `jobs.launch` has to be told: the blocks that differ from the preset's. */
export function changedBlocks(preset: Settings, settings: Settings): Settings {
  const changed = Object.entries(settings).filter(
    ([block, value]) => JSON.stringify(value) !== JSON.stringify(preset[block]),
  );
  return Object.fromEntries(changed);
}

/** A typed text as the value of a field; undefined where it is none of its kind. */
export function readSetting(text: string, before: SettingValue): SettingValue | undefined {
  const trimmed = text.trim();
  if (typeof before === 'number') {
    if (trimmed === '') return undefined;
    const number = Number(trimmed);
    return Number.isFinite(number) ? number : undefined;
  }
  if (before !== null) return trimmed;
  if (trimmed === '') return null;
  return Number.isFinite(Number(trimmed)) ? Number(trimmed) : trimmed;
}
