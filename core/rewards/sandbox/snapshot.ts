// The memory snapshot from which interpreters are restored: made once for each version of Pyodide and of our Python. For executor.ts.
import { RewardsError } from '../rewards-error.ts';
import { startChild } from './child.ts';

/** Far more than Pyodide needs to start and to be written down. */
const LIMIT_MS = 60_000;

/**
 * Runs the command of freezeCommand; resolves with the path of the snapshot. Seconds the first time, then milliseconds. One that
 * takes longer than `limitMs` is ended: the error is `no-sandbox`, as for every other failure.
 */
export function makeSnapshot(command: readonly string[], limitMs = LIMIT_MS): Promise<string> {
  return new Promise((resolve, reject) => {
    let output = '';
    let complaint = '';
    const refuse = (why: string) =>
      reject(new RewardsError('no-sandbox', `The sandbox for Python cannot be set up: ${why}`));
    const timer = setTimeout(() => {
      refuse(`its snapshot was not made within ${limitMs / 1000} s.`);
      child.kill();
    }, limitMs);
    const child = startChild(command, {
      folder: '/',
      onOutput: (text) => {
        output += text;
      },
      onComplaint: (text) => {
        complaint += text;
      },
      onEnd({ code, signal, reason }) {
        clearTimeout(timer);
        const path = output.trim().split('\n').at(-1) ?? '';
        if (code === 0 && path.endsWith('.snapshot')) return resolve(path);
        const why = reason ?? (complaint.trim().slice(-600) || `it ended with ${signal ?? `code ${code}`}`);
        refuse(why);
      },
    });
  });
}
