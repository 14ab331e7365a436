// A base model comes in: a bare GGUF file, or a folder as resources/models/tiny has it. Tried before it is stored; nothing is stored otherwise.
import { createHash } from 'node:crypto';
import { readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { hashFile } from '../blobs/blobs.ts';
import type { Work } from '../catalog/activities.ts';
import { sql } from '../catalog/sql.ts';
import { CoreError } from '../contract/errors.ts';
import { findPromptTemplate } from '../rewards/prompt-template.ts';
import type { ModelsDeps } from './deps.ts';
import { type GgufHeader, readGgufHeader } from './gguf-header.ts';
import { BaseManifest, readJson, refuseMerged } from './manifest.ts';
import {
  type BaseFacts,
  type Family,
  findModels,
  type ModelFile,
  type StoredModel,
  saveModel,
} from './model-rows.ts';

export interface AddBase {
  path: string;
  name?: string | undefined;
  template?: string | undefined;
  licence?: string | undefined;
}

/** What is known of a base before its bytes are copied. */
interface Candidate {
  id: string;
  name: string;
  identity: string;
  header: GgufHeader;
  gguf: { path: string; sha256: string };
  files: { name: string; path: string; sha256: string; bytes: number }[];
  licence: string | null;
  template: string;
  facts: BaseFacts;
  contextLength: number;
  trainable: boolean;
}

/** Tokens of the trial: enough to see that the file can be evaluated. */
const TRIAL_CONTEXT = 64;

/** The same bytes give the same model. Throws `not-found`, `bad-input`, `damaged`, `disk`; then nothing was stored. */
export async function addBase(deps: ModelsDeps, input: AddBase): Promise<StoredModel> {
  const info = await stat(input.path).catch((error: unknown) => {
    throw new CoreError(
      'not-found',
      `There is no file or folder ${input.path}.`,
      { path: input.path },
      error,
    );
  });
  if (!info.isFile() && !info.isDirectory())
    throw new CoreError(
      'bad-input',
      `${input.path} is neither a file nor a folder, and reading it might never end. Name a .gguf file or a folder.`,
      { path: input.path },
    );
  if (input.template !== undefined) knownTemplate(input.template);
  const work = deps.activities.begin({
    kind: 'download',
    title: `Taking in ${basename(input.path)}`,
    about: null,
    cancellable: false,
  });
  try {
    work.phase('reading and hashing', null);
    const candidate = info.isDirectory() ? await fromFolder(input) : await fromGguf(input);
    const same = findModels(
      deps.catalog,
      sql`kind = 'base' AND state = 'ready' AND identity = ${candidate.identity} AND gguf = ${candidate.gguf.sha256}`,
    )[0];
    if (same) return same;
    work.phase('trying it', null);
    await tryBase(deps, candidate);
    const files = await copyFiles(deps, candidate, work);
    const model = store(deps, candidate, files);
    deps.changes.announce('models', 'lab');
    return model;
  } finally {
    work.end();
  }
}

async function fromGguf(input: AddBase): Promise<Candidate> {
  const header = await readGgufHeader(input.path);
  const { sha256, bytes } = await hashFile(input.path);
  const file = basename(input.path);
  const name = input.name ?? file.replace(/\.gguf$/i, ''); // what general.name says is often a training run's name
  const eos = header.metadata.get('tokenizer.ggml.eos_token_id');
  const eot = header.metadata.get('tokenizer.ggml.eot_token_id');
  return {
    id: `${slug(name)}-${sha256.slice(0, 8)}`,
    name,
    identity: sha256,
    header,
    gguf: { path: input.path, sha256 },
    files: [{ name: file, path: input.path, sha256, bytes }],
    licence: input.licence ?? text(header, 'general.license'),
    template: input.template ?? 'four-step@1',
    facts: {
      family: familyOf(header),
      stopTokens: [...new Set([eos, eot].filter((id): id is number => typeof id === 'number'))],
    },
    contextLength: trainedContext(header, file),
    trainable: false,
  };
}

async function fromFolder(input: AddBase): Promise<Candidate> {
  const folder = input.path;
  await refuseMerged(folder);
  const names = await readdir(folder);
  if (!names.includes('manifest.json')) {
    const isWhole = names.includes('config.json') && names.some((name) => name.endsWith('.safetensors'));
    const instead =
      isWhole && !names.includes('adapter_config.json')
        ? ' This one holds a model as Hugging Face has it, which the lab cannot run: add a GGUF file of it. (Of a Gemma 2 or 3 the trainer, run by hand on a host, takes such a folder as it is.)'
        : '';
    throw new CoreError(
      'bad-input',
      `${folder} holds no manifest.json. A base is a .gguf file, or a folder with a manifest and the files that it names.${instead}`,
      { path: folder },
    );
  }
  const manifest = await readJson(BaseManifest, join(folder, 'manifest.json'));
  const files = [];
  for (const [name, expected] of Object.entries(manifest.files)) {
    const path = join(folder, name);
    const found = await hashFile(path).catch((error: unknown) => {
      throw new CoreError(
        'damaged',
        `${name} cannot be read in ${folder}: the folder is not complete.`,
        { path },
        error,
      );
    });
    if (found.sha256 !== expected.sha256 || found.bytes !== expected.bytes)
      throw new CoreError(
        'damaged',
        `${name} is not the file that the manifest of ${folder} names: its SHA-256 is ${found.sha256}. Get the folder again.`,
        { path },
      );
    files.push({ name, path, ...found });
  }
  const identity = identityOf(files);
  const gguf = files.find((file) => file.name === manifest.gguf.file);
  if (identity !== manifest.identity || gguf?.sha256 !== manifest.gguf.sha256)
    throw new CoreError(
      'damaged',
      `The manifest of ${folder} names an identity that its files do not have.`,
      { folder },
    );
  knownTemplate(manifest.promptTemplate);
  const header = await readGgufHeader(gguf.path);
  return {
    id: manifest.id,
    name: input.name ?? manifest.name,
    identity,
    header,
    gguf,
    files,
    licence: input.licence ?? manifest.licence,
    template: input.template ?? manifest.promptTemplate,
    facts: { family: familyOf(header), stopTokens: manifest.stopTokens },
    contextLength: manifest.contextLength,
    trainable: files.some((file) => file.name.endsWith('.safetensors')),
  };
}

/** SHA-256 over "<sha256>  <name>\n" of the weight files, by name: what an adapter's parent is known by. */
export function identityOf(files: readonly ModelFile[]): string {
  const weights = files.filter((file) => file.name.endsWith('.safetensors'));
  weights.sort((a, b) => (a.name < b.name ? -1 : 1));
  return createHash('sha256')
    .update(weights.map((file) => `${file.sha256}  ${file.name}\n`).join(''))
    .digest('hex');
}

/** Loads the file and evaluates a few tokens: a header can look right and still kill whoever loads it. */
async function tryBase(deps: ModelsDeps, { gguf, header }: Candidate): Promise<void> {
  const session = await deps.inference.open({
    modelPath: gguf.path,
    adapters: [],
    contextLength: TRIAL_CONTEXT,
    threads: deps.threads(),
  });
  try {
    const { logits } = await session.logits(await session.encode('What is 2 + 3?'), 8);
    if (!logits.every(Number.isFinite))
      throw new CoreError(
        'damaged',
        `${basename(gguf.path)} loads, but computes ${logits[0]} instead of numbers: its weights are damaged. Get it again.`,
        { architecture: String(header.metadata.get('general.architecture')) },
      );
  } finally {
    await session.close();
  }
}

async function copyFiles(deps: ModelsDeps, { files }: Candidate, work: Work): Promise<ModelFile[]> {
  work.phase('copying into the lab', files.length);
  const copied: ModelFile[] = [];
  for (const [i, { name, path, sha256, bytes }] of files.entries()) {
    if (!deps.blobs.has(sha256)) await deps.blobs.putFile(path, sha256);
    copied.push({ name, sha256, bytes });
    work.advance(i + 1);
  }
  return copied;
}

function store(deps: ModelsDeps, candidate: Candidate, files: ModelFile[]): StoredModel {
  const id = freeId(deps, candidate);
  const model: StoredModel = {
    id,
    kind: 'base',
    name: candidate.name,
    architecture: String(candidate.header.metadata.get('general.architecture')),
    parameters: candidate.header.parameters,
    bytes: files.reduce((sum, file) => sum + file.bytes, 0),
    identity: candidate.identity,
    licence: candidate.licence,
    state: 'ready',
    reason: null,
    parent_id: null,
    job_id: null,
    rank: null,
    alpha: null,
    step: null,
    template: candidate.template,
    context_length: candidate.contextLength,
    folder: candidate.trainable ? id : null,
    gguf: candidate.gguf.sha256,
    files,
    manifest: JSON.stringify(candidate.facts),
    update_norms: null,
    created_at: deps.now(),
  };
  saveModel(deps.catalog, model);
  return model;
}

/** An id that is taken by other bytes stays with them: adapters and evaluations hang on it. */
function freeId(deps: ModelsDeps, { id, gguf }: Candidate): string {
  const isTaken = (wanted: string) => findModels(deps.catalog, sql`id = ${wanted}`).length > 0;
  // The GGUF tells two bases apart that share their weight files; what is evaluated is the GGUF.
  const second = `${id}-${gguf.sha256.slice(0, 8)}`;
  let free = isTaken(id) ? second : id;
  for (let n = 2; isTaken(free); n++) free = `${second}-${n}`;
  return free;
}

/** How a model marks turns: by its own chat template; a base without one gets plain text. */
function familyOf(header: GgufHeader): Family {
  const template = text(header, 'tokenizer.chat_template') ?? '';
  if (template.includes('<|im_start|>')) return 'chatml';
  if (template.includes('<start_of_turn>')) return 'gemma';
  return 'none';
}

function trainedContext(header: GgufHeader, file: string): number {
  const architecture = header.metadata.get('general.architecture');
  if (typeof architecture !== 'string' || text(header, 'general.type') === 'adapter')
    throw new CoreError(
      'bad-input',
      `${file} is no base model${architecture === undefined ? ': it names no architecture' : ', but an adapter for one'}.`,
    );
  const said = header.metadata.get(`${architecture}.context_length`);
  const length = typeof said === 'bigint' ? Number(said) : said; // some writers use 64 bits for it
  if (typeof length !== 'number' || !Number.isSafeInteger(length) || length < 1)
    throw new CoreError('damaged', `${file} does not say for what context length it was trained.`);
  return length;
}

function knownTemplate(id: string): void {
  try {
    findPromptTemplate(id);
  } catch (error) {
    throw new CoreError('bad-input', `template: ${error instanceof Error ? error.message : id}`, {}, error);
  }
}

function text(header: GgufHeader, key: string): string | null {
  const value = header.metadata.get(key);
  return typeof value === 'string' && value !== '' ? value : null;
}

const slug = (name: string): string =>
  name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
    .slice(0, 40) || 'model';
