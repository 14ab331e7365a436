// The checks an adapter passes before it is ready, in order: files, parent, hashes, names and shapes, finite, gguf, smoke.
// Each returns what it measured, or throws Refused with the sentence a person reads. arrive.ts runs them and stores the results.
import { readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { hashFile } from '../blobs/blobs.ts';
import { CoreError } from '../contract/errors.ts';
import type { Check } from '../contract/models.ts';
import { type Chain, short } from './chain.ts';
import type { ModelsDeps } from './deps.ts';
import { type GgufHeader, readGgufHeader } from './gguf-header.ts';
import { writeGgufLora } from './gguf-lora.ts';
import { CONVERTIBLE, type LoraPair, pairLora } from './lora-names.ts';
import { AdapterConfig, type AdapterManifest, Reference, readJson } from './manifest.ts';
import { countNonFinite, readSafetensors, type Safetensors, shown } from './safetensors.ts';
import { compareWithReference } from './smoke.ts';

/** What a check found wrong; `message` becomes the reason on the adapter. */
export class Refused extends Error {}

export const WEIGHTS = 'adapter_model.safetensors';
export const CONFIG = 'adapter_config.json';
export const REFERENCE = 'reference.json';
const REQUIRED = [WEIGHTS, CONFIG, REFERENCE] as const;

/** What the checks learn on their way; a later check may rely on what an earlier one filled in. */
export interface Arrival {
  readonly manifest: AdapterManifest;
  /** Where the adapter's files lie now: the arriving folder, or a folder of none when it is rechecked from the blobs. */
  readonly folder: string | null;
  /** Given by the run that made it; must be the manifest's. */
  readonly jobId: string | null;
  readonly name: string;
  /** What it was trained on, or the sentence why that cannot be had here. */
  readonly parent: Chain | string;
  baseHeader?: GgufHeader;
  config?: AdapterConfig;
  tensors?: Safetensors;
  pairs?: LoraPair[];
  gguf?: string;
}

interface CheckStep {
  name: Check['name'];
  title: string;
  run(deps: ModelsDeps, arrival: Arrival): Promise<string>;
}

export const arrivalChecks: readonly CheckStep[] = [
  { name: 'files', title: 'Every file of the manifest is there', run: checkFiles },
  { name: 'parent', title: 'What it was trained on is here', run: checkParent },
  { name: 'hashes', title: 'Every byte is the one that was exported', run: checkHashes },
  { name: 'names-and-shapes', title: 'Its tensors fit the base', run: checkNamesAndShapes },
  { name: 'finite', title: 'No value is NaN or infinite', run: checkFinite },
  { name: 'gguf', title: 'Converted for llama.cpp', run: convert },
  { name: 'smoke', title: 'It computes here what the trainer computed', run: smoke },
];

async function checkFiles(deps: ModelsDeps, { manifest, folder, jobId }: Arrival): Promise<string> {
  for (const name of REQUIRED)
    if (!manifest.files[name])
      throw new Refused(`The manifest does not name ${name}: this is not a whole adapter.`);
  if (jobId !== null && jobId !== manifest.jobId)
    throw new Refused(
      `The manifest names the run ${manifest.jobId}, but the folder came from the run ${jobId}.`,
    );
  let total = 0;
  for (const [name, { sha256, bytes }] of Object.entries(manifest.files)) {
    const size = await sizeOf(folder === null ? deps.blobs.path(sha256) : join(folder, name));
    if (size === null)
      throw new Refused(`${name} is missing: the copy is not complete. Bring the adapter in again.`);
    if (size !== bytes)
      throw new Refused(
        `${name} has ${size} bytes, the manifest says ${bytes}: the copy is not complete. Bring it in again.`,
      );
    total += bytes;
  }
  return `${Object.keys(manifest.files).length} files, ${total.toLocaleString('en')} bytes`;
}

/** What arrives is copied into the blobs, which hash what they copy. */
async function checkHashes(deps: ModelsDeps, { manifest, folder }: Arrival): Promise<string> {
  for (const [name, { sha256 }] of Object.entries(manifest.files)) {
    const found =
      folder === null
        ? await hashFile(deps.blobs.path(sha256))
        : await keep(deps, join(folder, name), sha256);
    if (found.sha256 !== sha256)
      throw new Refused(
        `${name} has SHA-256 ${short(found.sha256)}, the manifest says ${short(sha256)}: it was changed or damaged on its way. Bring it in again.`,
      );
  }
  return `SHA-256 of ${Object.keys(manifest.files).length} files as in the manifest`;
}

/** Copies a file into the blobs; one with another hash is not kept, and its hash comes back. */
async function keep(deps: ModelsDeps, path: string, sha256: string): Promise<{ sha256: string }> {
  try {
    return await deps.blobs.putFile(path, sha256);
  } catch (error) {
    if (error instanceof CoreError && error.code === 'damaged') return { sha256: String(error.detail.found) };
    throw error;
  }
}

/** Before a byte of the weights is read: on other weights they would mean something else. */
async function checkParent(_: ModelsDeps, { parent, manifest }: Arrival): Promise<string> {
  if (typeof parent === 'string') throw new Refused(parent);
  const names = [parent.base, ...parent.stack].map((model) => model.name);
  return `${names.join(' + ')}, identity ${short(manifest.parent.sha256)}`;
}

/** What `checkParent` has made sure of. */
function chainOf({ parent }: Arrival): Chain {
  if (typeof parent === 'string') throw new Error(parent);
  return parent;
}

async function checkNamesAndShapes(deps: ModelsDeps, arrival: Arrival): Promise<string> {
  const { manifest } = arrival;
  const config = await readBlob(deps, arrival, CONFIG, AdapterConfig);
  if (config.r !== manifest.rank || config.lora_alpha !== manifest.alpha)
    throw new Refused(
      `${CONFIG} says rank ${config.r} and alpha ${config.lora_alpha}, the manifest ${manifest.rank} and ${manifest.alpha}.`,
    );
  const header = await readGgufHeader(deps.blobs.path(chainOf(arrival).base.gguf));
  const tensors = await refuseDamaged(
    readSafetensors(deps.blobs.path(manifest.files[WEIGHTS]!.sha256)),
    WEIGHTS,
  );
  const pairs = pairLora(tensors.tensors.values());
  if (typeof pairs === 'string') throw new Refused(`${WEIGHTS}: ${pairs}.`);
  for (const pair of pairs) checkPair(pair, config.r, header);
  const carried = [...new Set(pairs.map((pair) => pair.target))].sort();
  for (const [where, named] of [
    [CONFIG, config.target_modules],
    ['the manifest', manifest.targets],
  ] as const)
    if (carried.join() !== [...new Set(named)].sort().join())
      throw new Refused(
        `${WEIGHTS} changes ${carried.join(', ')}; ${where} names ${[...named].sort().join(', ')}.`,
      );
  Object.assign(arrival, { config, baseHeader: header, tensors, pairs });
  const layers = new Set(pairs.map((pair) => pair.layer)).size;
  return `${pairs.length} pairs over ${layers} layers, rank ${config.r}, alpha ${config.lora_alpha}`;
}

function checkPair({ a, b, weight, ggufWeight }: LoraPair, rank: number, base: GgufHeader): void {
  const target = base.tensors.get(ggufWeight);
  if (!target) throw new Refused(`The base has no ${weight}: the adapter was made for another model.`);
  const [out = 0, inner = 0] = target.shape;
  for (const [half, tensor, expected] of [
    ['lora_A', a, [rank, inner]],
    ['lora_B', b, [out, rank]],
  ] as const) {
    if (tensor.shape.join() !== expected.join())
      throw new Refused(
        `${half} of ${weight} has shape ${shown(tensor.shape)}; on this base, with rank ${rank}, it must be ${shown(expected)}.`,
      );
    if (!['F32', 'F16', 'BF16'].includes(tensor.dtype))
      throw new Refused(`${half} of ${weight} holds ${tensor.dtype} values; weights are F32, F16 or BF16.`);
  }
}

async function checkFinite(_: ModelsDeps, { tensors }: Arrival): Promise<string> {
  let values = 0;
  for (const tensor of tensors!.tensors.values()) {
    const bad = await countNonFinite(tensors!.path, tensor);
    if (bad > 0)
      throw new Refused(
        `${tensor.name} holds ${bad} values that are NaN or infinite: the training diverged. Look at the run's gradient norm, and train again.`,
      );
    values += tensor.shape.reduce((product, n) => product * n, 1);
  }
  return `${values.toLocaleString('en')} values`;
}

async function convert(deps: ModelsDeps, arrival: Arrival): Promise<string> {
  const { config, pairs, tensors } = arrival;
  const { architecture } = chainOf(arrival).base;
  if (!CONVERTIBLE.has(architecture))
    throw new Refused(
      `Adapters of the architecture "${architecture}" cannot be converted yet: llama.cpp orders its weights in another way. Known: ${[...CONVERTIBLE].join(', ')}.`,
    );
  const temp = join(deps.blobs.folder, `tmp-lora-${process.pid}-${deps.now()}`);
  try {
    await writeGgufLora(tensors!.path, temp, {
      architecture,
      name: arrival.name,
      alpha: config!.lora_alpha,
      pairs: pairs!,
    });
    const { sha256, bytes } = await deps.blobs.putFile(temp);
    arrival.gguf = sha256;
    return `GGUF LoRA, ${bytes.toLocaleString('en')} bytes, SHA-256 ${short(sha256)}`;
  } finally {
    await rm(temp, { force: true });
  }
}

async function smoke(deps: ModelsDeps, arrival: Arrival): Promise<string> {
  const { base, stack } = chainOf(arrival);
  const reference = await readBlob(deps, arrival, REFERENCE, Reference);
  const longest = Math.max(...reference.prompts.map((prompt) => prompt.ids.length + prompt.greedy.length));
  const session = await refuseDamaged(
    deps.inference.open({
      modelPath: deps.blobs.path(base.gguf),
      sha256: base.gguf,
      adapters: [...stack.map((under) => under.gguf), arrival.gguf!].map((gguf) => ({
        path: deps.blobs.path(gguf),
        scale: 1,
        sha256: gguf,
      })),
      exact: true,
      contextLength: longest + 8,
      threads: deps.threads(),
    }),
    'The converted adapter',
  );
  try {
    const compared = await compareWithReference(session, reference, isQuantised(arrival.baseHeader!));
    if (!compared.ok) throw new Refused(compared.detail);
    return compared.detail;
  } finally {
    await session.close();
  }
}

/** Weights of fewer bits than the trainer's: then numbers differ by more than rounding. */
function isQuantised(header: GgufHeader): boolean {
  return [...header.tensors.values()].some((tensor) => !['F32', 'F16', 'BF16'].includes(tensor.type));
}

async function readBlob<S extends Parameters<typeof readJson>[0]>(
  deps: ModelsDeps,
  { manifest }: Arrival,
  name: string,
  schema: S,
) {
  return refuseDamaged(readJson(schema, deps.blobs.path(manifest.files[name]!.sha256), name));
}

/** `what` goes before a message that does not name its file. */
async function refuseDamaged<T>(work: Promise<T>, what?: string): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof CoreError && error.code === 'damaged')
      throw new Refused(what ? `${what}: ${error.message}` : error.message);
    throw error;
  }
}

async function sizeOf(path: string): Promise<number | null> {
  try {
    return (await stat(path)).size;
  } catch {
    return null; // not there: the check says so
  }
}

/** Text of the manifest as it stands: what the adapter's id is made of. */
export const manifestText = (folder: string): Promise<string> =>
  readFile(join(folder, 'manifest.json'), 'utf8');
