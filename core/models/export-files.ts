// What the ways of exporting an adapter have in common: what is exported, and the folder that is filled. Used by export-*.ts.
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hashFile } from '../blobs/blobs.ts';
import { CoreError } from '../contract/errors.ts';
import type { AdapterFile } from './adapter-file.ts';
import { WEIGHTS } from './arrival-checks.ts';
import type { Chain } from './chain.ts';
import type { ModelsDeps } from './deps.ts';
import type { ModelFile, StoredModel } from './model-rows.ts';

/** An adapter with what it was trained on, and an empty folder to fill. */
export interface Exporting {
  adapter: StoredModel;
  under: Chain;
  folder: string;
}

/** The adapters in the order in which they are stacked. */
export const stackOf = ({ under, adapter }: Exporting): StoredModel[] => [...under.stack, adapter];

export const namesOf = (models: readonly StoredModel[]): string =>
  models.map((each) => each.name).join(' + ');

export function blobOf(deps: ModelsDeps, model: StoredModel, name: string): string {
  const file = model.files.find((each) => each.name === name);
  if (!file) throw new CoreError('damaged', `"${model.name}" has no ${name}.`, { id: model.id });
  return deps.blobs.path(file.sha256);
}

export const adapterFiles = (deps: ModelsDeps, wanted: Exporting): AdapterFile[] =>
  stackOf(wanted).map((adapter) => ({
    path: blobOf(deps, adapter, WEIGHTS),
    rank: adapter.rank ?? 0,
    alpha: adapter.alpha ?? 0,
  }));

export async function filesIn(folder: string): Promise<ModelFile[]> {
  const names = (await readdir(folder)).sort();
  return Promise.all(names.map(async (name) => ({ name, ...(await hashFile(join(folder, name))) })));
}

/** As a manifest lists them. */
export const manifestFiles = (files: readonly ModelFile[]) =>
  Object.fromEntries(files.map(({ name, sha256, bytes }) => [name, { sha256, bytes }]));

export const writeJson = (path: string, value: unknown): Promise<void> =>
  writeFile(path, `${JSON.stringify(value, null, 2)}\n`);
