// Ctrl+C, a closed terminal, SIGTERM: the first asks the work to stop, or leaves work that goes on by itself, the second leaves at once. Used by perform.ts.
import { constants } from 'node:os';
import { CoreError } from '../contract/errors.ts';

export interface Interruption {
  signal: AbortSignal;
  /** The error for a person who left: exit code 128 + n of the signal that came. */
  error(message: string, detail: Record<string, unknown>): CoreError;
  /** Signals do again what they always do. */
  end(): void;
}

const names = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** `goesOn`: the work is not this process's, and only its listener leaves. */
export function listenForInterruption(goesOn: boolean): Interruption {
  const controller = new AbortController();
  let code = 1;
  const listener = (name: (typeof names)[number]) => {
    if (controller.signal.aborted) {
      process.stderr.write(`Left at once${goesOn ? '' : '; the last answer in the making is lost'}.\n`);
      process.exit(code);
    }
    code = 128 + constants.signals[name];
    process.stderr.write(`\n${goesOn ? 'Leaving' : 'Stopping'} (once more leaves at once) …\n`);
    controller.abort(new CoreError('cancelled', 'Interrupted.'));
  };
  for (const name of names) process.on(name, listener);
  return {
    signal: controller.signal,
    error: (message, detail) => new CoreError('cancelled', message, { ...detail, exitCode: code }),
    end: () => {
      for (const name of names) process.off(name, listener);
    },
  };
}
