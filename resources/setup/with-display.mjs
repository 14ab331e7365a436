// node with-display.mjs <program of node_modules> [arguments]: runs it on Node 24, under a virtual display where there is none.
import { inRoot, node24Path, rootFolder } from './paths.mjs';
import { handOver } from './processes.mjs';

/**
 * The command line that gives a program a display: itself, or wrapped in xvfb-run.
 * @param {string} command
 * @param {string[]} args
 * @returns {[string, string[]]}
 */
export function withDisplay(command, args) {
  const hasDisplay =
    process.platform !== 'linux' || Boolean(process.env.DISPLAY || process.env.WAYLAND_DISPLAY);
  if (hasDisplay) return [command, args];
  return ['xvfb-run', ['--auto-servernum', '--server-args=-screen 0 1680x1050x24', command, ...args]];
}

if (process.argv[1] === import.meta.filename) {
  const [program, ...args] = process.argv.slice(2);
  const [command, all] = withDisplay(node24Path, [inRoot('node_modules', '.bin', program ?? ''), ...args]);
  process.exitCode = await handOver(command, all, { cwd: rootFolder });
}
