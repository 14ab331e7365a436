// The JSON files that come with models: manifest of a base folder, manifest and configuration of an adapter, reference numbers.
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { CoreError } from '../contract/errors.ts';
import { adapterId } from '../contract/model-name.ts';
import { wrongValue } from '../contract/wrong-value.ts';

const Sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const Files = z.record(
  z.string().regex(/^\w[\w.-]*$/, 'file names are plain: no folders'),
  z.object({ sha256: Sha256, bytes: z.int().min(0) }),
);

/** A base as resources/models/tiny has it. */
export const BaseManifest = z.object({
  version: z.literal(1),
  id: z.string().regex(/^\w[\w.-]*$/),
  name: z.string().min(1),
  architecture: z.string(),
  parameters: z.number(),
  licence: z.string(),
  /** SHA-256 over the lines "<sha256>  <name>\n" of the *.safetensors files, by name. */
  identity: Sha256,
  files: Files,
  gguf: z.object({ file: z.string(), sha256: Sha256 }),
  stopTokens: z.array(z.int().min(0)),
  promptTemplate: z.string(),
  contextLength: z.int().positive(),
});
export type BaseManifest = z.infer<typeof BaseManifest>;

/** "base <hash>", then "adapter <hash of its manifest>", from the base up. */
const ChainLines = z.tuple(
  [z.string().regex(/^base [0-9a-f]{64}$/)],
  z.string().regex(/^adapter [0-9a-f]{64}$/),
);

/** What an adapter is valid on. */
const Parent = z.object({
  modelId: z.string(),
  sha256: Sha256,
  /** Where adapters lie in the base. */
  chain: ChainLines.optional(),
  /** Where the base is a merged model: what it was made of, and whether nothing was rounded away. */
  mergedFrom: z.object({ chain: ChainLines, exact: z.boolean() }).optional(),
});
export type Parent = z.infer<typeof Parent>;

export const AdapterManifest = z.object({
  version: z.literal(1),
  name: z.string().min(1),
  kind: z.literal('lora-adapter'),
  /** Null where no run made it, as the next two. */
  step: z.int().min(0).nullable(),
  files: Files,
  parent: Parent,
  jobId: z.string().nullable(),
  specSha256: Sha256.nullable(),
  /** Null where no reward shaped it. */
  rewardSuite: z.object({ name: z.string(), hash: z.string() }).nullable(),
  /** Null where it was put together from others. */
  dataSnapshot: z.string().nullable(),
  rank: z.int().min(1),
  alpha: z.number().positive(),
  targets: z.array(z.string()).min(1),
  /** Null where it was made elsewhere and this lab has written its manifest: then nobody says what it should compute. */
  trainer: z.object({ version: z.string(), packages: z.record(z.string(), z.string()) }).nullable(),
  metrics: z.record(z.string(), z.number()),
  /** What it was put together from; it has reference numbers if the last of them has. */
  joined: z.array(z.object({ name: z.string(), manifestSha256: Sha256 })).optional(),
  /** The adapter that its training went on from; `sha256` is that of its weights. */
  startedFrom: z.object({ name: z.string(), sha256: Sha256 }).optional(),
});
export type AdapterManifest = z.infer<typeof AdapterManifest>;

/** SHA-256 of an adapter's manifest as it stands: what chains name it by. */
export const manifestSha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** "adapter 12ab…" → "12ab…" */
export const hashIn = (line: string): string => line.split(' ')[1] ?? '';

/** The chain with a merged base taken apart, where that means the same; as it is listed where not. */
export function chainOf({ sha256, chain, mergedFrom }: Parent): readonly string[] {
  const listed = chain ?? [`base ${sha256}`];
  return mergedFrom?.exact ? [...mergedFrom.chain, ...listed.slice(1)] : listed;
}

/** Ids of the adapters under one with this parent, from the base up; empty for one that was trained on the base alone. */
export const stackIds = (parent: Parent): string[] =>
  chainOf(parent)
    .slice(1)
    .map((line) => adapterId(hashIn(line)));

/**
 * Another value would make the tensors mean something else than W + (alpha / r) B A; a missing one means this one. The trainer's
 * MEANS_LORA is the same list: adapter_configs.json is read by tests of both.
 */
const only = (wanted: unknown) =>
  z
    .custom<unknown>((value) => isDeepStrictEqual(value, wanted), {
      error: ({ input }) => `is ${JSON.stringify(input)}; only ${JSON.stringify(wanted)} is understood here`,
    })
    .default(wanted);

/** PEFT's adapter_config.json, as far as it changes what the tensors mean. */
export const AdapterConfig = z.object({
  peft_type: only('LORA'),
  r: z.int().min(1),
  lora_alpha: z.number().positive(),
  target_modules: z.array(z.string()),
  bias: only('none'),
  fan_in_fan_out: only(false),
  use_rslora: only(false),
  use_dora: only(false),
  lora_bias: only(false),
  rank_pattern: only({}),
  alpha_pattern: only({}),
  modules_to_save: only(null),
  layer_replication: only(null),
  alora_invocation_tokens: only(null),
  arrow_config: only(null),
  kasa_config: only(null),
  use_qalora: only(false),
  use_bdlora: only(null),
  /** Others, pissa for example, change the base's weights before they train, so that the adapter lies on other ones. */
  init_lora_weights: z.union([z.boolean(), z.enum(['gaussian', 'eva', 'orthogonal'])]).default(true),
});
export type AdapterConfig = z.infer<typeof AdapterConfig>;

/** What the trainer computed with base and adapter, to be found again here. */
export const Reference = z.object({
  prompts: z
    .array(
      z.object({
        prompt: z.string(),
        /** With BOS. */
        ids: z.array(z.int()).min(1),
        /** Of the last position, all of a small vocabulary; null for a large one. */
        logits: z.array(z.number()).nullable(),
        top: z.array(z.tuple([z.int(), z.number()])).min(1),
        greedy: z.array(z.int()),
      }),
    )
    .min(1),
});
export type Reference = z.infer<typeof Reference>;

/** What is to be said of a file after its name, from the system's error. */
export const whyUnread = (error: unknown): string =>
  (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'is missing' : 'cannot be read';

/** Reads and checks a JSON file. Throws `damaged`, naming the file and the field. */
export async function readJson<S extends z.ZodType>(
  schema: S,
  path: string,
  name = basename(path),
): Promise<z.infer<S>> {
  let value: unknown;
  try {
    value = JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    const reason = error instanceof SyntaxError ? 'is not JSON' : whyUnread(error);
    throw new CoreError('damaged', `${name} ${reason}.`, { path }, error);
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new CoreError('damaged', `${name}: ${wrongValue(issue)}.`, {
    path,
  });
}

const OtherKind = z.object({ kind: z.literal('merged-model') });

/** Throws `bad-input` for a folder of merged weights, as an export or a run writes them. */
export async function refuseMerged(folder: string): Promise<void> {
  const isMerged = await readJson(OtherKind, join(folder, 'manifest.json')).then(Boolean, () => false);
  if (isMerged)
    throw new CoreError(
      'bad-input',
      `${folder} holds merged weights as Hugging Face files: they are for other programs. The preset export-gguf, launched upon the adapter, makes a file that can be added here.`,
      { path: folder },
    );
}
