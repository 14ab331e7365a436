// What comes with Forethought and is in a lab only once somebody brings it in: the embedded model and its data sets. Used by tiny-loop.ts, and
// by create-core, which tells features the command for what they miss.
import { existsSync } from 'node:fs';
import { join, relative } from 'node:path';
import { forethoughtCommand } from '../contract/command-words.ts';
import { programFolder, resourcesFolder } from './places.ts';

export const tinyModelId = 'tiny-gemma2';

export const tinyFolder = join(resourcesFolder, 'models', 'tiny');

/** The data sets of the embedded model, and the folders that their splits lie in. */
const folders = { 'tiny-tasks': 'tasks', 'tiny-open': 'open' } as const;
export type ShippedDataset = keyof typeof folders;

export function shippedFile(dataset: ShippedDataset, name: string): string {
  return join(tinyFolder, folders[dataset], `${name}.jsonl`);
}

/** The command that adds a base; null for one that does not come with the program. */
export function addShippedBase(id: string, lab: string): string | null {
  return id === tinyModelId ? forethoughtCommand(['models', 'add', fromClone(tinyFolder)], lab) : null;
}

/** The command that imports what "tiny-tasks:train" names; null for what does not come with the program. */
export function importShipped(name: string, lab: string): string | null {
  const [dataset = '', split = ''] = name.split(':');
  if (!isShipped(dataset)) return null;
  const file = shippedFile(dataset, split);
  if (!existsSync(file)) return null;
  const words = ['datasets', 'import', fromClone(file), '--as', 'rows', '--split', split];
  return forethoughtCommand(words, lab);
}

function isShipped(dataset: string): dataset is ShippedDataset {
  return Object.hasOwn(folders, dataset);
}

/** `npx forethought` is run there. */
function fromClone(path: string): string {
  return relative(programFolder, path);
}
