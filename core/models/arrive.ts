// An adapter comes home: id from its manifest, checks one after the other, each stored; ready when all hold, else refused with the reason.
// The same bytes always give the same id, so arriving again repairs what a crash left half done.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { hashFile } from '../blobs/blobs.ts';
import type { Work } from '../catalog/activities.ts';
import { sql } from '../catalog/sql.ts';
import { CoreError, diskError } from '../contract/errors.ts';
import { adapterId } from '../contract/model-name.ts';
import { type Arrival, checksOf, manifestText, Refused, WEIGHTS } from './arrival-checks.ts';
import { type Chain, resolveParent } from './chain.ts';
import type { ModelsDeps } from './deps.ts';
import { AdapterManifest, manifestSha256, readJson, whyUnread } from './manifest.ts';
import {
  clearChecks,
  findModels,
  manifestOf,
  modelById,
  type StoredModel,
  saveCheck,
  saveModel,
} from './model-rows.ts';

export interface Arrived {
  modelId: string;
  state: 'ready' | 'refused';
  /** Why it was refused. */
  reason: string | null;
  /** The lab had these very bytes, ready, before. */
  known: boolean;
}

/**
 * Takes an adapter folder in. Throws `bad-input` without a manifest, `damaged` for one that cannot be read (nothing is stored then), `disk`,
 * and whatever keeps a check from being made at all; what a check finds wrong is stored and returned as `refused`.
 */
export async function arrive(
  deps: ModelsDeps,
  from: { folder: string; jobId: string | null; manifestSha256?: string },
): Promise<Arrived> {
  if (!existsSync(join(from.folder, 'manifest.json')))
    throw new CoreError(
      'bad-input',
      `${from.folder} holds no manifest.json. An adapter is a folder with its weights, its configuration, its reference numbers and the manifest over them, as a run exports it.`,
      { folder: from.folder },
    );
  const manifest = await readJson(AdapterManifest, join(from.folder, 'manifest.json'));
  const text = await manifestText(from.folder);
  const sha256 = manifestSha256(text);
  if (from.manifestSha256 !== undefined && from.manifestSha256 !== sha256)
    throw new CoreError(
      'damaged',
      `manifest.json in ${from.folder} is not the one that the run announced (SHA-256 ${sha256}, announced ${from.manifestSha256}): somebody changed the artifact.`,
      { folder: from.folder },
    );
  return takeIn(deps, { manifest, text, folder: from.folder, jobId: from.jobId });
}

/** Takes in what this manifest describes, whoever wrote it; `text`: the manifest as it stands. */
export async function takeIn(
  deps: ModelsDeps,
  {
    manifest,
    text,
    folder,
    jobId,
  }: { manifest: AdapterManifest; text: string; folder: string; jobId: string | null },
): Promise<Arrived> {
  const id = adapterId(manifestSha256(text));
  const known = findModels(deps.catalog, sql`id = ${id}`)[0];
  if (known?.state === 'ready') {
    if (jobId === null) await holdAgainst(manifest, folder, known.name);
    return { modelId: id, state: 'ready', reason: null, known: true };
  }
  const parent = resolveParent(deps.catalog, manifest.parent);
  const model: StoredModel = {
    id,
    kind: 'adapter',
    name: nameOf(manifest),
    ...takenFrom(parent),
    parameters: null,
    bytes: manifest.files[WEIGHTS]?.bytes ?? 0,
    identity: manifest.files[WEIGHTS]?.sha256 ?? '',
    state: 'arriving',
    reason: null,
    job_id: jobId ?? manifest.jobId,
    rank: manifest.rank,
    alpha: manifest.alpha,
    step: manifest.step,
    folder,
    gguf: '',
    files: Object.entries(manifest.files).map(([name, file]) => ({ name, ...file })),
    manifest: text,
    update_norms: null,
    created_at: known?.created_at ?? deps.now(),
  };
  return check(deps, model, { manifest, folder, jobId, name: model.name, parent }, known);
}

/** What a person brings is looked at, also where the lab has what its manifest describes. */
async function holdAgainst({ files }: AdapterManifest, folder: string, known: string): Promise<void> {
  for (const [name, { sha256 }] of Object.entries(files)) {
    const what = await hashFile(join(folder, name)).then(
      (found) => (found.sha256 === sha256 ? null : 'is not the file that its manifest.json names'),
      whyUnread,
    );
    if (what === null) continue;
    throw new CoreError(
      'damaged',
      `${name} in ${folder} ${what}. "${known}", which that manifest describes, is in the lab already and stays as it is.`,
      { folder },
    );
  }
}

