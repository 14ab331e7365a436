// The thread of rollout-reader.ts: byte ranges in, rows for the catalog out.
import { parentPort } from 'node:worker_threads';
import { readRollouts } from './rollout-lines.ts';

parentPort?.on('message', (ranges: Uint8Array[]) => {
  parentPort?.postMessage(ranges.map((range) => readRollouts(Buffer.from(range.buffer))));
});
