// Reads ranges of rollouts.jsonl: a few of them here, many of them in a worker thread, so that a long catching-up neither holds
// the core up nor waits for its own parsing. Made by ingest.ts, one for each catching-up.
import { Worker } from 'node:worker_threads';
import { type ReadRollouts, readRollouts } from './rollout-lines.ts';

export interface RolloutReader {
  /** What each of the ranges holds, in their order. Rejects when the thread dies. */
  read(ranges: readonly Buffer[]): Promise<ReadRollouts[]>;
  close(): Promise<void>;
}

/** Less than this takes a few milliseconds; a thread takes fifty to start. */
const fewBytes = 256 << 10;

export function createRolloutReader(): RolloutReader {
  let worker: Worker | undefined;
  return {
    read: async (ranges) => {
      const total = ranges.reduce((sum, range) => sum + range.length, 0);
      if (total < fewBytes) return ranges.map(readRollouts);
      worker ??= new Worker(new URL('./rollout-worker.ts', import.meta.url));
      return await ask(worker, ranges);
    },
    close: async () => {
      await worker?.terminate();
    },
  };
}

/** One question at a time: the caller waits for each answer before it asks again. */
function ask(worker: Worker, ranges: readonly Buffer[]): Promise<ReadRollouts[]> {
  return new Promise((resolve, reject) => {
    const end = (work: () => void) => {
      worker.removeAllListeners('message');
      worker.removeAllListeners('error');
      worker.removeAllListeners('exit');
      work();
    };
    worker.once('message', (answer: ReadRollouts[]) => end(() => resolve(answer)));
    worker.once('error', (error) => end(() => reject(error)));
    worker.once('exit', (code) =>
      end(() => reject(new Error(`The thread that reads rollouts ended (code ${code}).`))),
    );
    worker.postMessage(ranges.map((range) => new Uint8Array(range)));
  });
}
