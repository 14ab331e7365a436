// Starts the merge worker and waits for it. Called by export-model.ts.
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { CoreError } from '../contract/errors.ts';
import type { MergeRequest } from './merge.ts';
import type { FromMergeWorker } from './merge-worker.ts';

/** Throws what merging throws, and the signal's reason when that aborts. */
export function inMergeWorker(
  request: MergeRequest,
  told: (written: number) => void,
  signal: AbortSignal,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(join(import.meta.dirname, 'merge-worker.ts'));
    const end = (settle: () => void) => {
      signal.removeEventListener('abort', stop);
      worker.removeAllListeners();
      void worker.terminate().then(settle);
    };
    const stop = () => end(() => reject(signal.reason));
    signal.addEventListener('abort', stop);
    worker.on('message', (message: FromMergeWorker) => {
      if ('written' in message) told(message.written);
      else if ('done' in message) end(resolve);
      else {
        const { code, message: sentence, detail } = message.error;
        end(() => reject(new CoreError(code, sentence, detail)));
      }
    });
    worker.once('error', (error: Error) =>
      end(() => reject(new CoreError('internal', `The merge worker died: ${error.message}`, {}, error))),
    );
    worker.once('exit', (code) =>
      end(() => reject(new CoreError('internal', `The merge worker ended with code ${code}.`))),
    );
    if (signal.aborted) stop();
    else worker.postMessage(request);
  });
}
