// Reads parquet as the hub serves it, in a thread of its own (parquet-worker.ts). Used by import.ts.
import { Worker } from 'node:worker_threads';
import { CoreError } from '../contract/errors.ts';
import type { ParquetAsked, ParquetReply } from './parquet-worker.ts';
import type { RecordFile } from './records.ts';

/** Throws `damaged` for a file that cannot be read as parquet, `bad-input` when it lacks one of `columns`. */
export async function readParquet(path: string, columns: readonly string[]): Promise<RecordFile> {
  const asked: ParquetAsked = { path, columns };
  const worker = new Worker(new URL('./parquet-worker.ts', import.meta.url), { workerData: asked });
  worker.unref();
  const first = await ask(worker);
  return {
    total: 'total' in first ? first.total : null,
    async *batches() {
      try {
        for (let reply = await ask(worker); 'items' in reply; reply = await ask(worker)) yield reply.items;
      } finally {
        await worker.terminate();
      }
    },
  };
}

/** The next reply. The thread keeps the program alive only while somebody waits for it. */
async function ask(worker: Worker): Promise<Exclude<ParquetReply, { failure: unknown }>> {
  worker.ref();
  const reply = await new Promise<ParquetReply>((resolve, reject) => {
    const end = (work: () => void) => {
      for (const event of ['message', 'error', 'exit']) worker.removeAllListeners(event);
      work();
    };
    worker.once('message', (answer: ParquetReply) => end(() => resolve(answer)));
    worker.once('error', (error) => end(() => reject(error)));
    worker.once('exit', (code) =>
      end(() => reject(new Error(`The thread that reads parquet ended (code ${code}).`))),
    );
    worker.postMessage('next');
  });
  worker.unref();
  if (!('failure' in reply)) return reply;
  await worker.terminate();
  throw new CoreError(reply.failure.code, reply.failure.message, { ...reply.failure.detail });
}
