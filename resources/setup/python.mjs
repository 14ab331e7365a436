// Step: the trainer's Python environment, from the lock file with hashes. For tests also pytest, ruff and the type checker.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { ask, findPython, isNewEnough, whyUnusable } from './find-python.mjs';
import { withLock } from './lock.mjs';
import { fileHash } from './paths.mjs';
import { capture, lastLines } from './processes.mjs';
import { pythonEnvironment } from './python-environment.mjs';
import { SetupError } from './step.mjs';

const title = 'Trainer (Python)';
const howToGetPython =
  'Install Python 3.11 or newer with its venv module (Debian, Ubuntu: sudo apt-get install python3 python3-venv), or set FORETHOUGHT_PYTHON to an interpreter that has the packages of resources/trainer/requirements.lock. Then run the command again.';

/** @type {import('./step.mjs').Step} */
export const python = {
  id: 'python',
  title,
  need: (purpose) => (purpose === 'window' ? 'may' : 'must'),
  async check({ purpose }) {
    const override = process.env.FORETHOUGHT_PYTHON;
    if (override) return await checkOverride(override);
    const { python, runtime, development } = pythonEnvironment();
    const finding = { id: 'python', title, fix: 'npm run setup' };
    if (!runtime.complete) {
      const { usable, seen } = await findPython();
      if (usable === null)
        return { ...finding, state: 'broken', detail: whyUnusable(seen), fix: howToGetPython };
      return { ...finding, state: 'missing', detail: 'environment not made yet' };
    }
    if (purpose === 'test' && !development.complete) {
      return { ...finding, state: 'missing', detail: 'pytest, ruff and the type checker not installed yet' };
    }
    return { ...finding, state: 'ok', detail: python, fix: null };
  },
  async make({ purpose, say }) {
    if (process.env.FORETHOUGHT_PYTHON) {
      const { detail, fix } = await checkOverride(process.env.FORETHOUGHT_PYTHON);
      throw new SetupError('FORETHOUGHT_PYTHON cannot run the trainer.', detail, fix ?? howToGetPython);
    }
    const { folder } = pythonEnvironment();
    await withLock(`${folder}.lock`, say, async () => {
      if (!pythonEnvironment().runtime.complete) await makeEnvironment(say);
      const { development } = pythonEnvironment();
      if (purpose === 'test' && !development.complete) {
        say('pip install: pytest, ruff and the type checker');
        await install(development);
      }
    });
  },
};

/** @param {(line: string) => void} say */
async function makeEnvironment(say) {
  const { usable, seen } = await findPython();
  if (usable === null) {
    throw new SetupError(
      'The trainer’s Python environment cannot be made.',
      whyUnusable(seen),
      howToGetPython,
    );
  }
  const { folder, runtime } = pythonEnvironment();
  // A folder without its stamp is what an interrupted run left behind.
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(dirname(folder), { recursive: true });
  say(`python -m venv with Python ${usable.version.join('.')}`);
  const made = await capture(usable.path, ['-m', 'venv', folder], { timeoutMs: 300_000 });
  if (made.code !== 0) {
    throw new SetupError(
      'The trainer’s Python environment could not be made.',
      lastLines(made.output),
      howToGetPython,
    );
  }
  say('pip install: about 50 packages, 900 MB on disk');
  await install(runtime);
}

/** @param {import('./python-environment.mjs').Layer} layer */
async function install(layer) {
  const { python } = pythonEnvironment();
  const hash = fileHash(layer.lock);
  if (hash === null) {
    throw new SetupError(
      'The trainer’s packages cannot be installed.',
      `${layer.lock} is missing.`,
      'Restore it from the repository (git checkout resources/trainer).',
    );
  }
  const args = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-input', '--no-deps'];
  const outcome = await capture(python, [...args, '--require-hashes', '-r', layer.lock], {
    timeoutMs: 3_600_000,
  });
  if (outcome.code !== 0) {
    throw new SetupError(
      'The trainer’s Python packages could not be installed.',
      lastLines(outcome.output),
      'Check that the Python package index can be reached and that the disk has 3 GB free, then run the command again.',
    );
  }
  writeFileSync(layer.stamp, `${hash}\n`);
}

/** @param {string} path @returns {Promise<import('./step.mjs').Finding>} */
async function checkOverride(path) {
  const finding = { id: 'python', title, fix: howToGetPython };
  const found = await ask(path);
  if (found === null)
    return { ...finding, state: 'broken', detail: `FORETHOUGHT_PYTHON=${path} does not start as Python` };
  const version = found.version.join('.');
  if (!isNewEnough(found)) {
    const detail = `FORETHOUGHT_PYTHON=${path} is Python ${version}; the trainer needs 3.11 or newer`;
    return { ...finding, state: 'broken', detail };
  }
  const script =
    'import importlib.util as u; print([n for n in ("jax", "flax", "tunix", "qwix") if u.find_spec(n) is None])';
  const { output } = await capture(path, ['-c', script], { timeoutMs: 60_000 });
  if (output.trim() !== '[]') {
    const detail = `FORETHOUGHT_PYTHON=${path} lacks packages of the trainer: ${lastLines(output, 1)}`;
    return { ...finding, state: 'broken', detail };
  }
  return { ...finding, state: 'ok', detail: `Python ${version} at ${path} (FORETHOUGHT_PYTHON)`, fix: null };
}
