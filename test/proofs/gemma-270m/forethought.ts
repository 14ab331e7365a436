// The product as a person has it: the command line on a lab of its own, one verb at a time. Used by the proof with a real Gemma.
import { spawnSync } from 'node:child_process';
import { join, resolve } from 'node:path';

const program = resolve(import.meta.dirname, '../../..');

export type Forethought = <T>(...words: string[]) => T;

/** Runs a verb and reads its result. Throws with what the program said when it failed. */
export function forethoughtOn(lab: string): Forethought {
  return <T>(...words: string[]): T => {
    const run = spawnSync(
      process.execPath,
      [join(program, 'core/cli.ts'), ...words, '--lab', lab, '--json'],
      {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'inherit'],
        maxBuffer: 256 * 1024 * 1024,
      },
    );
    if (run.status !== 0)
      throw new Error(
        `forethought ${words.join(' ')} ended with ${run.status ?? run.signal}: ${run.stdout.slice(-2000)}`,
      );
    return JSON.parse(run.stdout) as T;
  };
}
