// Where the trainer's Python is and whether it is complete: read by the step that makes it and by everything that starts it.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileHash, inCache, pythonIn, trainerFolder } from './paths.mjs';

const runtimeLock = join(trainerFolder, 'requirements.lock');
const developmentLock = join(trainerFolder, 'requirements-dev.lock');

/** A lock file of Python packages, and the stamp that says that all of it is installed.
 * @typedef {{ lock: string, stamp: string, complete: boolean }} Layer */

/** @typedef {{ folder: string, python: string, runtime: Layer, development: Layer }} PythonEnvironment */

/**
 * The environment of the committed lock file. A changed lock means another folder, so two clones never disturb each other.
 * @returns {PythonEnvironment}
 */
export function pythonEnvironment() {
  const hash = fileHash(runtimeLock) ?? createHash('sha256').digest('hex');
  const folder = inCache(`python-${hash.slice(0, 12)}`);
  const python = pythonIn(folder);
  const layer = (/** @type {string} */ lock, /** @type {string} */ stampName) => {
    const stamp = join(folder, stampName);
    // existsSync follows the interpreter's link: a system Python that went away makes the environment incomplete.
    const complete = existsSync(python) && readStamp(stamp) === fileHash(lock);
    return { lock, stamp, complete };
  };
  return {
    folder,
    python,
    runtime: layer(runtimeLock, 'complete'),
    development: layer(developmentLock, 'complete-dev'),
  };
}

/** @param {string} path */
function readStamp(path) {
  return existsSync(path) ? readFileSync(path, 'utf8').trim() : '';
}

/** The interpreter that runs the trainer: FORETHOUGHT_PYTHON where it is set, else the one of the environment. */
export function trainerPython() {
  return process.env.FORETHOUGHT_PYTHON || pythonEnvironment().python;
}
