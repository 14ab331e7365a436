// The checks an adapter passes before it is ready, in order: files, parent, hashes, names and shapes, finite, gguf, smoke. One that was made
// elsewhere comes without a trainer's numbers, so that its smoke check can only see that it answers.
// Each returns what it measured, or throws Refused with the sentence a person reads. arrive.ts runs them and stores the results.
import { readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { hashFile } from '../blobs/blobs.ts';
import { CoreError } from '../contract/errors.ts';
import type { Check } from '../contract/models.ts';
import { type Chain, short } from './chain.ts';
import type { CheckSession, ModelsDeps } from './deps.ts';
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

/** Of an adapter with this manifest. */
export const checksOf = (manifest: AdapterManifest): readonly CheckStep[] => [
  { name: 'files', title: titlesOf(manifest).files, run: checkFiles },
  { name: 'parent', title: 'What it was trained on is here', run: checkParent },
  { name: 'hashes', title: titlesOf(manifest).hashes, run: checkHashes },
  { name: 'names-and-shapes', title: 'Its tensors fit the base', run: checkNamesAndShapes },
  { name: 'finite', title: 'No value is NaN or infinite', run: checkFinite },
  { name: 'gguf', title: 'Converted for llama.cpp', run: convert },
  manifest.files[REFERENCE]
    ? { name: 'smoke', title: 'It computes here what the trainer computed', run: smoke }
    : { name: 'smoke', title: 'It loads and answers', run: answer },
];

/** One that came without a manifest has one from this lab, which no exporter has promised anything by. */
const isWrittenHere = ({ trainer, joined }: AdapterManifest): boolean =>
  trainer === null && joined === undefined;

const titlesOf = (manifest: AdapterManifest) =>
  isWrittenHere(manifest)
    ? { files: 'Weights and configuration are there', hashes: 'Every byte is the one that was read' }
    : {
        files: 'Every file of the manifest is there',
        hashes: 'Every byte is the one that was exported',
      };

async function checkFiles(deps: ModelsDeps, { manifest, folder, jobId }: Arrival): Promise<string> {
  const isTrained = manifest.trainer !== null && manifest.joined === undefined;
  for (const name of [WEIGHTS, CONFIG, ...(isTrained ? [REFERENCE] : [])])
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
  const by = isWrittenHere(manifest) ? 'as they were when they were brought in' : 'as in the manifest';
  return `SHA-256 of ${Object.keys(manifest.files).length} files ${by}`;
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
  const said = manifest.trainer === null ? ', as the person said who brought it in' : '';
  return `${names.join(' + ')}, identity ${short(manifest.parent.sha256)}${said}`;
}

/** What `checkParent` has made sure of. */
function chainOf({ parent }: Arrival): Chain {
  if (typeof parent === 'string') throw new Error(parent);
  return parent;
}

async function checkNamesAndShapes(deps: ModelsDeps, arrival: Arrival): Promise<string> {
  const { manifest } = arrival;
  const blob = (name: string) => deps.blobs.path(manifest.files[name]!.sha256);
  const header = await readGgufHeader(deps.blobs.path(chainOf(arrival).base.gguf));
  const config = await readConfig(blob(CONFIG));
  if (config.r !== manifest.rank || config.lora_alpha !== manifest.alpha)
    throw new Refused(
      `${CONFIG} says rank ${config.r} and alpha ${config.lora_alpha}, the manifest ${manifest.rank} and ${manifest.alpha}.`,
    );
  const { tensors, pairs, targets } = await openWeights(blob(WEIGHTS), config, header);
  checkTargets(targets, manifest.targets, 'the manifest');
  Object.assign(arrival, { config, baseHeader: header, tensors, pairs });
  const layers = new Set(pairs.map((pair) => pair.layer)).size;
  return `${pairs.length} pairs over ${layers} layers, rank ${config.r}, alpha ${config.lora_alpha}`;
}

/** Throws `Refused`. */
export const readConfig = (path: string): Promise<AdapterConfig> =>
  refuseDamaged(readJson(AdapterConfig, path, CONFIG));

export interface OpenWeights {
  tensors: Safetensors;
  pairs: LoraPair[];
  /** By name, sorted. */
  targets: string[];
}

/** Pairs that are what the configuration says, and fit the base with this header. Throws `Refused`. */
export async function openWeights(
  path: string,
  config: AdapterConfig,
  base: GgufHeader,
): Promise<OpenWeights> {
  const tensors = await refuseDamaged(readSafetensors(path), WEIGHTS);
  const pairs = pairLora(tensors.tensors.values());
  if (typeof pairs === 'string') throw new Refused(`${WEIGHTS}: ${pairs}.`);
  for (const pair of pairs) checkPair(pair, config.r, base);
  const targets = [...new Set(pairs.map((pair) => pair.target))].sort();
  // PEFT may name a module with the path to it.
  const named = config.target_modules.map((name) => name.split('.').at(-1) ?? name);
  checkTargets(targets, named, CONFIG);
  return { tensors, pairs, targets };
}

function checkTargets(carried: readonly string[], named: readonly string[], where: string): void {
  const wanted = [...new Set(named)].sort();
  if (carried.join() !== wanted.join())
    throw new Refused(`${WEIGHTS} changes ${carried.join(', ')}; ${where} names ${wanted.join(', ')}.`);
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

const checkFinite = (_: ModelsDeps, { tensors }: Arrival): Promise<string> => refuseNonFinite(tensors!);

/** How many values there are, in words. Throws `Refused`. */
export async function refuseNonFinite({ path, tensors }: Safetensors): Promise<string> {
  let values = 0;
  for (const tensor of tensors.values()) {
    const bad = await countNonFinite(path, tensor);
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
  refuseInconvertible(architecture);
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

export function refuseInconvertible(architecture: string): void {
  if (!CONVERTIBLE.has(architecture))
    throw new Refused(
      `Adapters of the architecture "${architecture}" cannot be converted yet: llama.cpp orders its weights in another way. Known: ${[...CONVERTIBLE].join(', ')}.`,
    );
}

async function smoke(deps: ModelsDeps, arrival: Arrival): Promise<string> {
  const path = deps.blobs.path(arrival.manifest.files[REFERENCE]!.sha256);
  const reference = await refuseDamaged(readJson(Reference, path, REFERENCE));
  const longest = Math.max(...reference.prompts.map((prompt) => prompt.ids.length + prompt.greedy.length));
  return withSession(deps, arrival, longest + 8, async (session) => {
    const compared = await compareWithReference(session, reference, isQuantised(arrival.baseHeader!));
    if (!compared.ok) throw new Refused(compared.detail);
    return compared.detail;
  });
}

const TRIAL = { context: 64, prompt: 'What is 2 + 3?', tokens: 8 };

/** All that can be seen of an adapter that nobody exported numbers for. */
function answer(deps: ModelsDeps, arrival: Arrival): Promise<string> {
  return withSession(deps, arrival, TRIAL.context, async (session) => {
    const { logits } = await session.logits(await session.encode(TRIAL.prompt));
    if (!logits.every(Number.isFinite))
      throw new Refused('With it the base computes no numbers: its values are too large for this base.');
    const { prompt, tokens: maxTokens } = TRIAL;
    await session.generate({ prompt, maxTokens, temperature: 0, seed: 0, stopTokens: [] });
    return `llama.cpp computes ${logits.length.toLocaleString('en')} finite logits with it and answers; it came without a trainer's numbers, so there is nothing to compare them with`;
  });
}

/** The base with all that lies under the adapter, and with it. */
async function withSession(
  deps: ModelsDeps,
  arrival: Arrival,
  contextLength: number,
  look: (session: CheckSession) => Promise<string>,
): Promise<string> {
  const { base, stack } = chainOf(arrival);
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
      contextLength,
      threads: deps.threads(),
    }),
    'The converted adapter',
  );
  try {
    return await look(session);
  } finally {
    await session.close();
  }
}

/** Weights of fewer bits than the trainer's: then numbers differ by more than rounding. */
function isQuantised(header: GgufHeader): boolean {
  return [...header.tensors.values()].some((tensor) => !['F32', 'F16', 'BF16'].includes(tensor.type));
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
