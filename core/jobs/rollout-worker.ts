// The thread of rollout-reader.ts: byte ranges in, rows for the catalog out.
import { parentPort } from 'node:worker_threads';
import { type RolloutBytes, readRange } from './rollout-lines.ts';

parentPort?.on('message', (ranges: { bytes: Uint8Array; encoding: RolloutBytes['encoding'] }[]) => {
  parentPort?.postMessage(
    ranges.map(({ bytes, encoding }) => readRange({ bytes: Buffer.from(bytes.buffer), encoding })),
  );
});
