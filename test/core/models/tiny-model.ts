// A Gemma-2-architecture model of random weights, small enough to write in a test: Hugging Face files, GGUF, and adapters for it.
// Made by code so that no binary file is in the repository. Texts it writes are noise; what is compared are numbers.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type GgufTensorData, type GgufValue, writeGguf } from '../../../core/models/gguf-write.ts';

export interface Shape {
  layers: number;
  width: number;
  heads: number;
  kvHeads: number;
  headDim: number;
  hidden: number;
}

export const small: Shape = { layers: 2, width: 32, heads: 2, kvHeads: 1, headDim: 16, hidden: 48 };

/** About the size of the embedded model; for measuring what a token costs beside the arithmetic. */
export const tinySized: Shape = { layers: 4, width: 128, heads: 4, kvHeads: 2, headDim: 32, hidden: 512 };

export interface NamedTensor {
  shape: number[];
  values: Float32Array;
}
export type Tensors = Map<string, NamedTensor>;

export const TARGETS = ['q_proj', 'k_proj', 'v_proj', 'o_proj', 'gate_proj', 'up_proj', 'down_proj'];
export const START_OF_TURN = 4;
export const END_OF_TURN = 5;
const SPECIAL = ['<pad>', '<eos>', '<bos>', '<unk>', '<start_of_turn>', '<end_of_turn>'];
const [NORMAL, UNKNOWN, CONTROL, BYTE] = [1, 2, 3, 6];
export const VOCABULARY = SPECIAL.length + 256 + 95;

/** Numbers in [-1, 1), the same for the same seed. */
export function noise(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 31 - 1;
  };
}

function random(next: () => number, shape: number[], scale: number): NamedTensor {
  const size = shape.reduce((product, n) => product * n, 1);
  return { shape, values: Float32Array.from({ length: size }, () => next() * scale) };
}

/** [out, in] of each projection. */
function projections(s: Shape): Record<string, [string, number, number]> {
  return {
    q_proj: ['self_attn', s.heads * s.headDim, s.width],
    k_proj: ['self_attn', s.kvHeads * s.headDim, s.width],
    v_proj: ['self_attn', s.kvHeads * s.headDim, s.width],
    o_proj: ['self_attn', s.width, s.heads * s.headDim],
    gate_proj: ['mlp', s.hidden, s.width],
    up_proj: ['mlp', s.hidden, s.width],
    down_proj: ['mlp', s.width, s.hidden],
  };
}

const NORMS = [
  'input_layernorm',
  'post_attention_layernorm',
  'pre_feedforward_layernorm',
  'post_feedforward_layernorm',
];

/** Hugging Face names and orientation. */
export function baseTensors(shape: Shape, seed = 1): Tensors {
  const next = noise(seed);
  const tensors: Tensors = new Map();
  tensors.set('model.embed_tokens.weight', random(next, [VOCABULARY, shape.width], 0.6));
  for (let i = 0; i < shape.layers; i++) {
    const layer = `model.layers.${i}`;
    for (const norm of NORMS) tensors.set(`${layer}.${norm}.weight`, random(next, [shape.width], 0.3));
    for (const [name, [block, out, inner]] of Object.entries(projections(shape)))
      tensors.set(`${layer}.${block}.${name}.weight`, random(next, [out, inner], 1.7 / Math.sqrt(inner)));
  }
  tensors.set('model.norm.weight', random(next, [shape.width], 0.3));
  return tensors;
}

/** PEFT names and orientation, every module of every layer. */
export function adapterTensors(shape: Shape, rank: number, seed = 2, scale = 0.4): Tensors {
  const next = noise(seed);
  const tensors: Tensors = new Map();
  for (let i = 0; i < shape.layers; i++)
    for (const [name, [block, out, inner]] of Object.entries(projections(shape))) {
      const stem = `base_model.model.model.layers.${i}.${block}.${name}`;
      tensors.set(`${stem}.lora_A.weight`, random(next, [rank, inner], scale));
      tensors.set(`${stem}.lora_B.weight`, random(next, [out, rank], scale));
    }
  return tensors;
}

