// Looks at everything that a run needs, before anything is written: preset and changes, base and adapters, suite, template, rows. Each problem
// is told next to its field. Called by launch.ts, which stops at the first error, and by preflight.ts, which shows them all.
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { CoreError } from '../contract/errors.ts';
import { isBlock } from '../contract/is-block.ts';
import { changed } from '../contract/merge-settings.ts';
import type { PromptTemplate } from '../contract/reward.ts';
import { sourceText } from '../contract/source-name.ts';
import { asksOfTheRun, type Block, blocksOf, learnsFromData } from './blocks.ts';
import type { JobsDeps, RunBase, RunGeometry, RunStart, RunSuite } from './deps.ts';
import type { Findings } from './findings.ts';
import { checkJudged } from './judged-rows.ts';
import type { LaunchInput } from './launch-input.ts';
import { partsOf, type RunPart, withChanges } from './parts.ts';
import { findPreset, type PresetFile } from './presets.ts';
import { checkPart, checkWhole } from './rules.ts';
import { adaptersUnder } from './stage-rules.ts';

/** What is null is missing, and was told. */
export interface Resolved {
  /** As it ships. */
  origin: PresetFile;
  /** With the person's changes. */
  preset: PresetFile | null;
  base: (RunBase & { path: string }) | null;
  /** What it goes on from; null for a new adapter, too. */
  start: RunStart | null;
  geometry: RunGeometry | null;
  suite: RunSuite | null;
  template: PromptTemplate | null;
  /** As a person would say them. */
  sources: string[];
  parts: RunPart[];
  blocks: Block[];
}

/** Throws for an unknown preset; everything else is told. */
export async function resolveRun(
  deps: JobsDeps,
  hostId: string,
  input: LaunchInput,
  findings: Findings,
): Promise<Resolved> {
  const origin = presetOf(deps, input);
  const start = await startOf(deps, origin, input, findings);
  const changes = changesOf(origin, input);
  if (start) checkLora(start, changed(input.own ?? {}, changes)['lora'], findings);
  const all = start ? changed(changes, { lora: start.lora }) : changes;
  const preset = withChanges(origin, { own: input.own, changes: all }, findings);
  const base = await baseOf(deps, origin, input, start, findings);
  const geometry = base && (await findings.attempt('baseId', () => deps.geometry(base.modelId)));
  const template = await findings.attempt('template', () => deps.template(input.template ?? origin.template));
  const suiteName = input.suite ?? origin.suite;
  const suite = suiteName === null ? null : await findings.attempt('suite', () => deps.suite(suiteName));
  const sources = sourcesOf(origin, input);
  const resolved: Resolved = {
    ...{ origin, preset, base, start, geometry, suite, template, sources },
    parts: preset ? partsOf(preset) : [],
    blocks: [],
  };
  const data = input.data ?? null;
  // The questions of a program are those of its stages; each stage that learns from texts names its own mix.
  const mix = origin.kind === 'program' ? [] : origin.sources;
  for (const part of resolved.parts)
    resolved.blocks.push(...(await blocksOf(part, { deps, findings, sources, data, mix })));
  if (data !== null && preset && !resolved.parts.some(learnsFromData))
    findings.warn('data', `The preset ${origin.id} learns from no texts: it is not used.`);
  if (input.sources && preset && !resolved.parts.some(asksOfTheRun))
    findings.warn('sources', `The preset ${origin.id} trains on no questions of its own: they are not used.`);
  if (input.rows !== undefined)
    for (const block of resolved.blocks)
      if (block.field.endsWith('data')) block.rows = Math.min(block.rows, input.rows);
  if (base && origin.expectsAdapter && base.adapters.length === 0)
    findings.warn(
      'baseId',
      'It is meant to be trained upon the adapter of an earlier run: choose one in place of the base.',
    );
  if (preset) checkRules(deps, hostId, resolved, preset, suiteName, findings);
  checkShared(deps, resolved.blocks, findings);
  if (preset && suite) checkJudged(deps, resolved.blocks, suite, preset.settings.onlyForm, findings);
  return resolved;
}

function presetOf(deps: JobsDeps, { preset }: LaunchInput): PresetFile {
  if (preset === undefined)
    throw new CoreError(
      'bad-input',
      'Name a preset; `npx forethought jobs presets` lists them. Nothing was started.',
    );
  return typeof preset === 'string' ? findPreset(join(deps.resourcesFolder, 'presets'), preset) : preset;
}

function changesOf(preset: PresetFile, input: LaunchInput): Record<string, unknown> {
  const short = {
    ...(input.steps === undefined ? {} : { steps: input.steps }),
    ...(input.learningRate === undefined ? {} : { learningRate: input.learningRate }),
  };
  const given = input.settings ?? {};
  if (Object.keys(short).length === 0) return given;
  if (!('training' in preset.settings))
    throw new CoreError(
      'bad-input',
      `A run of the kind ${preset.kind} has no ${Object.keys(short).join(' and no ')} of its own; say it in settings. Nothing was started.`,
    );
  const training = typeof given['training'] === 'object' ? given['training'] : {};
  return { ...given, training: { ...training, ...short } };
}

function sourcesOf(preset: PresetFile, input: LaunchInput): string[] {
  if (input.sources) return [...input.sources];
  return preset.sources.map(({ dataset, split, count }) =>
    sourceText({ name: `${dataset}:${split}`, count }),
  );
}

