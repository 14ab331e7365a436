// Where things lie: the lab's folder and the program's own files. Used by create-core and the commands that come with it.
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

export interface LabPlaces {
  folder: string;
  catalog: string;
  blobs: string;
  /** Base models under their own file names, as a trainer wants them. */
  models: string;
  logs: string;
  reports: string;
}

export function labPlaces(folder: string): LabPlaces {
  return {
    folder,
    catalog: join(folder, 'catalog.db'),
    blobs: join(folder, 'blobs'),
    models: join(folder, 'models'),
    logs: join(folder, 'logs'),
    reports: join(folder, 'reports'),
  };
}

/** `--lab`, else FORETHOUGHT_LAB, else the user's data folder. */
export function labFolder(given: string | undefined, env: NodeJS.ProcessEnv = process.env): string {
  if (given) return resolve(given);
  if (env.FORETHOUGHT_LAB) return resolve(env.FORETHOUGHT_LAB);
  return join(dataFolder(env), 'forethought', 'lab');
}

function dataFolder(env: NodeJS.ProcessEnv): string {
  if (env.XDG_DATA_HOME) return env.XDG_DATA_HOME;
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Application Support');
  if (process.platform === 'win32') return env.APPDATA ?? join(homedir(), 'AppData', 'Roaming');
  return join(homedir(), '.local', 'share');
}

/** The program's own files, beside core/. */
export const programFolder = resolve(import.meta.dirname, '..', '..');
export const resourcesFolder = join(programFolder, 'resources');
/** The recorded sample and the embedded model whose files it shares. */
export const samplePlaces = {
  sample: join(resourcesFolder, 'sample-lab'),
  base: join(resourcesFolder, 'models', 'tiny'),
};
export const rewardBundle = join(programFolder, 'dist', 'reward-server.js');
