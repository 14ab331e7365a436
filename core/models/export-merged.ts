// Exports a base with its adapters merged in, as Hugging Face files. Called by export-model.ts.
import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Work } from '../catalog/activities.ts';
import { CoreError } from '../contract/errors.ts';
import { identityOf } from './add-base.ts';
import { chainIdentity } from './chain.ts';
import type { ModelsDeps } from './deps.ts';
import {
  adapterFiles,
  type Exporting,
  filesIn,
  manifestFiles,
  namesOf,
  stackOf,
  writeJson,
} from './export-files.ts';
import { inMergeWorker } from './in-merge-worker.ts';
import { chainOf, hashIn, manifestSha256 } from './manifest.ts';
import { mergedBytes, SHARD_BYTES } from './merge.ts';
import { type ModelFile, manifestOf } from './model-rows.ts';
import type { WeightType } from './weights-write.ts';

const isWeights = (file: ModelFile) => file.name.endsWith('.safetensors');

/** Throws `unavailable` where the weights that the adapter was trained on are here as a GGUF only. */
export async function exportMerged(
  deps: ModelsDeps,
  wanted: Exporting,
  dtype: WeightType,
  work: Work,
): Promise<string> {
  const { adapter, folder } = wanted;
  const { base } = wanted.under;
  const below = chainOf(manifestOf(adapter).parent);
  if (base.folder === null || hashIn(below[0]!) !== base.identity)
    throw new CoreError(
      'unavailable',
      `"${adapter.name}" was trained on the GGUF of "${base.name}", and merging needs those weights as Hugging Face files. Export the adapter instead (--as adapter), or merge in a run, which dequantises.`,
      { baseId: base.id },
    );
  const weights = base.files.filter(isWeights).map((file) => deps.blobs.path(file.sha256));
  work.phase('merging', await mergedBytes(weights, dtype));
  const adapters = adapterFiles(deps, wanted);
  await inMergeWorker(
    { weights, adapters, folder, type: dtype, shardBytes: SHARD_BYTES },
    work.advance,
    work.signal,
  );
  for (const file of base.files) {
    const path = deps.blobs.path(file.sha256);
    if (file.name === 'config.json')
      await writeFile(join(folder, file.name), withType(await readFile(path, 'utf8'), dtype));
    else if (!isWeights(file) && !/\.gguf$|\.index\.json$/.test(file.name))
      await copyFile(path, join(folder, file.name));
  }
  work.phase('hashing', null);
  const files = await filesIn(folder);
  const chain = [...below, `adapter ${manifestSha256(adapter.manifest ?? '')}`];
  await writeJson(join(folder, 'manifest.json'), {
    version: 1,
    name: adapter.name,
    kind: 'merged-model',
    parent: { modelId: base.id, sha256: chainIdentity(chain), chain },
    identity: identityOf(files),
    dtype,
    // Nothing was rounded away: what was trained on the base with its adapters in it is valid here too.
    exact: dtype === 'float32',
    chain,
    chainSha256: chainIdentity(chain),
    files: manifestFiles(files),
  });
  return `${namesOf([base, ...stackOf(wanted)])}, merged and written as ${dtype}`;
}

/** The text of a config.json that names another type of weights. As text, so that numbers keep the form in which they were written. */
function withType(config: string, dtype: WeightType): string {
  const named = config.replace(
    /"(torch_dtype|dtype)"(\s*:\s*)"[^"]*"/g,
    (_, name: string, colon: string) => `"${name}"${colon}"${dtype}"`,
  );
  return named.includes('"torch_dtype"') ? named : named.replace('{', `{\n  "torch_dtype": "${dtype}",`);
}
