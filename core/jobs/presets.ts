// Ready-made settings for a run, from resources/presets/*.json. Read by the Train screen and by launch.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { CoreError } from '../contract/errors.ts';
import { settingsOf } from '../contract/job-settings.ts';
import type { JobKind } from '../contract/job-spec.ts';
import { wrongValue } from '../contract/wrong-value.ts';

const presetFile = <K extends JobKind>(kind: K) =>
  z.strictObject({
    id: z.string().regex(/^[a-z0-9][a-z0-9-]*$/),
    name: z.string().min(1),
    /** One or two sentences: what it does and how long it takes where. */
    summary: z.string().min(1),
    kind: z.literal(kind),
    /** Id of the base model that it was made for. */
    base: z.string().min(1),
    /** Where its questions come from; the newest import of each data set and split is taken, `count` rows of it or all. */
    sources: z.array(
      z.strictObject({
        dataset: z.string().min(1),
        split: z.string().min(1),
        count: z.int().min(1).nullable().default(null),
      }),
    ),
    /** It is meant to be trained upon the adapter of an earlier run. */
    expectsAdapter: z.boolean().default(false),
    /** Id of the prompt template. */
    template: z.string().min(1),
    /** Name of the reward suite; null where nothing is rewarded. */
    suite: z.string().min(1).nullable(),
    settings: settingsOf[kind],
  });

/** One file of resources/presets. Unknown keys are errors: a mistyped setting must not be left out in silence. */
export const PresetFile = z.discriminatedUnion('kind', [
  presetFile('grpo'),
  presetFile('sft'),
  presetFile('dpo'),
  presetFile('rejection'),
  presetFile('generate'),
  presetFile('evaluate'),
  presetFile('merge'),
  presetFile('export'),
  presetFile('program'),
]);
export type PresetFile = z.infer<typeof PresetFile>;

/** All presets, by file name. Throws `damaged` naming the file and the field. */
export function readPresets(folder: string): PresetFile[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .toSorted()
    .map((name) => readPreset(join(folder, name)));
}

/** Throws `not-found` and names the ones there are. */
export function findPreset(folder: string, id: string): PresetFile {
  const presets = readPresets(folder);
  const found = presets.find((preset) => preset.id === id);
  if (!found)
    throw new CoreError(
      'not-found',
      `There is no preset "${id}". There are: ${presets.map((preset) => preset.id).join(', ') || 'none'}.`,
      { preset: id },
    );
  return found;
}

function readPreset(path: string): PresetFile {
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new CoreError('damaged', `The preset ${path} cannot be read: ${String(error)}`, { path }, error);
  }
  const preset = PresetFile.safeParse(content);
  if (preset.success) return preset.data;
  const issue = preset.error.issues[0];
  throw new CoreError('damaged', `The preset ${path} is wrong: ${wrongValue(issue)}.`, { path });
}
