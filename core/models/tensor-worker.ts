// The tensor worker: the only file that knows TensorFlow.js. Native TensorFlow where it was built, else WebAssembly.
// update-norms.ts starts it in a thread, sends one request and gets one answer.
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import util from 'node:util';
import { parentPort } from 'node:worker_threads';
import type * as Tf from '@tensorflow/tfjs';
import type { LoraPair } from './lora-names.ts';
import { float32Chunks, readFloat32, type Tensor } from './safetensors.ts';

export interface NormRequest {
  adapterPath: string;
  scale: number;
  pairs: { pair: LoraPair; weightPath: string; weight: Tensor }[];
}

export interface NormAnswer {
  backend: string;
  layers: { layer: number; target: string; relativeNorm: number }[];
}

const require = createRequire(import.meta.url);

async function loadTensorFlow(): Promise<typeof Tf> {
  const native = join(
    dirname(require.resolve('@tensorflow/tfjs-node/package.json')),
    'lib/napi-v8/tfjs_binding.node',
  );
  if (existsSync(native) && process.env.FORETHOUGHT_TENSORS !== 'wasm') {
    // Removed from Node 23; the library still calls them.
    const legacy = util as unknown as Record<string, unknown>;
    legacy.isNullOrUndefined ??= (value: unknown) => value === null || value === undefined;
    legacy.isArray ??= Array.isArray;
    process.env.TF_CPP_MIN_LOG_LEVEL ??= '3';
    return require('@tensorflow/tfjs-node') as typeof Tf;
  }
  const tf = require('@tensorflow/tfjs') as typeof Tf;
  const wasm = require('@tensorflow/tfjs-backend-wasm') as { setWasmPaths(prefix: string): void };
  wasm.setWasmPaths(`${dirname(require.resolve('@tensorflow/tfjs-backend-wasm'))}/`);
  await tf.setBackend('wasm');
  return tf;
}

/** ‖scale · B·A‖ / ‖W‖ for each pair, in Frobenius norms. */
async function norms({ adapterPath, scale, pairs }: NormRequest): Promise<NormAnswer> {
  const tf = await loadTensorFlow();
  await tf.ready();
  const layers = [];
  for (const { pair, weightPath, weight } of pairs) {
    const a = await readFloat32(adapterPath, pair.a);
    const b = await readFloat32(adapterPath, pair.b);
    const update = tf.tidy(() => {
      const down = tf.tensor2d(a, pair.a.shape as [number, number]);
      const up = tf.tensor2d(b, pair.b.shape as [number, number]);
      // ‖B·A‖² = Σ (BᵀB ∘ AAᵀ): rank × rank instead of out × in.
      const gram = tf.matMul(up, up, true, false).mul(tf.matMul(down, down, false, true));
      return Math.sqrt(Math.max(0, gram.sum().dataSync()[0]!));
    });
    let square = 0;
    for await (const chunk of float32Chunks(weightPath, weight))
      square += tf.tidy(() => tf.tensor1d(chunk).square().sum().dataSync()[0]!);
    layers.push({
      layer: pair.layer,
      target: pair.target,
      relativeNorm: (scale * update) / Math.sqrt(square),
    });
  }
  return { backend: tf.getBackend(), layers };
}

parentPort?.once('message', (request: NormRequest) => {
  norms(request).then(
    (answer) => parentPort?.postMessage({ answer }),
    (error: unknown) =>
      parentPort?.postMessage({ error: error instanceof Error ? error.message : String(error) }),
  );
});
