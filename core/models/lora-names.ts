// How one LoRA pair is called in PEFT and in GGUF, and what size it must have. The one table for checks, conversion and norms.
import type { Tensor } from './safetensors.ts';

export interface LoraPair {
  layer: number;
  /** PEFT's module name: q_proj, … */
  target: string;
  /** `blk.0.attn_q.weight`: the weight in the GGUF that the pair changes. */
  ggufWeight: string;
  /** `model.layers.0.self_attn.q_proj.weight`: the same in the Hugging Face layout. */
  weight: string;
  a: Tensor;
  b: Tensor;
}

const MODULES: Readonly<Record<string, string>> = {
  'self_attn.q_proj': 'attn_q',
  'self_attn.k_proj': 'attn_k',
  'self_attn.v_proj': 'attn_v',
  'self_attn.o_proj': 'attn_output',
  'mlp.gate_proj': 'ffn_gate',
  'mlp.up_proj': 'ffn_up',
  'mlp.down_proj': 'ffn_down',
};

/** PEFT's name of a target and GGUF's of the same weight. */
export const ggufModules: readonly [target: string, module: string][] = Object.entries(MODULES).map(
  ([module, gguf]) => [module.split('.')[1]!, gguf],
);

const ORDER = Object.keys(MODULES).map((module) => module.split('.')[1]!);

/** Architectures whose GGUF keeps the rows of q and k in the order of the checkpoint; llama permutes them. */
export const CONVERTIBLE = new Set(['gemma', 'gemma2', 'gemma3']);

const NAME = /^base_model\.model\.(model\.layers\.(\d+)\.((?:self_attn|mlp)\.\w+))\.lora_(A|B)\.weight$/;

/** Pairs in the order of layers; or a sentence about the first name that is no LoRA tensor of a known module. */
export function pairLora(tensors: Iterable<Tensor>): LoraPair[] | string {
  const pairs = new Map<string, Partial<LoraPair> & Omit<LoraPair, 'a' | 'b'>>();
  for (const tensor of tensors) {
    const match = NAME.exec(tensor.name);
    const [, stem, layer, module, half] = match ?? [];
    const gguf = module === undefined ? undefined : MODULES[module];
    if (!stem || !module || !gguf)
      return `"${tensor.name}" is not the name of a LoRA tensor that is known here`;
    const pair = pairs.get(stem) ?? {
      layer: Number(layer),
      target: module.split('.')[1]!,
      ggufWeight: `blk.${layer}.${gguf}.weight`,
      weight: `${stem}.weight`,
    };
    pairs.set(stem, { ...pair, [half === 'A' ? 'a' : 'b']: tensor });
  }
  const whole: LoraPair[] = [];
  for (const [stem, { a, b, ...rest }] of pairs) {
    if (!a || !b) return `${stem} has its ${a ? 'lora_A' : 'lora_B'} only`;
    whole.push({ ...rest, a, b });
  }
  if (whole.length === 0) return 'the file holds no LoRA tensor';
  return whole.sort(pairOrder);
}

/** As pairs lie in every file that is written here or by the trainer. */
export const pairOrder = (x: LoraPair, y: LoraPair): number =>
  x.layer - y.layer || ORDER.indexOf(x.target) - ORDER.indexOf(y.target);

/** The names of a weight's lora_A and lora_B. */
export const peftNames = (weight: string): [a: string, b: string] => {
  const stem = `base_model.model.${weight.replace(/\.weight$/, '')}`;
  return [`${stem}.lora_A.weight`, `${stem}.lora_B.weight`];
};
