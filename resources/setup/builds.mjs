// Step: what must be built before the app runs: window, main process and preload by vite, the reward bundle by rolldown.
// Built again only when a source changed; dist/built.json remembers the hash of the sources.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { inRoot, node24Path, rootFolder } from './paths.mjs';
import { capture, lastLines } from './processes.mjs';
import { SetupError } from './step.mjs';

const title = 'Builds';
const stampPath = inRoot('dist', 'built.json');

/** @typedef {{ id: 'app' | 'rewards', sources: string[], outputs: string[], command: string[] }} Build */

/** @type {Build[]} */
const builds = [
  {
    id: 'app',
    sources: [
      'renderer',
      'electron',
      'core/contract',
      'core/rpc',
      'core/rewards',
      'vite.config.ts',
      'package-lock.json',
    ],
    outputs: ['dist/renderer/index.html', 'dist/electron/main.js', 'dist/electron/preload.cjs'],
    command: ['node_modules/vite/bin/vite.js', 'build', '--app', '--logLevel', 'warn'],
  },
  {
    id: 'rewards',
    sources: ['core/contract', 'core/rewards', 'package-lock.json'],
    outputs: ['dist/reward-server.js'],
    command: [
      'node_modules/rolldown/bin/cli.mjs',
      'core/rewards/server.ts',
      ...['--file', 'dist/reward-server.js', '--format', 'esm', '--platform', 'neutral'],
    ],
  },
];

/** @type {import('./step.mjs').Step} */
export const buildsStep = {
  id: 'builds',
  title,
  need: () => 'must',
  check({ purpose }) {
    const wanted = wantedFor(purpose);
    const stale = wanted.filter((build) => !isFresh(build));
    const finding = { id: 'builds', title };
    if (stale.length > 0) {
      const state = stale.every(isThere) ? 'out of date' : 'missing';
      const detail = `to build: ${stale.map((build) => build.id).join(', ')}`;
      return { ...finding, state, detail, fix: 'npm run build' };
    }
    return {
      ...finding,
      state: 'ok',
      detail: `fresh: ${wanted.map((build) => build.id).join(', ')}`,
      fix: null,
    };
  },
  async make({ purpose, say }) {
    for (const build of wantedFor(purpose)) if (!isFresh(build)) await run(build, say);
  },
};

/** Builds everything, fresh or not: `npm run build`. @param {(line: string) => void} say */
export async function buildAll(say) {
  for (const build of builds) await run(build, say);
}

/** @param {import('./step.mjs').Purpose} purpose */
function wantedFor(purpose) {
  return purpose === 'terminal' ? builds.filter((build) => build.id === 'rewards') : builds;
}

/** @param {Build} build @param {(line: string) => void} say */
async function run(build, say) {
  say(`building: ${build.id}`);
  const hash = sourceHash(build);
  const outcome = await capture(node24Path, build.command, { cwd: rootFolder, timeoutMs: 600_000 });
  if (outcome.code !== 0) {
    throw new SetupError(
      `The build of ${build.id} failed.`,
      lastLines(outcome.output, 12),
      'Mend the source it names, then run the command again (npm run build repeats only this).',
    );
  }
  mkdirSync(inRoot('dist'), { recursive: true });
  writeFileSync(stampPath, `${JSON.stringify({ ...readStamp(), [build.id]: hash }, null, 2)}\n`);
}

/** @param {Build} build */
function isFresh(build) {
  return isThere(build) && readStamp()[build.id] === sourceHash(build);
}

/** @param {Build} build */
function isThere(build) {
  return build.outputs.every((path) => existsSync(inRoot(path)));
}

/** @returns {Record<string, string>} */
function readStamp() {
  try {
    return JSON.parse(readFileSync(stampPath, 'utf8'));
  } catch {
    return {};
  }
}

/** SHA-256 over names and bytes of all source files, in order of name. @param {Build} build */
function sourceHash(build) {
  const hash = createHash('sha256').update(build.command.join(' '));
  for (const source of build.sources) {
    for (const path of filesUnder(source)) hash.update(`\0${path}\0`).update(readFileSync(inRoot(path)));
  }
  return hash.digest('hex');
}

/** @param {string} path @returns {string[]} */
function filesUnder(path) {
  if (!existsSync(inRoot(path))) return [];
  const entries = /\.\w+$/.test(path)
    ? null
    : readdirSync(inRoot(path), { recursive: true, withFileTypes: true });
  if (entries === null) return [path];
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => `${entry.parentPath.slice(rootFolder.length + 1)}/${entry.name}`)
    .sort();
}
