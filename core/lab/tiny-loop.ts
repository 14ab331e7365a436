// The embedded tiny model with its questions and open tasks: brought into a lab on demand, so that the demo can start anywhere.
import type { Source } from '../contract/datasets.ts';
import type { Model } from '../contract/models.ts';
import { type ShippedDataset, shippedFile, tinyFolder, tinyModelId } from './shipped.ts';

export interface TinyLoopDeps {
  models(): Promise<Model[]> | Model[];
  addModel(path: string): Promise<Model>;
  sources(): Promise<Source[]> | Source[];
  importRows(path: string, split: string): Promise<{ sourceId: string }>;
}

export interface TinyLoop {
  /** Ids of the base and of its pools, and the traces of its open tasks; imports what the lab lacks. */
  prepare(): Promise<{
    baseId: string;
    trainSourceId: string;
    traces: string;
    heldOut: { tasks: string; open: string };
  }>;
}

export function createTinyLoop(deps: TinyLoopDeps): TinyLoop {
  const source = async (dataset: ShippedDataset, split: string): Promise<string> => {
    const known = (await deps.sources()).find((s) => s.dataset === dataset && s.split === split);
    if (known) return known.id;
    return (await deps.importRows(shippedFile(dataset, split), split)).sourceId;
  };
  return {
    prepare: async () => {
      const known = (await deps.models()).find((m) => m.id === tinyModelId);
      const base = known ?? (await deps.addModel(tinyFolder));
      await source('tiny-tasks', 'validation'); // what the guard asks while it trains
      return {
        baseId: base.id,
        trainSourceId: await source('tiny-tasks', 'train'),
        traces: shippedFile('tiny-open', 'traces'),
        heldOut: {
          tasks: await source('tiny-tasks', 'held-out'),
          open: await source('tiny-open', 'held-out'),
        },
      };
    },
  };
}
