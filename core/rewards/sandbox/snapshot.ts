// The memory snapshot from which interpreters are restored: made once for each version of Pyodide and of our Python. For executor.ts.
import { RewardsError } from '../rewards-error.ts';
import { startChild } from './child.ts';

/** Runs the command of freezeCommand; resolves with the path of the snapshot. Seconds the first time, then milliseconds. */
export function makeSnapshot(command: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    let output = '';
    let complaint = '';
    startChild(command, {
      folder: '/',
      onOutput: (text) => {
        output += text;
      },
      onComplaint: (text) => {
        complaint += text;
      },
      onEnd({ code, signal, reason }) {
        const path = output.trim().split('\n').at(-1) ?? '';
        if (code === 0 && path.endsWith('.snapshot')) return resolve(path);
        const why = reason ?? (complaint.trim().slice(-600) || `it ended with ${signal ?? `code ${code}`}`);
        reject(new RewardsError('no-sandbox', `The sandbox for Python cannot be set up: ${why}`));
      },
    });
  });
}
