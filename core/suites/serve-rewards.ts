// `forethought rewards serve`: the reward server of a trainer on this terminal's own stdin and stdout. Used by cli.ts.
import { spawn } from 'node:child_process';
import { CoreError } from '../contract/errors.ts';
import { rewardServerCommand } from './reward-server-command.ts';

/** Runs the bundle as a trainer would, until its input ends. Resolves with its exit code. Throws `unavailable`. */
export async function serveRewards(bundlePath: string): Promise<number> {
  const [file = '', ...args] = rewardServerCommand(bundlePath);
  const server = spawn(file, args, { stdio: 'inherit' });
  return new Promise((resolve, reject) => {
    server.on('error', (error) =>
      reject(new CoreError('unavailable', `The reward server cannot be started: ${error.message}`)),
    );
    server.on('exit', (code) => resolve(code ?? 1));
  });
}
