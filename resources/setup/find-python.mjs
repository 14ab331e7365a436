// Finds the Python that can carry the trainer: 3.11 or newer with venv and ensurepip. Used by the Python step and the system packages.
import { capture } from './processes.mjs';

/** The trainer's pinned packages are published for these. */
const oldest = [3, 11];
const newest = [3, 14];
const names =
  process.platform === 'win32'
    ? ['python', 'python3']
    : ['python3', 'python3.13', 'python3.12', 'python3.11', 'python3.14'];

const probe = `
import json, sys
def has(name):
    try:
        __import__(name)
        return True
    except Exception:
        return False
print(json.dumps({"version": list(sys.version_info[:3]), "path": sys.executable, "venv": has("venv") and has("ensurepip")}))
`;

/** @typedef {{ path: string, version: number[], venv: boolean }} Python */
/** `packagesWouldHelp`: installing the distribution's python3 and python3-venv could change the answer.
 * @typedef {{ usable: Python | null, seen: Python[], packagesWouldHelp: boolean }} Search */

/** @returns {Promise<Search>} */
export async function findPython() {
  const seen = [];
  for (const name of names) {
    const python = await ask(name);
    if (python === null) continue;
    if (isNewEnough(python) && python.venv)
      return { usable: python, seen: [python], packagesWouldHelp: false };
    seen.push(python);
  }
  const packagesWouldHelp = seen.length === 0 || seen.some((python) => isNewEnough(python) && !python.venv);
  return { usable: null, seen, packagesWouldHelp };
}

/** @param {string} name @returns {Promise<Python | null>} */
export async function ask(name) {
  const { code, output } = await capture(name, ['-c', probe], { timeoutMs: 20_000 });
  if (code !== 0) return null;
  try {
    return JSON.parse(output.trim().split('\n').at(-1) ?? '');
  } catch {
    return null;
  }
}

/** @param {Python} python */
export function isNewEnough(python) {
  return atLeast(python.version, oldest) && !atLeast(python.version, [newest[0] ?? 3, (newest[1] ?? 14) + 1]);
}

/**
 * One sentence on why none of them will do.
 * @param {Python[]} seen
 */
export function whyUnusable(seen) {
  if (seen.length === 0) return 'No Python was found on the PATH.';
  const without = seen.find((python) => isNewEnough(python));
  if (without) {
    return `Python ${without.version.join('.')} (${without.path}) cannot make environments: its venv or ensurepip module is missing.`;
  }
  const list = seen.map((python) => `Python ${python.version.join('.')} (${python.path})`).join(', ');
  return `Found only ${list}; the trainer needs Python ${oldest.join('.')} to ${newest.join('.')}.`;
}

/** @param {number[]} version @param {number[]} limit */
function atLeast(version, limit) {
  for (let index = 0; index < limit.length; index++) {
    const difference = (version[index] ?? 0) - (limit[index] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return true;
}
