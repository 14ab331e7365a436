// llama.cpp's side of the parity proof: with the settings that the app runs models with, or with nothing rounded on the way. Started by sides.ts as a process of its own.
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { getLlama, type Llama, LlamaLogLevel, type Token } from 'node-llama-cpp';
import { createInference } from '../../../core/inference/inference.ts';
import { precisionOf } from '../../../core/inference/precision.ts';
import type { LlamaRequest, LlamaVariant } from './sides.ts';

const request = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as LlamaRequest;
const longest = Math.max(...request.sequences.map((ids) => ids.length));
mkdirSync(request.out, { recursive: true });
const llama = await getLlama({
  gpu: false,
  build: 'never',
  skipDownload: true,
  logLevel: LlamaLogLevel.error,
});
const inference = createInference();
for (const variant of request.variants) {
  process.stderr.write(`llama.cpp (${request.precision}): ${variant.name}\n`);
  await writeLogits(llama, variant);
  if (variant.greedy) await writeGreedy(variant);
}
await inference.close();
process.exit(0);

/** By the library's own evaluation: the app's session gives the last position's logits only. The context is made as the app makes it. */
async function writeLogits(lib: Llama, variant: LlamaVariant): Promise<void> {
  const model = await lib.loadModel({ modelPath: variant.model, gpuLayers: 0 });
  const context = await model.createContext({
    contextSize: Math.max(64, longest + 8),
    sequences: 1,
    threads: 1,
    ...precisionOf(variant.model, request.precision === 'float32'),
    swaFullCache: true,
    failedCreationRemedy: false,
    ...(variant.adapters.length > 0 && {
      lora: { adapters: variant.adapters.map((filePath) => ({ filePath, scale: 1 })) },
    }),
  });
  const sequence = context.getSequence();
  const file = openSync(join(request.out, `${variant.name}.f32`), 'w');
  const wanted = { generateNext: { token: true, logits: true, options: { temperature: 0 } } } as const;
  for (const ids of request.sequences) {
    await sequence.clearHistory();
    const found = await sequence.controlledEvaluate(
      (ids as Token[]).map((id, i) =>
        request.positions === 'all' || i === ids.length - 1 ? [id, wanted] : id,
      ),
    );
    for (const each of found) {
      const logits = each?.next.logits;
      if (!logits) continue;
      const row = new Float32Array(logits.size);
      for (const [token, logit] of logits) row[token] = logit;
      writeSync(file, row);
    }
  }
  closeSync(file);
  await context.dispose();
  await model.dispose();
}

async function writeGreedy(variant: LlamaVariant): Promise<void> {
  const session = await inference.open({
    modelPath: variant.model,
    adapters: variant.adapters.map((path) => ({ path, scale: 1 })),
    exact: request.precision === 'float32',
    contextLength: longest + 2 * request.maxTokens + 64,
    threads: 1,
  });
  const texts: string[] = [];
  for (const prompt of request.prompts) {
    const { text } = await session.generate({
      prompt,
      maxTokens: request.maxTokens,
      temperature: 0,
      seed: 0,
      stopTokens: request.endTokens,
    });
    texts.push(text);
  }
  await session.close();
  writeFileSync(join(request.out, `${variant.name}.json`), JSON.stringify(texts));
}
