// A base's or an adapter's files under their own names, for the trainer: hard links to the blobs, made when they are asked for. A base that
// is here as a GGUF only is trained on that, dequantised: then an adapter fits exactly what llama.cpp runs.
import { copyFile, link, mkdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { diskError } from '../contract/errors.ts';
import type { ModelsDeps } from './deps.ts';
import { isTrainable } from './geometry.ts';
import type { StoredModel } from './model-rows.ts';

/** Folder with config.json, safetensors and tokenizer, or the GGUF; with what it is known by. Null for an architecture that cannot be trained. */
export async function trainingFiles(
  deps: ModelsDeps,
  base: StoredModel,
): Promise<{ path: string | null; identity: string }> {
  const { identity, gguf, folder } = base;
  if (folder === null)
    return { path: isTrainable(base.architecture) ? deps.blobs.path(gguf) : null, identity: gguf };
  return { path: await layOut(deps, base, folder, {}), identity };
}

/** An adapter as the trainer published it, with its manifest. */
export const adapterFolder = (deps: ModelsDeps, adapter: StoredModel): Promise<string> =>
  layOut(deps, adapter, adapter.id, { 'manifest.json': adapter.manifest ?? '' });

async function layOut(
  deps: ModelsDeps,
  model: StoredModel,
  name: string,
  texts: Readonly<Record<string, string>>,
): Promise<string> {
  const folder = join(deps.folder, name);
  if (await isThere(folder)) return await fillUp(deps, model, folder, texts);
  const temp = `${folder}.tmp-${process.pid}`;
  try {
    await rm(temp, { recursive: true, force: true });
    await mkdir(temp, { recursive: true });
    for (const file of model.files) await put(deps, file, temp);
    for (const [file, text] of Object.entries(texts)) await writeFile(join(temp, file), text);
    await rename(temp, folder);
    return folder;
  } catch (error) {
    await rm(temp, { recursive: true, force: true });
    if (await isThere(folder)) return folder; // somebody else was faster
    throw diskError(error, `Laying out the files of ${model.name} for training`);
  }
}

/** Somebody may have moved or removed a file of it, which a run would miss minutes later; the lab's own blob still has it. */
async function fillUp(
  deps: ModelsDeps,
  model: StoredModel,
  folder: string,
  texts: Readonly<Record<string, string>>,
): Promise<string> {
  const lacks = async (name: string) => (await stat(join(folder, name)).catch(() => null)) === null;
  try {
    for (const file of model.files) if (await lacks(file.name)) await put(deps, file, folder);
    for (const [name, text] of Object.entries(texts))
      if (await lacks(name)) await writeFile(join(folder, name), text);
    return folder;
  } catch (error) {
    throw diskError(error, `Laying out the files of ${model.name} for training`);
  }
}

async function put(deps: ModelsDeps, file: StoredModel['files'][number], folder: string): Promise<void> {
  const [blob, place] = [deps.blobs.path(file.sha256), join(folder, file.name)];
  try {
    await link(blob, place);
  } catch (error) {
    // Never over what is there: that is the blob itself under another name.
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return;
    const temp = `${place}.tmp-${process.pid}`; // whole or not at all
    await copyFile(blob, temp);
    await rename(temp, place);
  }
}

async function isThere(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch {
    return false; // the usual case before the first run
  }
}
