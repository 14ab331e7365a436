// The merge worker: billions of multiplications in a thread of their own, so that no window waits. export-model.ts starts it, sends one
// request, hears how far it is, and gets the end.
import { parentPort } from 'node:worker_threads';
import { CoreError } from '../contract/errors.ts';
import { type MergeRequest, mergeWeights } from './merge.ts';

export type FromMergeWorker =
  | { written: number }
  | { done: true }
  | { error: { code: CoreError['code']; message: string; detail: Record<string, unknown> } };

const say = (message: FromMergeWorker) => parentPort?.postMessage(message);
const TELL_EVERY_BYTES = 8 * 1024 * 1024;

parentPort?.once('message', (request: MergeRequest) => {
  let written = 0;
  let told = 0;
  mergeWeights(request, (bytes) => {
    written += bytes;
    if (written - told < TELL_EVERY_BYTES) return;
    told = written;
    say({ written });
  }).then(
    () => say({ done: true }),
    (error: unknown) => say({ error: errorOf(error) }),
  );
});

function errorOf(error: unknown) {
  if (error instanceof CoreError)
    return { code: error.code, message: error.message, detail: { ...error.detail } };
  if ((error as { code?: unknown }).code === 'ENOSPC')
    return { code: 'disk' as const, message: 'The disk is full. Free some space and try again.', detail: {} };
  const message = error instanceof Error ? error.message : String(error);
  return { code: 'internal' as const, message: `Merging failed: ${message}`, detail: {} };
}