/** W + alpha / rank · B · A for every pair, in float64: what an adapter means, written without any of the code under test. */
export function merged(base: Tensors, adapter: Tensors, alpha: number): Tensors {
  const result: Tensors = new Map(base);
  for (const [name, a] of adapter) {
    if (!name.endsWith('.lora_A.weight')) continue;
    const stem = name.slice('base_model.model.'.length, -'.lora_A.weight'.length);
    const b = adapter.get(name.replace('lora_A', 'lora_B'))!;
    const w = base.get(`${stem}.weight`)!;
    const [rank, inner] = a.shape as [number, number];
    const values = Float64Array.from(w.values);
    for (let o = 0; o < b.shape[0]!; o++)
      for (let k = 0; k < rank; k++) {
        const scaled = (alpha / rank) * b.values[o * rank + k]!;
        for (let i = 0; i < inner; i++) values[o * inner + i]! += scaled * a.values[k * inner + i]!;
      }
    result.set(`${stem}.weight`, { shape: w.shape, values: Float32Array.from(values) });
  }
  return result;
}

export function safetensorsBytes(tensors: Tensors): Buffer {
  const header: Record<string, unknown> = { __metadata__: { format: 'pt' } };
  let at = 0;
  for (const [name, { shape, values }] of tensors) {
    header[name] = { dtype: 'F32', shape, data_offsets: [at, at + values.byteLength] };
    at += values.byteLength;
  }
  const json = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  return Buffer.concat([length, json, ...[...tensors.values()].map((t) => Buffer.from(t.values.buffer))]);
}

const GGUF_NAMES: Record<string, string> = {
  input_layernorm: 'attn_norm',
  post_attention_layernorm: 'post_attention_norm',
  pre_feedforward_layernorm: 'ffn_norm',
  post_feedforward_layernorm: 'post_ffw_norm',
  'self_attn.q_proj': 'attn_q',
  'self_attn.k_proj': 'attn_k',
  'self_attn.v_proj': 'attn_v',
  'self_attn.o_proj': 'attn_output',
  'mlp.gate_proj': 'ffn_gate',
  'mlp.up_proj': 'ffn_up',
  'mlp.down_proj': 'ffn_down',
};

function ggufName(name: string): string {
  if (name === 'model.embed_tokens.weight') return 'token_embd.weight';
  if (name === 'model.norm.weight') return 'output_norm.weight';
  const [, , layer, ...rest] = name.replace(/\.weight$/, '').split('.');
  return `blk.${layer}.${GGUF_NAMES[rest.join('.')]}.weight`;
}

export interface GgufOverrides {
  architecture?: string;
  metadata?: Record<string, GgufValue>;
}

export async function writeModelGguf(
  path: string,
  shape: Shape,
  tensors: Tensors,
  overrides: GgufOverrides = {},
): Promise<void> {
  const arch = overrides.architecture ?? 'gemma2';
  const metadata: Record<string, GgufValue> = {
    'general.architecture': { string: arch },
    'general.type': { string: 'model' },
    'general.name': { string: 'random' },
    [`${arch}.context_length`]: { u32: 512 },
    [`${arch}.embedding_length`]: { u32: shape.width },
    [`${arch}.block_count`]: { u32: shape.layers },
    [`${arch}.feed_forward_length`]: { u32: shape.hidden },
    [`${arch}.attention.head_count`]: { u32: shape.heads },
    [`${arch}.attention.head_count_kv`]: { u32: shape.kvHeads },
    [`${arch}.attention.key_length`]: { u32: shape.headDim },
    [`${arch}.attention.value_length`]: { u32: shape.headDim },
    [`${arch}.attention.layer_norm_rms_epsilon`]: { f32: 1e-6 },
    [`${arch}.attn_logit_softcapping`]: { f32: 50 },
    [`${arch}.final_logit_softcapping`]: { f32: 30 },
    [`${arch}.attention.sliding_window`]: { u32: 512 },
    ...vocabulary(),
    ...overrides.metadata,
  };
  const data: GgufTensorData[] = [...tensors].map(([name, { shape: axes, values }]) => ({
    name: ggufName(name),
    shape: axes,
    data: () => [name.endsWith('norm.weight') ? values.map((x) => x + 1) : values],
  }));
  await writeGguf(path, Object.entries(metadata), data);
}

