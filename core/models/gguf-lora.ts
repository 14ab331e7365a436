// PEFT adapter → GGUF LoRA, streaming: llama.cpp takes PEFT's own orientation (A: rank × in, B: out × rank) and scales by alpha / rank.
import { type GgufTensorData, writeGguf } from './gguf-write.ts';
import type { LoraPair } from './lora-names.ts';
import { float32Chunks, type Tensor } from './safetensors.ts';

const ALL_F32 = 0;

/** Writes `target` from the tensors of the safetensors file `source`. */
export async function writeGgufLora(
  source: string,
  target: string,
  adapter: { architecture: string; name: string; alpha: number; pairs: readonly LoraPair[] },
): Promise<void> {
  const half = (name: string, tensor: Tensor): GgufTensorData => ({
    name,
    shape: tensor.shape,
    data: () => float32Chunks(source, tensor),
  });
  await writeGguf(
    target,
    [
      ['general.architecture', { string: adapter.architecture }],
      ['general.type', { string: 'adapter' }],
      ['general.name', { string: adapter.name }],
      ['general.file_type', { u32: ALL_F32 }],
      ['adapter.type', { string: 'lora' }],
      ['adapter.lora.alpha', { f32: adapter.alpha }],
    ],
    adapter.pairs.flatMap((pair) => [
      half(`${pair.ggufWeight}.lora_a`, pair.a),
      half(`${pair.ggufWeight}.lora_b`, pair.b),
    ]),
  );
}
