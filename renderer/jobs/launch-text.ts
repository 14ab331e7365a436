// The run as YAML, read back into the form with the bounds that `launch` reads it with: the core writes the document, a person may edit
// it. Pure.
import { parse } from 'yaml';
import { isBlock } from '../../core/contract/is-block.ts';
import { settingsOf } from '../../core/contract/job-settings.ts';
import type { Preset } from '../../core/contract/jobs.ts';
import { aRunAsYaml, RunDocument, yamlProblem } from '../../core/contract/run-document.ts';
import { wholeSettings } from '../../core/contract/setting-shape.ts';
import { tellingFirst, wrongSetting, wrongValue } from '../../core/contract/wrong-value.ts';
import { emptyDraft, type LaunchDraft } from './launch-draft.ts';
import { lineOf } from './launch-sources.ts';

/** `problem`: why it cannot be read, in a sentence. */
export type ReadYaml = { problem: string } | { problem: null; draft: LaunchDraft };

/** The whole form as the text says it. What it does not say is the preset's, but its settings are whole: what is missing in them is off. */
export function readYaml(text: string, presets: readonly Preset[]): ReadYaml {
  let value: unknown;
  try {
    value = parse(text);
  } catch (error) {
    return { problem: error instanceof Error ? yamlProblem(error) : String(error) };
  }
  if (!isBlock(value)) return { problem: `This is no run. ${aRunAsYaml}` };
  const read = RunDocument.safeParse(value);
  if (!read.success)
    return { problem: `It is wrong: ${wrongValue(tellingFirst(read.error.issues)[0], 'a run')}.` };
  const { preset: presetId, base, start, sources, data, suite, template, seed, name, settings } = read.data;
  const preset = presets.find(({ id }) => id === presetId);
  if (!preset)
    return {
      problem: `There is no preset "${presetId}". There are: ${presets.map(({ id }) => id).join(', ')}.`,
    };
  const own = settings === undefined ? null : settingsFor(preset, settings);
  if (own?.problem) return { problem: own.problem };
  return {
    problem: null,
    draft: {
      ...emptyDraft,
      presetId,
      baseId: base ?? null,
      startAdapterId: start ?? null,
      sources: sources?.map(lineOf) ?? null,
      data: data ?? '',
      suite: suite ?? null,
      template: template ?? null,
      seed: String(seed ?? emptyDraft.seed),
      name: name ?? '',
      settings: own?.settings ?? null,
    },
  };
}

/** Whole, with null or the default where they have nothing; the form cannot show settings that are none. */
function settingsFor(preset: Preset, settings: Record<string, unknown>) {
  const whole = wholeSettings(preset.kind, settings);
  const read = settingsOf[preset.kind].safeParse(whole);
  if (read.success) return { problem: null, settings: { ...read.data } };
  const issue = tellingFirst(read.error.issues)[0];
  return { problem: issue ? wrongSetting(issue, whole) : 'The settings cannot be read.', settings: null };
}
