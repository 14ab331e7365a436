// What a base is in numbers, read from its GGUF's header: for what a run will need before anything is started.
import { CoreError } from '../contract/errors.ts';
import type { GgufHeader } from './gguf-header.ts';
import { ggufModules } from './lora-names.ts';

/** Architectures that the trainer computes; see its formats/architecture.py. */
const TRAINABLE = new Set(['gemma2', 'gemma3']);

export const isTrainable = (architecture: string): boolean => TRAINABLE.has(architecture);

export interface Geometry {
  architecture: string;
  parameters: number;
  layers: number;
  width: number;
  vocabulary: number;
  context: number;
  kvHeads: number;
  /** Tokens that a sliding layer sees; null where every layer sees all. */
  window: number | null;
  /** [outputs, inputs] of each projection that an adapter can change, by PEFT's name; empty for one that the base lacks. */
  projections: Record<string, [number, number][]>;
}

/** Throws `damaged` when the header does not say what every model of its kind says. */
export function geometryOf(header: GgufHeader): Geometry {
  const architecture = String(header.metadata.get('general.architecture'));
  const number = (key: string): number => {
    const value = header.metadata.get(`${architecture}.${key}`);
    if (typeof value !== 'number' && typeof value !== 'bigint')
      throw new CoreError('damaged', `The base does not say its ${key.replaceAll('_', ' ')}.`, {
        architecture,
      });
    return Number(value);
  };
  const projections: Geometry['projections'] = {};
  for (const [target, module] of ggufModules)
    projections[target] = [...header.tensors.values()]
      .filter(({ name }) => new RegExp(`^blk\\.\\d+\\.${module}\\.weight$`).test(name))
      .map(({ shape }) => [shape[0] ?? 0, shape[1] ?? 0]);
  return {
    architecture,
    parameters: header.parameters,
    layers: number('block_count'),
    width: number('embedding_length'),
    vocabulary: header.tensors.get('token_embd.weight')?.shape[0] ?? 0,
    context: number('context_length'),
    kvHeads: number('attention.head_count_kv'),
    window: Number(header.metadata.get(`${architecture}.attention.sliding_window`) ?? 0) || null,
    projections,
  };
}
