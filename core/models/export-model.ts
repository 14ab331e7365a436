// Writes what an adapter has made of its base into a folder, for programs outside the lab: merged weights as Hugging Face files, one PEFT
// adapter for the bare base, or one GGUF LoRA. Whole or not at all. Served by models.ts.
import { lstat, readdir, rename, rm, rmdir } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { Work } from '../catalog/activities.ts';
import { CoreError, diskError } from '../contract/errors.ts';
import type { Exported } from '../contract/models.ts';
import type { ModelsDeps } from './deps.ts';
import { exportGgufLora, exportPeft } from './export-adapter.ts';
import { type Exporting, filesIn } from './export-files.ts';
import { exportMerged } from './export-merged.ts';
import { makeFolder } from './make-folder.ts';
import type { WeightType } from './weights-write.ts';

export interface ExportModel extends Exporting {
  as: 'merged' | 'adapter' | 'gguf-lora';
  dtype: WeightType;
}

/** Throws `conflict` where something is there that is no empty folder, `unavailable` for a base that is a GGUF only, `disk`, `cancelled`; then nothing is left. */
export async function exportModel(deps: ModelsDeps, wanted: ExportModel): Promise<Exported> {
  const folder = resolve(wanted.folder);
  const work = deps.activities.begin({
    kind: 'export',
    title: `Exporting ${wanted.adapter.name}`,
    about: { feature: 'models', id: wanted.adapter.id },
  });
  const temp = `${folder}.tmp-${process.pid}`;
  try {
    await refuseTaken(folder);
    await makeFolder(dirname(folder));
    await rm(temp, { recursive: true, force: true });
    await makeFolder(temp, dirname, folder);
    const made = await fill(deps, { ...wanted, folder: temp }, work);
    // Somebody may have put something there meanwhile; rmdir leaves whatever is no empty folder.
    if (await refuseTaken(folder)) await rmdir(folder);
    await rename(temp, folder);
    return { folder, made, files: await filesIn(folder) };
  } catch (error) {
    await rm(temp, { recursive: true, force: true }).catch(() => {}); // where its parent is none, either
    throw diskError(error, `Exporting ${wanted.adapter.name}`);
  } finally {
    work.end();
  }
}

/** Whether an empty folder is there. Anything else, a file, a device or a link, is a person's, and stays. */
async function refuseTaken(folder: string): Promise<boolean> {
  const there = await lstat(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return null; // of what is above it, making it tells
    throw error;
  });
  if (!there) return false;
  if (there.isDirectory() && (await readdir(folder)).length === 0) return true;
  const why = there.isDirectory() ? 'and is not empty' : 'and is no folder';
  throw new CoreError('conflict', `folder: ${folder} is there already ${why}. Name one that is not there.`, {
    folder,
  });
}

/** Says in words what was made. */
function fill(deps: ModelsDeps, wanted: ExportModel, work: Work): Promise<string> {
  if (wanted.as === 'merged') return exportMerged(deps, wanted, wanted.dtype, work);
  work.phase('writing the adapter', null);
  return wanted.as === 'adapter' ? exportPeft(deps, wanted) : exportGgufLora(deps, wanted);
}
