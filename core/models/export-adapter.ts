// Exports an adapter for the bare base: as PEFT files, or as a GGUF LoRA. One that was trained upon others is joined with them, because it
// means nothing without. Called by export-model.ts.
import { copyFile, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CONFIG, REFERENCE, WEIGHTS } from './arrival-checks.ts';
import type { ModelsDeps } from './deps.ts';
import {
  adapterFiles,
  blobOf,
  type Exporting,
  filesIn,
  manifestFiles,
  namesOf,
  stackOf,
  writeJson,
} from './export-files.ts';
import { writeGgufLora } from './gguf-lora.ts';
import { joinAdapters } from './join-adapters.ts';
import { pairLora } from './lora-names.ts';
import { type AdapterManifest, manifestSha256 } from './manifest.ts';
import { manifestOf } from './model-rows.ts';
import { readSafetensors } from './safetensors.ts';

export async function exportPeft(deps: ModelsDeps, wanted: Exporting): Promise<string> {
  const { adapter, under, folder } = wanted;
  if (under.stack.length === 0) {
    for (const file of adapter.files) await copyFile(deps.blobs.path(file.sha256), join(folder, file.name));
    await writeFile(join(folder, 'manifest.json'), adapter.manifest ?? '');
    return `${adapter.name} as it came, a PEFT adapter of rank ${adapter.rank}`;
  }
  const { rank, targets } = await joinAdapters(adapterFiles(deps, wanted), join(folder, WEIGHTS));
  const config = JSON.parse(await readFile(blobOf(deps, adapter, CONFIG), 'utf8')) as object;
  await writeJson(join(folder, CONFIG), { ...config, r: rank, lora_alpha: rank, target_modules: targets });
  // Upon the base it computes what the last one computes upon the others, so that one's reference numbers are its own.
  if (adapter.files.some(({ name }) => name === REFERENCE))
    await copyFile(blobOf(deps, adapter, REFERENCE), join(folder, REFERENCE));
  const manifest: AdapterManifest = {
    ...manifestOf(adapter),
    name: 'joined',
    parent: manifestOf(under.stack[0]!).parent,
    rank,
    alpha: rank,
    targets,
    files: manifestFiles(await filesIn(folder)),
    metrics: {},
    joined: stackOf(wanted).map((part) => ({
      name: part.name,
      manifestSha256: manifestSha256(part.manifest ?? ''),
    })),
  };
  await writeJson(join(folder, 'manifest.json'), manifest);
  return `${namesOf(stackOf(wanted))} joined to one PEFT adapter of rank ${rank} for the bare base`;
}

export async function exportGgufLora(deps: ModelsDeps, wanted: Exporting): Promise<string> {
  const { adapter, under, folder } = wanted;
  const target = join(folder, 'adapter.gguf');
  if (under.stack.length === 0) {
    await copyFile(deps.blobs.path(adapter.gguf), target);
    return `${adapter.name} as a GGUF LoRA of rank ${adapter.rank}`;
  }
  const joined = join(folder, WEIGHTS);
  const { rank } = await joinAdapters(adapterFiles(deps, wanted), joined);
  const pairs = pairLora((await readSafetensors(joined)).tensors.values());
  if (typeof pairs === 'string') throw new Error(pairs);
  const { architecture } = under.base;
  await writeGgufLora(joined, target, { architecture, name: adapter.name, alpha: rank, pairs });
  await rm(joined);
  return `${namesOf(stackOf(wanted))} joined to one GGUF LoRA of rank ${rank} for the bare base`;
}
