// The weights of a Gemma 2 or 3 in Hugging Face's layout, one file or shards: where each tensor lies, in the order in which every
// writer of ours puts them. Read by merging; the trainer's formats/architecture.py has the same order.
import { CoreError } from '../contract/errors.ts';
import { readSafetensors, type Tensor } from './safetensors.ts';

export interface Weight {
  name: string;
  path: string;
  tensor: Tensor;
}

const EMBEDDING = 'model.embed_tokens.weight';
const FINAL_NORM = 'model.norm.weight';
const IN_LAYER = [
  'self_attn.q_proj',
  'self_attn.k_proj',
  'self_attn.v_proj',
  'self_attn.o_proj',
  'mlp.gate_proj',
  'mlp.up_proj',
  'mlp.down_proj',
  'input_layernorm',
  'post_attention_layernorm',
  'pre_feedforward_layernorm',
  'post_feedforward_layernorm',
  'self_attn.q_norm',
  'self_attn.k_norm',
];
const LAYER = /^model\.layers\.(\d+)\.(.+)\.weight$/;
/** What a checkpoint may hold beside its weights: a copy of the tied embedding, rotary tables. */
const BESIDE = /(lm_head\.weight|rotary_emb\.inv_freq)$/;

/** Throws `damaged` for a file that is cut off, a tensor that is there twice or not at all, and one that no Gemma has. */
export async function baseWeights(paths: readonly string[]): Promise<Weight[]> {
  const found = new Map<string, Weight>();
  for (const path of paths)
    for (const tensor of (await readSafetensors(path)).tensors.values()) {
      if (BESIDE.test(tensor.name)) continue;
      if (found.has(tensor.name))
        throw new CoreError('damaged', `${tensor.name} is in two files: they are shards of two models.`);
      found.set(tensor.name, { name: tensor.name, path, tensor });
    }
  const weights = [...found.values()].sort((x, y) => placeOf(x.name) - placeOf(y.name));
  checkWhole(weights);
  return weights;
}

function placeOf(name: string): number {
  if (name === EMBEDDING) return -1;
  if (name === FINAL_NORM) return Number.POSITIVE_INFINITY;
  const [, layer, module = ''] = LAYER.exec(name) ?? [];
  const place = IN_LAYER.indexOf(module);
  if (place === -1) throw new CoreError('damaged', `The base holds ${name}, which no Gemma 2 or 3 has.`);
  return Number(layer) * IN_LAYER.length + place;
}

/** Every layer up to the last has what the first one has. */
function checkWhole(weights: readonly Weight[]): void {
  const has = new Set(weights.map((weight) => weight.name));
  const layers = 1 + Math.max(-1, ...weights.map(({ name }) => Number(LAYER.exec(name)?.[1] ?? -1)));
  const wanted = [EMBEDDING, FINAL_NORM];
  for (let layer = 0; layer < layers; layer++)
    for (const module of IN_LAYER)
      if (has.has(`model.layers.0.${module}.weight`) || module.endsWith('_proj'))
        wanted.push(`model.layers.${layer}.${module}.weight`);
  const missing = wanted.find((name) => !has.has(name));
  if (missing || layers === 0)
    throw new CoreError(
      'damaged',
      `The base does not hold ${missing ?? 'any layer'}: its weights are not complete.`,
    );
}
