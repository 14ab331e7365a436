// Finds the Python that runs the trainer and says plainly what is wrong when there is none. Asked before every launch and by `hosts list`.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** Why there is no trainer here: no Python at all, only an old one, packages not (wholly) installed, or the named one does not start. */
export type TrainerGap = 'no-python' | 'too-old' | 'not-installed' | 'incomplete' | 'broken';

export type TrainerPython =
  | {
      ready: true;
      python: string;
      version: string;
      /** Of the lock file that its packages were installed from; null for an interpreter that a person named. */
      lockSha256: string | null;
      detail: string;
      fix: null;
    }
  | { ready: false; gap: TrainerGap; detail: string; fix: string };

export interface PythonPlaces {
  /** The folder with requirements.lock. */
  trainerFolder: string;
  env?: Readonly<Record<string, string | undefined>>;
}

const oldest: readonly [number, number] = [3, 11];
const newest: readonly [number, number] = [3, 14];
const packages = ['jax', 'flax', 'tunix', 'qwix'];

/** What a person does next, from where the program stands: in its repository, or in a package, which has no setup. */
interface NextSteps {
  /** `python` is one that is new enough. */
  install(python?: string): string;
  installPython: string;
  /** The lock file, to be named. */
  lockPath: string;
}

function nextSteps(places: PythonPlaces, folder: string, lock: string): NextSteps {
  const lockPath = join(places.trainerFolder, 'requirements.lock');
  const isInRepository = existsSync(join(places.trainerFolder, '..', 'setup', 'setup.mjs'));
  const line = (python: string) =>
    `${python} -m venv --clear "${folder}" && "${pythonIn(folder)}" -m pip install --no-deps --require-hashes -r "${lockPath}" && echo ${lock}> "${join(folder, 'complete')}"`;
  const install = (python = 'python3') =>
    isInRepository
      ? 'Run `npm start` or `node resources/setup/setup.mjs` in the folder of Forethought: it installs the trainer.'
      : `Run this line in a terminal; it installs the trainer (about 900 MB): ${line(python)}`;
  const installPython = `Install Python ${oldest.join('.')} or newer with its venv module (Debian, Ubuntu: sudo apt-get install python3 python3-venv). ${install()}`;
  return { install, installPython, lockPath };
}

/**
 * FORETHOUGHT_PYTHON where it is set, else the environment that the setup makes for the committed lock file.
 * Starts the interpreter once to see that it answers; imports nothing heavy.
 */
export async function findTrainerPython(places: PythonPlaces): Promise<TrainerPython> {
  const env = places.env ?? process.env;
  const named = env['FORETHOUGHT_PYTHON'];
  const lock = await lockHash(places.trainerFolder);
  const folder = join(cacheFolder(env), `python-${lock.slice(0, 12)}`);
  const next = nextSteps(places, folder, lock);
  if (named) return await lookAtNamed(named, next);
  const python = pythonIn(folder);
  if (!existsSync(python)) return await whyNotInstalled(env, next);
  const stamp = await readFile(join(folder, 'complete'), 'utf8').catch(() => '');
  if (stamp.trim() !== lock)
    return {
      ready: false,
      gap: 'incomplete',
      detail: `The trainer's Python environment ${folder} was not installed to its end.`,
      fix: next.install(),
    };
  const found = await ask(python);
  if (found === null)
    return {
      ready: false,
      gap: 'broken',
      detail: `The trainer's Python ${python} does not start; the Python it was made from may have been removed.`,
      fix: next.install(),
    };
  return {
    ready: true,
    python,
    version: found.version,
    lockSha256: lock,
    detail: `Python ${found.version} at ${python}`,
    fix: null,
  };
}

/** Caches of this user: the trainer's environments and the compiler's cache. */
export function cacheFolder(env: Readonly<Record<string, string | undefined>> = process.env): string {
  return join(env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'forethought');
}

async function lookAtNamed(named: string, next: NextSteps): Promise<TrainerPython> {
  const fix = `Set FORETHOUGHT_PYTHON to a Python ${oldest.join('.')} or newer that has the packages of ${next.lockPath}, or unset it. ${next.install()}`;
  const found = await ask(named);
  if (found === null)
    return {
      ready: false,
      gap: 'broken',
      detail: `FORETHOUGHT_PYTHON=${named} does not start as Python.`,
      fix,
    };
  if (!isFit(found.numbers))
    return {
      ready: false,
      gap: 'too-old',
      detail: `FORETHOUGHT_PYTHON=${named} is Python ${found.version}; the trainer needs ${range()}.`,
      fix,
    };
  if (found.lacks.length > 0)
    return {
      ready: false,
      gap: 'not-installed',
      detail: `FORETHOUGHT_PYTHON=${named} (Python ${found.version}) lacks packages of the trainer: ${found.lacks.join(', ')}.`,
      fix,
    };
  return {
    ready: true,
    python: named,
    version: found.version,
    lockSha256: null,
    detail: `Python ${found.version} at ${named} (FORETHOUGHT_PYTHON)`,
    fix: null,
  };
}

/** No environment: is it only not installed, or is there no Python that could carry it? */
async function whyNotInstalled(
  env: Readonly<Record<string, string | undefined>>,
  next: NextSteps,
): Promise<TrainerPython> {
  const seen: Answer[] = [];
  for (const name of ['python3', 'python3.13', 'python3.12', 'python3.11', 'python3.14', 'python']) {
    const found = await ask(name, env);
    if (found !== null && isFit(found.numbers))
      return {
        ready: false,
        gap: 'not-installed',
        detail: `The trainer is not installed yet (Python ${found.version} is there to carry it).`,
        fix: next.install(name),
      };
    if (found !== null) seen.push(found);
  }
  const old = seen[0];
  if (old === undefined)
    return {
      ready: false,
      gap: 'no-python',
      detail: 'There is no Python on this machine (none on the PATH).',
      fix: next.installPython,
    };
  return {
    ready: false,
    gap: 'too-old',
    detail: `The only Python on this machine is ${old.version}; the trainer needs ${range()}.`,
    fix: next.installPython,
  };
}

interface Answer {
  version: string;
  numbers: [number, number];
  lacks: string[];
}

const probe = `
import json, sys
try:
    from importlib.util import find_spec
    lacks = [name for name in ${JSON.stringify(packages)} if find_spec(name) is None]
except Exception:
    lacks = []
print(json.dumps({"version": list(sys.version_info[:3]), "lacks": lacks}))
`;

function ask(
  python: string,
  env: Readonly<Record<string, string | undefined>> = process.env,
): Promise<Answer | null> {
  return new Promise((resolve) => {
    execFile(python, ['-c', probe], { timeout: 20_000, env: { ...env } }, (error, stdout) => {
      if (error) return resolve(null);
      try {
        const { version, lacks } = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as {
          version: [number, number, number];
          lacks: string[];
        };
        resolve({ version: version.join('.'), numbers: [version[0], version[1]], lacks });
      } catch {
        resolve(null);
      }
    });
  });
}

function isFit([major, minor]: [number, number]): boolean {
  return major === oldest[0] && minor >= oldest[1] && minor <= newest[1];
}

function range(): string {
  return `Python ${oldest.join('.')} to ${newest.join('.')}`;
}

async function lockHash(trainerFolder: string): Promise<string> {
  const bytes = await readFile(join(trainerFolder, 'requirements.lock')).catch(() => Buffer.alloc(0));
  return createHash('sha256').update(bytes).digest('hex');
}

function pythonIn(folder: string): string {
  return process.platform === 'win32' ? join(folder, 'Scripts', 'python.exe') : join(folder, 'bin', 'python');
}
