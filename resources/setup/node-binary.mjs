// Step: Node 24 from the npm package `node`. The system's Node (20 or newer) only starts this setup; everything else runs on 24.
import { existsSync } from 'node:fs';
import { node24Path, rootFolder } from './paths.mjs';
import { capture, lastLines } from './processes.mjs';
import { SetupError } from './step.mjs';

const title = 'Node 24';

/** @type {import('./step.mjs').Step} */
export const nodeBinary = {
  id: 'node-24',
  title,
  need: () => 'must',
  async check() {
    const finding = { id: 'node-24', title, fix: 'npm run setup' };
    if (!existsSync(node24Path)) return { ...finding, state: 'missing', detail: 'not installed' };
    const { code, output } = await capture(node24Path, ['--version'], { timeoutMs: 10_000 });
    const version = output.trim();
    if (code !== 0 || !version.startsWith('v24.')) {
      return { ...finding, state: 'broken', detail: `does not answer as Node 24: ${lastLines(output, 1)}` };
    }
    return {
      ...finding,
      state: 'ok',
      detail: `${version} (this setup runs on ${process.version})`,
      fix: null,
    };
  },
  async make({ say }) {
    say('npm rebuild node: the binary for this platform, about 125 MB');
    const { code, output } = await capture('npm', ['rebuild', 'node'], {
      cwd: rootFolder,
      timeoutMs: 600_000,
    });
    if (code === 0 && existsSync(node24Path)) return;
    throw new SetupError(
      'The Node 24 binary could not be installed.',
      lastLines(output) || 'npm rebuild node left no binary behind.',
      `Check that the npm registry can be reached and offers Node for ${process.platform}-${process.arch}, then run the command again.`,
    );
  },
};
