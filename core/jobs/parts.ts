// A preset with a person's changes, and the parts that it is made of: one for a single job, one a stage for a program. Called by resolve.ts.

import { isDeepStrictEqual } from 'node:util';
import { isBlock } from '../contract/is-block.ts';
import { type Part, type StageSettings, settingsOf } from '../contract/job-settings.ts';
import { type Changes, changed, isNamed } from '../contract/merge-settings.ts';
import { wholeSettings } from '../contract/setting-shape.ts';
import {
  type Issue,
  isMissingIn,
  isUnknownName,
  spelled,
  tellingFirst,
  wrongSetting,
} from '../contract/wrong-value.ts';
import type { Findings } from './findings.ts';
import { PresetFile } from './presets.ts';

/** `where` stands before the names of its fields: nothing, or "stages[1].". `stage` is null for a job that is no program. */
export type RunPart = Part & { where: string; stage: StageSettings | null };

/** What changes are laid over: a document's settings, whole, where there is one, else the preset's. */
export function settingsBefore(preset: PresetFile, own: Changes | undefined): Changes {
  return own ? wholeSettings(preset.kind, own) : { ...preset.settings };
}

/** Null when a setting is out of its range; each is told. */
export function withChanges(
  preset: PresetFile,
  { own, changes }: { own: Changes | undefined; changes: Changes },
  findings: Findings,
): PresetFile | null {
  const before = settingsBefore(preset, own);
  const settings = changed(before, changes);
  const unknown = unknownStage(before['stages'], changes);
  if (unknown !== null) {
    findings.error('stages', unknown);
    return null;
  }
  const read = settingsOf[preset.kind].safeParse(settings);
  const issues = tellingFirst(read.error?.issues ?? []);
  const tell = (issue: Issue) => findings.error(spelled(issue.path), wrongSetting(issue, settings));
  // A name that nothing has is told first: what is mistyped leaves another setting empty, too.
  for (const issue of issues.filter(isUnknownName)) tell(issue);
  if (own) {
    const absent = issues.filter((issue) => isMissingIn(settings, issue)).map(({ path }) => spelled(path));
    const left = leftOut(preset.settings, changed(own, changes), { ...(read.data ?? settings) });
    tellOfWhole(preset.id, { absent, left: left.filter((path) => !absent.includes(path)) }, findings);
  }
  for (const issue of issues.filter((issue) => !isUnknownName(issue))) tell(issue);
  if (!read.success) return null;
  return PresetFile.parse({ ...preset, settings: read.data });
}

/** What a person may not expect of settings in a document: that they are whole. `absent`: what has to be said in them; `left`: what may be. */
function tellOfWhole(
  preset: string,
  { absent, left }: { absent: readonly string[]; left: readonly string[] },
  findings: Findings,
): void {
  const rule = `The settings in the document replace all of those of the preset ${preset}`;
  const way = 'To change single ones, leave "settings" out of it and say --settings PATH=VALUE for each.';
  if (absent.length > 0)
    findings.error('settings', `${rule}, and lack what has to be said (${absent.join(', ')}). ${way}`);
  if (left.length > 0)
    findings.warn(
      'settings',
      `${rule}: what it has and they leave out is off, or at its default: ${left.join(', ')}. ${way}`,
    );
}

/** The preset's settings that a person did not write, and that are not as they were there; stages are told apart by their names. */
function leftOut(
  preset: object,
  said: Changes,
  settings: Changes,
  path: readonly PropertyKey[] = [],
): string[] {
  return Object.entries(preset).flatMap(([field, value]): string[] => {
    const [written, is] = [said[field], settings[field]];
    if (written === undefined) return isDeepStrictEqual(is ?? null, value) ? [] : [spelled([...path, field])];
    if (isBlock(value) && isBlock(written) && isBlock(is))
      return leftOut(value, written, is, [...path, field]);
    if (!isNamed(value) || !isNamed(written) || !isNamed(is)) return [];
    return written.flatMap((stage, i) => {
      const before = value.find(({ id }) => id === stage.id);
      const now = is[i];
      return before && now ? leftOut(before, stage, now, [...path, field, i]) : [];
    });
  });
}

/** A sentence about changes of stages by name, where one has none of the names. */
function unknownStage(stages: unknown, { stages: changes }: Changes): string | null {
  if (!isBlock(changes) || !isNamed(stages)) return null;
  const unknown = Object.keys(changes).find((id) => stages.every((stage) => stage.id !== id));
  const there = stages.map(({ id }) => id).join(', ');
  return unknown === undefined ? null : `There is no stage "${unknown}"; the program has: ${there}.`;
}

export function partsOf(preset: PresetFile): RunPart[] {
  if (preset.kind !== 'program')
    return [{ ...preset.settings, kind: preset.kind, where: '', stage: null } as RunPart];
  return preset.settings.stages.map(
    (stage, i): RunPart => ({ ...stage, where: `stages[${i}].`, stage }) as RunPart,
  );
}