/** All checks again, on the bytes that the lab holds; or, where it was refused before they were copied, on those where it came from. */
export async function recheck(deps: ModelsDeps, id: string): Promise<Arrived> {
  const model = modelById(deps.catalog, id);
  if (model.kind !== 'adapter')
    throw new CoreError('bad-input', `"${model.name}" is a base: only adapters have arrival checks.`, { id });
  const manifest = manifestOf(model);
  const parent = resolveParent(deps.catalog, manifest.parent);
  const again: StoredModel = {
    ...model,
    state: 'arriving',
    reason: null,
    ...(typeof parent !== 'string' && takenFrom(parent)),
  };
  return check(deps, again, { manifest, folder: model.folder, jobId: null, name: model.name, parent }, model);
}

/** With its step, unless its name says it. */
function nameOf({ name, step }: AdapterManifest): string {
  return step === null || name.endsWith(`step-${step}`) ? name : `${name} · step ${step}`;
}

/** What an adapter has from its base; nothing is known where that is not here. */
function takenFrom(parent: Chain | string) {
  const base = typeof parent === 'string' ? null : parent.base;
  return {
    parent_id: base?.id ?? null,
    architecture: base?.architecture ?? 'unknown',
    licence: base?.licence ?? null,
    template: base?.template ?? '',
    context_length: base?.context_length ?? null,
  };
}

async function check(
  deps: ModelsDeps,
  model: StoredModel,
  arrival: Arrival,
  before: StoredModel | undefined,
): Promise<Arrived> {
  const work = deps.activities.begin({
    kind: 'arrival',
    title: `Checking ${model.name}`,
    about: { feature: 'models', id: model.id },
    cancellable: false,
  });
  try {
    deps.catalog.transaction(() => {
      saveModel(deps.catalog, model);
      clearChecks(deps.catalog, model.id);
    });
    const reason = await runChecks(deps, model, arrival, work);
    const state = reason === null ? 'ready' : 'refused';
    const parameters =
      arrival.pairs?.reduce((sum, { a, b }) => sum + size(a.shape) + size(b.shape), 0) ?? null;
    const isHere = model.files.every((file) => deps.blobs.has(file.sha256));
    const folder = isHere ? null : arrival.folder;
    deps.catalog.transaction(() =>
      saveModel(deps.catalog, { ...model, state, reason, parameters, folder, gguf: arrival.gguf ?? '' }),
    );
    return { modelId: model.id, state, reason, known: false };
  } catch (error) {
    putBack(deps, model, before);
    throw error;
  } finally {
    work.end();
    deps.changes.announce('models', 'lab');
  }
}

/** A check that could not be made (a full disk, a killed process) changes nothing that was known before. */
function putBack(deps: ModelsDeps, model: StoredModel, before: StoredModel | undefined): void {
  try {
    if (before) saveModel(deps.catalog, before);
    else deps.catalog.run(sql`DELETE FROM models WHERE id = ${model.id}`);
  } catch (error) {
    deps.log?.(error); // it stays "arriving"; arriving again repairs it
  }
}

/** The reason of the first check that does not hold, or null. */
async function runChecks(
  deps: ModelsDeps,
  model: StoredModel,
  arrival: Arrival,
  work: Work,
): Promise<string | null> {
  for (const [seq, step] of checksOf(arrival.manifest).entries()) {
    work.phase(step.title.toLowerCase(), null);
    const startedAt = performance.now();
    let ok = true;
    let detail: string;
    try {
      detail = await step.run(deps, arrival);
    } catch (error) {
      if (!(error instanceof Refused)) throw diskError(error, `Checking ${model.name}`);
      ok = false;
      detail = error.message;
    }
    const ms = performance.now() - startedAt;
    saveCheck(deps.catalog, model.id, seq, { name: step.name, title: step.title, ok, detail, ms });
    deps.changes.announce('models');
    if (!ok) return detail;
  }
  return null;
}

const size = (shape: readonly number[]): number => shape.reduce((product, n) => product * n, 1);
