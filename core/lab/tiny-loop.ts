// The embedded tiny model and its question pools: brought into a lab on demand, so that the demo can start anywhere.
import { join } from 'node:path';
import type { Source } from '../contract/datasets.ts';
import type { Model } from '../contract/models.ts';

export const tinyModelId = 'tiny-gemma2';

export interface TinyLoopDeps {
  resourcesFolder: string;
  models(): Promise<Model[]> | Model[];
  addModel(path: string): Promise<Model>;
  sources(): Promise<Source[]> | Source[];
  importRows(path: string, split: string): Promise<{ sourceId: string }>;
}

export interface TinyLoop {
  /** Ids of the base and of its pools; imports what the lab lacks. */
  prepare(): Promise<{ baseId: string; trainSourceId: string; heldOutSourceId: string }>;
}

export function createTinyLoop(deps: TinyLoopDeps): TinyLoop {
  const folder = join(deps.resourcesFolder, 'models', 'tiny');
  const source = async (split: string): Promise<string> => {
    const known = (await deps.sources()).find((s) => s.dataset === 'tiny-tasks' && s.split === split);
    return known?.id ?? (await deps.importRows(join(folder, 'tasks', `${split}.jsonl`), split)).sourceId;
  };
  return {
    prepare: async () => {
      const known = (await deps.models()).find((m) => m.id === tinyModelId);
      const base = known ?? (await deps.addModel(folder));
      return {
        baseId: base.id,
        trainSourceId: await source('train'),
        heldOutSourceId: await source('held-out'),
      };
    },
  };
}
