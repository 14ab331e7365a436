// Base models and adapters: what they are, where they came from, and whether they arrived whole.
import { z } from 'zod';
import { command, Nothing, query } from './procedure.ts';

export const Check = z.object({
  name: z.enum(['files', 'hashes', 'parent', 'names-and-shapes', 'finite', 'gguf', 'smoke']),
  title: z.string(),
  ok: z.boolean(),
  /** What was measured: "max |Δlogit| 0.0021 over 4 prompts, at each of 640 tokens that could come next". */
  detail: z.string(),
  ms: z.number(),
});
export type Check = z.infer<typeof Check>;

export const Model = z.object({
  id: z.string(),
  kind: z.enum(['base', 'adapter']),
  name: z.string(),
  architecture: z.string(),
  parameters: z.number().nullable(),
  bytes: z.number(),
  /** Identity of the base (plan: SHA-256 over its weight files), or of the adapter's safetensors. */
  identity: z.string(),
  licence: z.string().nullable(),
  state: z.enum(['arriving', 'ready', 'refused']),
  /** Why it was refused. */
  reason: z.string().nullable(),
  /** The base that an adapter is for. */
  parentId: z.string().nullable(),
  /** Adapters that were in the base when this one was trained, from the base up: it means something on exactly these. */
  stack: z.array(z.string()),
  jobId: z.string().nullable(),
  rank: z.int().nullable(),
  alpha: z.number().nullable(),
  step: z.int().nullable(),
  /** Prompt template that a person would use with it first. */
  template: z.string(),
  contextLength: z.int().nullable(),
  /** A run can train upon it. */
  trainable: z.boolean(),
  createdAt: z.number(),
});
export type Model = z.infer<typeof Model>;

export const ModelDetail = Model.extend({
  checks: z.array(Check),
  files: z.array(z.object({ name: z.string(), sha256: z.string(), bytes: z.number() })),
  /** Frobenius norm of the update relative to the weight it changes, by layer and target: where the adapter changed the model. */
  update: z.array(z.object({ layer: z.int(), target: z.string(), relativeNorm: z.number() })).nullable(),
  /** What computed it: `tensorflow` (native) or `wasm`. Absent without an update. */
  updateBackend: z.string().optional(),
  madeFrom: z.array(z.object({ feature: z.string(), id: z.string(), label: z.string() })),
  usedBy: z.array(z.object({ feature: z.string(), id: z.string(), label: z.string() })),
});
export type ModelDetail = z.infer<typeof ModelDetail>;

export const Exported = z.object({
  folder: z.string(),
  /** In words. */
  made: z.string(),
  files: z.array(z.object({ name: z.string(), sha256: z.string(), bytes: z.number() })),
});
export type Exported = z.infer<typeof Exported>;

const ById = z.object({ id: z.string().describe('id of the model or adapter') });

export const models = {
  list: query('Base models and adapters', ['models']).input(Nothing).output(z.array(Model)),
  get: query('One model with its checks and lineage', ['models'], { positional: ['id'] })
    .input(ById)
    .output(ModelDetail),
  add: command(
    'Add a base model from a GGUF file or a folder of the tiny model’s layout',
    ['models', 'lab'],
    { positional: ['path'] },
  )
    .input(
      z.object({
        path: z
          .string()
          .min(1)
          .describe('a .gguf file, or a folder with a manifest.json over weights, config and tokenizer'),
        name: z.string().max(120).optional().describe('its name in lists (default: the file’s own)'),
        template: z
          .string()
          .optional()
          .describe('prompt template to use with it (default: by its chat template)'),
        licence: z
          .string()
          .max(200)
          .optional()
          .describe('licence to note down (default: what the file says)'),
      }),
    )
    .output(Model),
  import: command('Bring in an adapter folder (PEFT files) and check it', ['models', 'lab'], {
    positional: ['path'],
  })
    .input(
      z.object({
        path: z
          .string()
          .min(1)
          .describe(
            'folder with adapter_model.safetensors, adapter_config.json and manifest.json if a run made it',
          ),
        baseId: z
          .string()
          .optional()
          .describe(
            'base that an adapter without manifest.json was trained on (default: what the manifest names)',
          ),
        name: z
          .string()
          .max(120)
          .optional()
          .describe('its name in lists, without manifest.json (default: the folder’s own)'),
      }),
    )
    /** `known`: the lab had these very bytes before, so that nothing was stored. */
    .output(ModelDetail.extend({ known: z.boolean() })),
  recheck: command('Run the arrival checks of an adapter again', ['models'], { positional: ['id'] })
    .input(ById)
    .output(ModelDetail),
  export: command('Write an adapter, or its base with it merged in, as files for other programs', [], {
    positional: ['id', 'folder'],
  })
    .input(
      z.object({
        id: z.string().describe('id of the adapter; what it was trained on comes with it'),
        folder: z.string().min(1).describe('folder to make; it must not hold anything yet'),
        as: z
          .enum(['merged', 'adapter', 'gguf-lora'])
          .default('adapter')
          .describe(
            'merged: Hugging Face weights, where the base is no GGUF; adapter: one PEFT adapter for the bare base; gguf-lora: the same for llama.cpp',
          ),
        dtype: z
          .enum(['bfloat16', 'float16', 'float32'])
          .default('bfloat16')
          .describe('type of merged weights'),
      }),
    )
    .output(Exported),
};