function vocabulary(): Record<string, GgufValue> {
  const bytes = Array.from({ length: 256 }, (_, i) => `<0x${i.toString(16).toUpperCase().padStart(2, '0')}>`);
  const letters = Array.from({ length: 95 }, (_, i) => (i === 0 ? '▁' : String.fromCharCode(32 + i)));
  const kinds = [
    ...SPECIAL.map((piece) => (piece === '<unk>' ? UNKNOWN : CONTROL)),
    ...bytes.map(() => BYTE),
    ...letters.map(() => NORMAL),
  ] as number[];
  return {
    'tokenizer.ggml.model': { string: 'llama' },
    'tokenizer.ggml.pre': { string: 'default' },
    'tokenizer.ggml.tokens': { strings: [...SPECIAL, ...bytes, ...letters] },
    'tokenizer.ggml.scores': { f32s: kinds.map((kind, i) => (kind === NORMAL ? -i : 0)) },
    'tokenizer.ggml.token_type': { i32s: kinds },
    'tokenizer.ggml.bos_token_id': { u32: 2 },
    'tokenizer.ggml.eos_token_id': { u32: 1 },
    'tokenizer.ggml.eot_token_id': { u32: END_OF_TURN },
    'tokenizer.ggml.unknown_token_id': { u32: 3 },
    'tokenizer.ggml.padding_token_id': { u32: 0 },
    'tokenizer.ggml.add_bos_token': { bool: true },
    'tokenizer.ggml.add_eos_token': { bool: false },
    'tokenizer.ggml.add_space_prefix': { bool: false },
    'tokenizer.chat_template': {
      string: '{{ bos_token }}<start_of_turn>user\n{{ messages[0].content }}<end_of_turn>\n',
    },
  };
}

export const sha256 = (bytes: Buffer | string): string => createHash('sha256').update(bytes).digest('hex');

/** A folder as resources/models/tiny has it; returns what the manifest says. */
export async function writeTinyFolder(folder: string, shape: Shape = small, seed = 1, id = 'tiny-gemma2') {
  mkdirSync(folder, { recursive: true });
  const tensors = baseTensors(shape, seed);
  writeFileSync(join(folder, 'model.safetensors'), safetensorsBytes(tensors));
  writeFileSync(join(folder, 'config.json'), JSON.stringify({ architectures: ['Gemma2ForCausalLM'], seed }));
  writeFileSync(join(folder, 'tokenizer.model'), 'no tokenizer: the trainer is not run on this one');
  await writeModelGguf(join(folder, `${id}.gguf`), shape, tensors);
  const files: Record<string, { sha256: string; bytes: number }> = {};
  for (const name of ['model.safetensors', 'config.json', 'tokenizer.model', `${id}.gguf`]) {
    const bytes = readFileSync(join(folder, name));
    files[name] = { sha256: sha256(bytes), bytes: bytes.length };
  }
  const manifest = {
    version: 1,
    id,
    name: 'Random Gemma 2',
    architecture: 'gemma2',
    parameters: [...tensors.values()].reduce((sum, t) => sum + t.values.length, 0),
    licence: 'Apache-2.0',
    identity: sha256(`${files['model.safetensors']!.sha256}  model.safetensors\n`),
    files,
    gguf: { file: `${id}.gguf`, sha256: files[`${id}.gguf`]!.sha256 },
    stopTokens: [1, END_OF_TURN],
    promptTemplate: 'tiny-plain@1',
    contextLength: 512,
  };
  writeFileSync(join(folder, 'manifest.json'), JSON.stringify(manifest, null, 2));
  return { manifest, tensors };
}
