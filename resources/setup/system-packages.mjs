// Step: what the operating system must bring (libraries of Electron, a virtual display for tests, Python). Installs by apt-get
// as root on Debian and Ubuntu; anywhere else it prints the exact line to run.
import { existsSync, readFileSync } from 'node:fs';
import { findPython } from './find-python.mjs';
import { capture, lastLines } from './processes.mjs';
import { pythonEnvironment } from './python-environment.mjs';
import { SetupError } from './step.mjs';

const title = 'System packages';

// Each line: names under which one package is known, newest distribution first.
const forWindow = [
  ['libgtk-3-0t64', 'libgtk-3-0'],
  ['libnss3'],
  ['libasound2t64', 'libasound2'],
  ['libgbm1'],
  ['libxss1'],
  ['libxtst6'],
  ['libatk-bridge2.0-0t64', 'libatk-bridge2.0-0'],
  ['libdrm2'],
  ['fonts-dejavu-core'],
];
const forVirtualDisplay = [['xvfb'], ['xauth']];
const forPython = [['python3'], ['python3-venv']];

/** @type {import('./step.mjs').Step} */
export const systemPackages = {
  id: 'system-packages',
  title,
  need: (purpose) => (purpose === 'test' ? 'must' : 'may'),
  async check({ purpose }) {
    const finding = { id: 'system-packages', title };
    if (process.platform !== 'linux') {
      return { ...finding, state: 'ok', detail: `none needed on ${process.platform}`, fix: null };
    }
    if (!existsSync('/var/lib/dpkg/status')) {
      return {
        ...finding,
        state: 'optional',
        detail: 'not a Debian or Ubuntu system: cannot be checked here',
        fix: 'install GTK 3, NSS, ALSA and Xvfb with this system’s package manager if the window does not open',
      };
    }
    const missing = await missingPackages(purpose);
    if (missing.length === 0) return { ...finding, state: 'ok', detail: 'all installed', fix: null };
    const names = missing.map((names) => names.at(-1));
    return { ...finding, state: 'missing', detail: names.join(' '), fix: aptLine(missing) };
  },
  async make({ purpose, say }) {
    const missing = await missingPackages(purpose);
    if (process.getuid?.() !== 0) {
      const names = missing.map((names) => names.at(-1)).join(', ');
      throw new SetupError(
        `Missing on this system: ${names}.`,
        'Installing system packages needs root, and this setup runs as an ordinary user.',
        `Run: ${aptLine(missing)}`,
      );
    }
    say(`apt-get install ${missing.map((names) => names.at(-1)).join(' ')}`);
    await apt(['update', '-qq']);
    const chosen = [];
    for (const names of missing) chosen.push(await knownName(names));
    await apt(['install', '-y', '-qq', '--no-install-recommends', ...chosen]);
  },
};

/** @param {import('./step.mjs').Purpose} purpose */
async function missingPackages(purpose) {
  const wanted = [];
  if (purpose !== 'terminal') wanted.push(...forWindow);
  if (purpose === 'test') wanted.push(...forVirtualDisplay);
  if (await pythonPackagesWouldHelp()) wanted.push(...forPython);
  const installed = installedPackages();
  return wanted.filter((names) => !names.some((name) => installed.has(name)));
}

/** Only where the trainer still has no Python to stand on: a finished environment or another Python needs no package. */
async function pythonPackagesWouldHelp() {
  if (process.env.FORETHOUGHT_PYTHON || pythonEnvironment().runtime.complete) return false;
  return (await findPython()).packagesWouldHelp;
}

/** Read from dpkg's own status file: faster than a process, and there even where dpkg-query is not. */
function installedPackages() {
  const installed = new Set();
  for (const entry of readFileSync('/var/lib/dpkg/status', 'utf8').split('\n\n')) {
    const name = /^Package: (.+)$/m.exec(entry)?.[1];
    if (name && /^Status: .* installed$/m.test(entry)) installed.add(name);
  }
  return installed;
}

/** @param {string[][]} missing */
function aptLine(missing) {
  return `sudo apt-get install -y ${missing.map((names) => names.at(-1)).join(' ')}`;
}

/** The first of a package's names that this distribution offers. @param {string[]} names */
async function knownName(names) {
  for (const name of names) {
    const { code, output } = await capture('apt-cache', ['show', '--no-all-versions', name]);
    if (code === 0 && output.includes('Filename:')) return name;
  }
  return names.at(-1) ?? '';
}

/** @param {string[]} args */
async function apt(args) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const outcome = await capture('apt-get', ['-o', 'DPkg::Lock::Timeout=300', ...args], { env });
  if (outcome.code === 0) return;
  throw new SetupError(
    `apt-get ${args[0]} failed.`,
    outcome.missing ? 'apt-get is not on the PATH.' : lastLines(outcome.output),
    'Check that the package mirrors can be reached and no other apt is running, then run the command again.',
  );
}