async function startOf(
  deps: JobsDeps,
  origin: PresetFile,
  { startAdapterId: id }: LaunchInput,
  findings: Findings,
): Promise<RunStart | null> {
  if (id === undefined) return null;
  if ('lora' in origin.settings) return findings.attempt('startAdapterId', () => deps.start(id));
  findings.error(
    'startAdapterId',
    `A run of the kind ${origin.kind} cannot go on from an adapter; grpo, sft and dpo can. Choose it as the base to begin with what it has learned.`,
  );
  return null;
}

/** An adapter has its rank, alpha and modules in its tensors: what a person says of them must be the same. */
function checkLora({ start, lora }: RunStart, said: unknown, findings: Findings): void {
  const sorted = (value: unknown) => (Array.isArray(value) ? value.toSorted() : value);
  for (const [field, own] of Object.entries(lora)) {
    const other = isBlock(said) ? said[field] : undefined;
    if (other !== undefined && !isDeepStrictEqual(sorted(other), sorted(own)))
      findings.error(
        `lora.${field}`,
        `"${start.name}" has ${[own].flat().join(', ')} here, and training that goes on from it keeps that. Leave it out, or begin with a new adapter.`,
      );
  }
}

/** The one that was said; of a run that goes on from an adapter, what that one was trained on, and no other; else the preset's. */
async function baseOf(
  deps: JobsDeps,
  origin: PresetFile,
  input: LaunchInput,
  start: RunStart | null,
  findings: Findings,
): Promise<(RunBase & { path: string }) | null> {
  if (start && input.baseId === undefined) return trainable(start.base, findings);
  const id = await findings.attempt('baseId', () => baseNamed(deps, input.baseId ?? origin.base));
  const base = id === null ? null : await findings.attempt('baseId', () => deps.base(id));
  if (!base) return null;
  if (!start) return trainable(base, findings);
  if (isSame(base, start.base)) return trainable(start.base, findings);
  findings.error(
    'startAdapterId',
    `"${start.start.name}" was trained on ${start.base.name}, not on ${base.name}, where it would mean something else. Leave the base out, or choose that one.`,
  );
  return null;
}

/** One that comes with the program and is not in the lab is told with the command that adds it. */
function baseNamed(deps: JobsDeps, text: string): string {
  try {
    return deps.resolveBase(text);
  } catch (error) {
    const adding = deps.shipped.base(text);
    if (adding === null || !(error instanceof CoreError) || error.code !== 'not-found') throw error;
    const message = `${error.message} It comes with Forethought; add it: \`${adding}\`.`;
    throw new CoreError('not-found', message, { ...error.detail }, error);
  }
}

/** The same model of this lab with the same adapters in it; it may lie here in two formats, and an adapter was trained on one of them. */
function isSame(a: RunBase, b: RunBase): boolean {
  const names = ({ modelId, adapters }: RunBase) => [modelId, ...adapters.map((each) => each.manifestSha256)];
  return names(a).join() === names(b).join();
}

function trainable(base: RunBase, findings: Findings): (RunBase & { path: string }) | null {
  if (base.path !== null) return { ...base, path: base.path };
  findings.error(
    'baseId',
    `"${base.name}" can answer questions but not be trained: the trainer computes Gemma 2 and Gemma 3.`,
  );
  return null;
}

function checkRules(
  deps: JobsDeps,
  hostId: string,
  { parts, blocks, base, geometry }: Resolved,
  preset: PresetFile,
  suiteName: string | null,
  findings: Findings,
): void {
  const { mesh } = preset.settings;
  const hasSuite = suiteName !== null;
  const on = {
    findings,
    blocks,
    geometry,
    mesh,
    hasSuite,
    adapters: base?.adapters.length ?? 0,
  };
  const adapters = adaptersUnder(parts, on.adapters);
  for (const [i, part] of parts.entries()) {
    checkPart(part, { ...on, adapters: adapters[i] ?? null });
    if ((part.kind === 'grpo' || part.kind === 'rejection' || part.kind === 'evaluate') && !hasSuite)
      findings.error(
        'suite',
        `${part.stage ? `Stage ${part.stage.id}` : 'It'} is scored: choose a reward suite.`,
      );
  }
  checkWhole(preset, { ...on, host: deps.hosts.facts(hostId) });
}

/** Questions that are examined must not be among those that are trained on; the trainer refuses them too. */
function checkShared(deps: JobsDeps, blocks: readonly Block[], findings: Findings): void {
  const trained = blocks.flatMap((block) =>
    block.kind === 'questions' && block.purpose === 'train'
      ? block.sources.map(({ source }) => source.id)
      : [],
  );
  for (const block of blocks) {
    if (block.kind !== 'questions' || block.purpose === 'train' || block.aside) continue;
    for (const { source } of block.sources) {
      const shared = trained.length === 0 ? 0 : deps.sharedRows(source.id, trained);
      if (shared > 0)
        findings.error(
          `${block.field}.source`,
          `${shared} of the ${source.rowCount} questions of ${source.id} are among those that are trained on: what it scores would mean nothing.`,
        );
      else if (source.locked !== null && !block.field.includes('sets['))
        findings.warn(
          `${block.field}.source`,
          `${source.dataset} ${source.split} is kept for evaluation. It may choose the best checkpoint here, but a score on it is then no longer a fair one; better a split of its own.`,
        );
    }
  }
}
