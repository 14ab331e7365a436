// A preset as it is offered: with the ids that this lab has for its base and its questions, and a sentence on each thing that it lacks. Called by jobs.ts.
import { CoreError } from '../contract/errors.ts';
import type { Preset } from '../contract/jobs.ts';
import type { JobsDeps } from './deps.ts';
import { partsOf, type RunPart } from './parts.ts';
import type { PresetFile } from './presets.ts';

export async function offered(deps: JobsDeps, file: PresetFile): Promise<Preset> {
  const { base, sources: wanted, ...preset } = file;
  const parts = partsOf(file);
  const missing: string[] = [];
  const baseId = await idIfThere(() => deps.resolveBase(base));
  if (baseId === null)
    missing.push(
      `The base "${base}" is not in this lab. Add it: \`${deps.shipped.base(base) ?? 'npx forethought models add <file.gguf or folder>'}\`.`,
    );
  const asks = parts.some((part) => ['grpo', 'rejection', 'generate'].includes(part.kind));
  const sources = [];
  for (const source of wanted) {
    const name = `${source.dataset}:${source.split}`;
    const sourceId = asks ? await idIfThere(() => deps.resolveSource(name).id) : null;
    if (asks && sourceId === null)
      missing.push(
        `The questions ${name} are not in this lab, or are there several times. Import them: \`${importOf(deps, name)}\`.`,
      );
    sources.push({ ...source, sourceId });
  }
  for (const name of namedElsewhere(parts))
    if ((await idIfThere(() => deps.resolveSource(name).id)) === null)
      missing.push(
        `The held-out questions ${name} are not in this lab, or are there several times. Import them: \`${importOf(deps, name)}\`.`,
      );
  const expectsData = dataKind(parts);
  if (expectsData !== null)
    missing.push(
      `It learns from ${expectsData}: name a JSONL file${expectsData === 'completions' ? ', or a run with traces,' : ''} as data.`,
    );
  return { ...preset, baseId, sources, expectsData, missing };
}

/** The command, whole where the questions come with the program. */
function importOf({ shipped }: JobsDeps, name: string): string {
  const split = name.split(':').at(-1);
  return (
    shipped.source(name) ?? `npx forethought datasets import <file or hub:…> --as <schema> --split ${split}`
  );
}

/** Sources of exams, beside those that are trained on. */
function namedElsewhere(parts: readonly RunPart[]): Set<string> {
  const names = parts.flatMap((part) => [
    'heldOut' in part ? (part.heldOut?.source ?? null) : null,
    'guard' in part ? (part.guard?.retention?.source ?? null) : null,
    ...('sets' in part ? part.sets.map(({ source }) => source) : []),
  ]);
  return new Set(names.filter((name) => name !== null));
}

/** What a person has to name, where no earlier stage makes it. */
function dataKind(parts: readonly RunPart[]): Preset['expectsData'] {
  const needs = parts.find(({ kind, stage }) => {
    const isGiven = stage !== null && (stage.dataFrom !== null || ('data' in stage && stage.data !== null));
    return (kind === 'sft' || kind === 'dpo') && !isGiven;
  });
  if (!needs) return null;
  return needs.kind === 'sft' ? 'completions' : 'pairs';
}

async function idIfThere(find: () => string | Promise<string>): Promise<string | null> {
  try {
    return await find();
  } catch (error) {
    // Several that fit are for a person to choose from.
    if (error instanceof CoreError && (error.code === 'not-found' || error.code === 'bad-input')) return null;
    throw error;
  }
}
