// A preset with a person's changes, and the parts that it is made of: one for a single job, one a stage for a program. Called by resolve.ts.

import { isBlock } from '../contract/is-block.ts';
import { type Part, type StageSettings, settingsOf } from '../contract/job-settings.ts';
import { type Changes, changed, isNamed } from '../contract/merge-settings.ts';
import { wholeSettings } from '../contract/setting-shape.ts';
import { spelled, tellingFirst, wrongSetting } from '../contract/wrong-value.ts';
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
  if (!read.success) {
    for (const issue of tellingFirst(read.error.issues))
      findings.error(spelled(issue.path), wrongSetting(issue, settings));
    return null;
  }
  return PresetFile.parse({ ...preset, settings: read.data });
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
