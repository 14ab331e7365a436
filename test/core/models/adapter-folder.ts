// Adapter folders as the trainer publishes them, for a base of random weights; and the ways in which one can be wrong.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { InferenceSession } from '../../../core/inference/inference.ts';
import { adapterTensors, type Shape, safetensorsBytes, sha256, TARGETS, type Tensors } from './tiny-model.ts';

export const RANK = 4;
export const ALPHA = 8;
const PROMPTS = ['<start_of_turn>user\nHow many?<end_of_turn>\n<start_of_turn>model\n', 'plain text', 'x'];

export interface AdapterOptions {
  parent: { modelId: string; sha256: string };
  tensors: Tensors;
  reference: unknown;
  config?: Record<string, unknown>;
  manifest?: Record<string, unknown>;
}

/** Writes the four files; the manifest last, over what was written. */
export function writeAdapter(folder: string, options: AdapterOptions): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'adapter_model.safetensors'), safetensorsBytes(options.tensors));
  const config = {
    peft_type: 'LORA',
    r: RANK,
    lora_alpha: ALPHA,
    target_modules: TARGETS,
    ...options.config,
  };
  writeFileSync(join(folder, 'adapter_config.json'), JSON.stringify(config));
  writeFileSync(join(folder, 'reference.json'), JSON.stringify(options.reference));
  const files: Record<string, unknown> = {};
  for (const name of ['adapter_model.safetensors', 'adapter_config.json', 'reference.json']) {
    const bytes = readFileSync(join(folder, name));
    files[name] = { sha256: sha256(bytes), bytes: bytes.length };
  }
  const manifest = {
    version: 1,
    name: 'final',
    kind: 'lora-adapter',
    step: 60,
    files,
    parent: options.parent,
    jobId: 'job-1',
    specSha256: sha256('spec'),
    rewardSuite: { name: 'think-first', hash: sha256('suite') },
    dataSnapshot: sha256('data'),
    rank: RANK,
    alpha: ALPHA,
    targets: TARGETS,
    trainer: { version: '0.1.0', packages: { jax: '0.10.2' } },
    metrics: { 'reward/total/mean': 3.2 },
    ...options.manifest,
  };
  writeFileSync(join(folder, 'manifest.json'), JSON.stringify(manifest));
}

export const smallAdapter = (shape: Shape, seed = 2): Tensors => adapterTensors(shape, RANK, seed);

/** reference.json as a session over the merged weights computes it: no adapter and no conversion had a part in it. */
export async function referenceOf(merged: InferenceSession): Promise<unknown> {
  const prompts = [];
  for (const prompt of PROMPTS) {
    const ids = await merged.encode(prompt);
    const { ids: order, logits } = await merged.logits(ids);
    const whole = new Array<number>(order.length).fill(0);
    order.forEach((id, i) => {
      whole[id] = logits[i]!;
    });
    const top = Array.from(order.slice(0, 8), (id, i) => [id, logits[i]!]);
    const { ids: greedy } = await merged.generate({
      prompt,
      maxTokens: 4,
      temperature: 0,
      seed: 0,
      stopTokens: [],
    });
    prompts.push({ prompt, ids, logits: whole, top, greedy });
  }
  return { prompts };
}
