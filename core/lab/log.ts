// The core's log: one JSON object a line in <lab>/logs/core.log, kept small by starting anew. A failing log never stops the work.
import { appendFileSync, mkdirSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';

type Log = (level: 'info' | 'warn' | 'error', message: string, detail?: Record<string, unknown>) => void;

const maxBytes = 5_000_000;

export function createLog(folder: string): Log {
  const path = join(folder, 'core.log');
  try {
    mkdirSync(folder, { recursive: true });
    if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) > maxBytes) renameSync(path, `${path}.old`);
  } catch {
    // Without a writable folder there is no log; the lab's own opening says why.
  }
  return (level, message, detail) => {
    const line = JSON.stringify({ at: new Date().toISOString(), level, message, ...detail });
    if (level === 'error') process.stderr.write(`${line}\n`);
    try {
      appendFileSync(path, `${line}\n`);
    } catch {
      // A full disk must not turn a warning into a failure.
    }
  };
}
