// How exactly llama.cpp computes a model. Used by worker.ts, and by the parity proof, which holds the result against the trainer's.
import { statSync } from 'node:fs';

/**
 * Up to this size of its file, or of all parts of a split one, a model is computed with keys and values in float32 and without flash
 * attention, which rounds them to float16 whatever the cache holds. In the parity proof, at 7,604 positions (docs/results.md), the logits of the embedded model
 * are then within 5.9e-3 of the trainer's instead of 4.4e-2. It costs up to an eighth of the speed of a model of a million parameters,
 * 2 % of one of 270 million; a large one is spared it, and the doubled cache.
 */
const EXACT_UP_TO_BYTES = 512 * 1024 * 1024;

const exact = {
  flashAttention: false,
  experimentalKvCacheKeyType: 'F32',
  experimentalKvCacheValueType: 'F32',
} as const;
/** A fifth faster on a CPU than without flash attention, and what llama-bench does too; keys and values are float16 then. */
const fast = { flashAttention: 'auto' } as const;

/** A context's settings for the model in this file. whatever: exact whatever it costs, for numbers that are compared. */
export const precisionOf = (modelPath: string, whatever: boolean): typeof exact | typeof fast =>
  whatever || modelBytes(modelPath) <= EXACT_UP_TO_BYTES ? exact : fast;

/** The parts of a split model are named by their number and how many there are; llama.cpp takes the first and finds the others. */
const PART = /\d{5}-of-(\d{5})\.gguf$/;

function modelBytes(modelPath: string): number {
  const count = PART.exec(modelPath)?.[1];
  if (count === undefined) return statSync(modelPath).size;
  const parts = Array.from({ length: Number(count) }, (_, i) =>
    modelPath.replace(PART, `${String(i + 1).padStart(5, '0')}-of-${count}.gguf`),
  );
  return parts.reduce((sum, part) => sum + statSync(part).size, 0);
}
