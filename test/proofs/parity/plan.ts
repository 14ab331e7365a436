// What the engines make and compute in a round of the parity proof: a base, an adapter on it (GRPO's place) and one trained upon both (SFT's),
// in the four ways of having both: on merged weights, all merged, joined to one, and stacked.
import { join } from 'node:path';
import type { LlamaPrecision, LlamaVariant, Make, TorchVariant, TunixVariant } from './sides.ts';

export interface Pair {
  /** Folder of Hugging Face files; or the GGUF, which is dequantised. */
  base: string;
  gguf: string;
  /** Folders of PEFT adapters. */
  first: string;
  second: string;
}

export const FORMS = ['merged+sft', 'all merged', 'joined', 'stacked'] as const;
/** Tunix's models take one adapter; what stacking means is known there by this form. */
export const REFERENCE = 'merged+sft';

export interface Sides {
  tunix: TunixVariant[];
  torch: TorchVariant[];
  llama: Record<LlamaPrecision, LlamaVariant[]>;
  make: Make[];
}

/** Everything that the engines have to make and compute for a pair, in a folder of its own. */
export function planRound(pair: Pair, folder: string): Sides {
  const { base, gguf, first, second } = pair;
  const at = (name: string) => join(folder, name);
  // A quantised base: the other engines get its weights dequantised, and llama.cpp the file as it is beside.
  const isQuantised = base === gguf;
  const hf = isQuantised ? at('base') : base;
  const whole = isQuantised ? at('base.gguf') : gguf;
  const unpacked: Make[] = [
    { kind: 'merge', base, adapters: [], out: hf },
    { kind: 'gguf', base, out: whole },
  ];
  const make: Make[] = [
    ...(isQuantised ? unpacked : []),
    { kind: 'merge', base, adapters: [first], out: at('merged-first') },
    { kind: 'merge', base, adapters: [first, second], out: at('merged-both') },
    { kind: 'join', adapters: [first, second], out: at('joined') },
    { kind: 'gguf', base: at('merged-first'), out: at('merged-first.gguf') },
    { kind: 'gguf', base: at('merged-both'), out: at('merged-both.gguf') },
    { kind: 'gguf-lora', base, adapter: first, out: at('first.gguf') },
    { kind: 'gguf-lora', base, adapter: second, out: at('second.gguf') },
    { kind: 'gguf-lora', base, adapter: at('joined'), out: at('joined.gguf') },
  ];
  const greedy = true;
  const tunix: TunixVariant[] = [
    { name: 'base', base, merged: [], lora: null, greedy },
    { name: 'base+grpo', base, merged: [], lora: first, greedy },
    { name: 'merged+sft', base, merged: [first], lora: second, greedy },
    { name: 'all merged', base, merged: [first, second], lora: null, greedy: false },
    { name: 'joined', base, merged: [], lora: at('joined'), greedy: false },
  ];
  const torch: TorchVariant[] = [
    { name: 'base', base: hf, adapters: [], greedy },
    { name: 'base+grpo', base: hf, adapters: [first], greedy },
    { name: 'merged+sft', base: at('merged-first'), adapters: [second], greedy },
    { name: 'all merged', base: at('merged-both'), adapters: [], greedy: false },
    { name: 'joined', base: hf, adapters: [at('joined')], greedy: false },
    { name: 'stacked', base: hf, adapters: [first, second], greedy: false },
  ];
  const onFile = (model: string): LlamaVariant[] => [
    { name: 'base', model, adapters: [], greedy },
    { name: 'base+grpo', model, adapters: [at('first.gguf')], greedy },
    { name: 'joined', model, adapters: [at('joined.gguf')], greedy },
    { name: 'stacked', model, adapters: [at('first.gguf'), at('second.gguf')], greedy },
  ];
  const onMerged: LlamaVariant[] = [
    { name: 'merged+sft', model: at('merged-first.gguf'), adapters: [at('second.gguf')], greedy },
    { name: 'all merged', model: at('merged-both.gguf'), adapters: [], greedy },
  ];
  const float32 = [...onFile(whole), ...onMerged];
  return { tunix, torch, llama: { float32, app: isQuantised ? onFile(gguf) : float32 }, make };
}
