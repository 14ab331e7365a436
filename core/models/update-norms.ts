// Where an adapter changed its base, and by how much: computed in the tensor worker after the arrival, shown on the Models screen.
import { join } from 'node:path';
import { SHARE_ENV, Worker } from 'node:worker_threads';
import { CoreError } from '../contract/errors.ts';
import { WEIGHTS } from './arrival-checks.ts';
import type { ModelsDeps } from './deps.ts';
import { pairLora } from './lora-names.ts';
import { factsOf, type Norms, type StoredModel } from './model-rows.ts';
import { readSafetensors, type Tensor } from './safetensors.ts';
import type { NormAnswer, NormRequest } from './tensor-worker.ts';

/** Longest time for one adapter; beyond it something hangs. */
const LIMIT_MS = 300_000;

/** Null when the base is here as a GGUF only: then there are no plain weights to compare with. */
export async function updateNorms(
  deps: ModelsDeps,
  adapter: StoredModel,
  base: StoredModel,
): Promise<Norms | null> {
  factsOf(base); // throws for a row that is no base
  const weights = new Map<string, { path: string; tensor: Tensor }>();
  for (const file of base.files.filter((each) => each.name.endsWith('.safetensors'))) {
    const path = deps.blobs.path(file.sha256);
    for (const tensor of (await readSafetensors(path)).tensors.values())
      weights.set(tensor.name, { path, tensor });
  }
  const own = adapter.files.find((file) => file.name === WEIGHTS);
  if (weights.size === 0 || !own || adapter.alpha === null || adapter.rank === null) return null;
  const adapterPath = deps.blobs.path(own.sha256);
  const pairs = pairLora((await readSafetensors(adapterPath)).tensors.values());
  if (typeof pairs === 'string') throw new CoreError('damaged', `${adapter.name}: ${pairs}.`);
  const request: NormRequest = { adapterPath, scale: adapter.alpha / adapter.rank, pairs: [] };
  for (const pair of pairs) {
    const weight = weights.get(pair.weight);
    if (!weight) return null;
    request.pairs.push({ pair, weightPath: weight.path, weight: weight.tensor });
  }
  return inTensorWorker(request);
}

function inTensorWorker(request: NormRequest): Promise<NormAnswer> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(join(import.meta.dirname, 'tensor-worker.ts'), {
      stdout: true, // the library greets on the console
      stderr: true,
      env: SHARE_ENV, // native code reads the process's environment, not a thread's copy
    });
    const failed = (why: string) =>
      new CoreError(
        'internal',
        `The tensor worker ${why}. How much the adapter changes is not shown; the adapter itself is fine.`,
      );
    const timer = setTimeout(
      () => end(() => reject(failed(`said nothing for ${LIMIT_MS / 1000} s`))),
      LIMIT_MS,
    );
    const end = (settle: () => void) => {
      clearTimeout(timer);
      settle();
      void worker.terminate();
    };
    worker.once('message', (message: { answer: NormAnswer } | { error: string }) =>
      end(() => ('answer' in message ? resolve(message.answer) : reject(failed(`failed: ${message.error}`)))),
    );
    worker.once('error', (error: Error) => end(() => reject(failed(`died: ${error.message}`))));
    worker.once('exit', (code) => end(() => reject(failed(`ended with code ${code}`))));
    worker.postMessage(request);
  });
}
