// Reads ranges of rollouts.jsonl: a few of them here, many of them in a worker thread, so that a long catching-up neither holds
// the core up nor waits for its own parsing. Made by ingest.ts, one for each catching-up.
import { Worker } from 'node:worker_threads';
import { type ReadRollouts, type RolloutBytes, readRange } from './rollout-lines.ts';

export interface RolloutReader {
  /** What each of the ranges holds, in their order. Rejects when the thread dies. */
  read(ranges: readonly RolloutBytes[]): Promise<ReadRollouts[]>;
  close(): Promise<void>;
}

/** Less than this takes a few milliseconds; a thread takes fifty to start. */
const fewBytes = 256 << 10;

export function createRolloutReader(): RolloutReader {
  let worker: Worker | undefined;
  let isUp = false;
  const start = () => {
    const started = new Worker(new URL('./rollout-worker.ts', import.meta.url));
    started.once('online', () => {
      isUp = true;
    });
    started.on('error', () => {}); // told to whoever waits for an answer; the next question starts another thread
    started.once('exit', () => {
      isUp = false;
      if (worker === started) worker = undefined;
    });
    return started;
  };
  return {
    read: async (ranges) => {
      const total = ranges.reduce((sum, range) => sum + sizeOf(range), 0);
      if (total < fewBytes) return ranges.map(readRange);
      worker ??= start();
      // Nobody waits for a thread to start: one batch is ten milliseconds of parsing.
      return isUp ? await ask(worker, ranges) : ranges.map(readRange);
    },
    close: async () => {
      await worker?.terminate();
    },
  };
}

/** What there is to parse, as far as it is known before it is unpacked. */
function sizeOf({ bytes, encoding }: RolloutBytes): number {
  return encoding === 'gzip' ? 6 * bytes.length : bytes.length;
}

/** One question at a time: the caller waits for each answer before it asks again. */
function ask(worker: Worker, ranges: readonly RolloutBytes[]): Promise<ReadRollouts[]> {
  return new Promise((resolve, reject) => {
    const answered = (answer: ReadRollouts[]) => end(() => resolve(answer));
    const failed = (error: unknown) => end(() => reject(error));
    const ended = (code: number) => failed(new Error(`The thread that reads rollouts ended (code ${code}).`));
    const end = (work: () => void) => {
      worker.off('message', answered).off('error', failed).off('exit', ended);
      work();
    };
    worker.on('message', answered).on('error', failed).on('exit', ended);
    worker.postMessage(ranges.map(({ bytes, encoding }) => ({ bytes: new Uint8Array(bytes), encoding })));
  });
}
