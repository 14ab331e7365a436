// An adapter is brought in by a person: one that a run exported, with its manifest; or one that PEFT made elsewhere, whose base the person
// names. That one is looked at before anything is stored, and gets a manifest from here: then it is an adapter like any other.
import { existsSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { hashFile } from '../blobs/blobs.ts';
import { sql } from '../catalog/sql.ts';
import { CoreError } from '../contract/errors.ts';
import {
  CONFIG,
  openWeights,
  Refused,
  readConfig,
  refuseInconvertible,
  refuseNonFinite,
  WEIGHTS,
} from './arrival-checks.ts';
import { type Arrived, arrive, takeIn } from './arrive.ts';
import type { ModelsDeps } from './deps.ts';
import { manifestFiles } from './export-files.ts';
import { readGgufHeader } from './gguf-header.ts';
import { type AdapterManifest, chainOf, refuseMerged } from './manifest.ts';
import { findModels, type ModelFile, manifestOf, type StoredModel } from './model-rows.ts';

export interface ImportAdapter {
  path: string;
  /** Of an adapter without a manifest. */
  base: StoredModel | null;
  name?: string | undefined;
}

/** Throws `bad-input` for a folder that is no adapter, or none for this base; then nothing was stored. Else as `arrive`. */
export async function importAdapter(deps: ModelsDeps, input: ImportAdapter): Promise<Arrived> {
  const { path, base } = input;
  await refuseMerged(path);
  if (existsSync(join(path, 'manifest.json'))) {
    if (base === null) return arrive(deps, { folder: path, jobId: null });
    throw new CoreError(
      'bad-input',
      `${path} holds a manifest.json, which says what the adapter was trained on. Leave the base out.`,
      { path },
    );
  }
  for (const name of [CONFIG, WEIGHTS])
    if (!existsSync(join(path, name)))
      throw new CoreError(
        'bad-input',
        `There is no ${name} in ${path}. An adapter is a folder with ${CONFIG} and ${WEIGHTS}, as PEFT or a run writes it.`,
        { path },
      );
  if (base === null)
    throw new CoreError(
      'bad-input',
      `${path} holds no manifest.json, so that nothing says what the adapter was trained on. Name its base, in a terminal by --base-id: on another one it would load and be wrong without a word.`,
      { path },
    );
  const found = await look(deps, path, base);
  const files = await Promise.all(
    [CONFIG, WEIGHTS].map(async (name) => ({ name, ...(await hashFile(join(path, name))) })),
  );
  const same = sameAdapter(deps, base, files);
  if (same) return { modelId: same.id, state: 'ready', reason: null, known: true };
  const manifest = manifestFor(input.name?.trim() || basename(resolve(path)), base, found, files);
  const text = `${JSON.stringify(manifest, null, 2)}\n`;
  return takeIn(deps, { manifest, text, folder: path, jobId: null });
}

/** What its manifest says of it. */
async function look(
  deps: ModelsDeps,
  path: string,
  base: StoredModel,
): Promise<Pick<AdapterManifest, 'rank' | 'alpha' | 'targets'>> {
  try {
    refuseInconvertible(base.architecture);
    const header = await readGgufHeader(deps.blobs.path(base.gguf));
    const config = await readConfig(join(path, CONFIG));
    const { tensors, targets } = await openWeights(join(path, WEIGHTS), config, header);
    await refuseNonFinite(tensors);
    return { rank: config.r, alpha: config.lora_alpha, targets };
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    throw new CoreError(
      'bad-input',
      `${path} is no adapter for "${base.name}". ${error.message} Nothing was stored.`,
      { path, baseId: base.id },
      error,
    );
  }
}

/** The same bytes on the same base give the same model, whatever they are called. */
function sameAdapter(
  deps: ModelsDeps,
  base: StoredModel,
  files: readonly ModelFile[],
): StoredModel | undefined {
  return findModels(deps.catalog, sql`kind = 'adapter' AND state = 'ready' AND parent_id = ${base.id}`).find(
    (model) =>
      chainOf(manifestOf(model).parent).length === 1 &&
      files.every(({ sha256 }) => model.files.some((file) => file.sha256 === sha256)),
  );
}

/** What is known of an adapter that no run of ours made. */
function manifestFor(
  name: string,
  base: StoredModel,
  found: Pick<AdapterManifest, 'rank' | 'alpha' | 'targets'>,
  files: readonly ModelFile[],
): AdapterManifest {
  return {
    version: 1,
    name,
    kind: 'lora-adapter',
    step: null,
    files: manifestFiles(files),
    // What a trainer reads of this base; see training-folder.ts.
    parent: { modelId: base.id, sha256: base.folder === null ? base.gguf : base.identity },
    jobId: null,
    specSha256: null,
    rewardSuite: null,
    dataSnapshot: null,
    ...found,
    trainer: null,
    metrics: {},
  };
}
