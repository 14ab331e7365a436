// Where untrusted code of the lab runs: answers that are programs, people's own reward functions. Made by create-core.ts.
import type { Executor } from '../rewards/evidence.ts';
import { createExecutor } from '../rewards/sandbox/executor.ts';
import { sandboxPlaces } from './reward-server-command.ts';

/** Costs nothing until it is used. Throws `unavailable` then, where Deno, Pyodide or the bundle is missing. */
export function labExecutor(bundlePath: string): Executor {
  let made: Executor | null = null;
  const executor = () => {
    made ??= createExecutor(sandboxPlaces(bundlePath));
    return made;
  };
  return {
    run: async (submissions, signal) => executor().run(submissions, signal),
    call: async (call, signal) => executor().call(call, signal),
    close: async () => made?.close(),
  };
}
