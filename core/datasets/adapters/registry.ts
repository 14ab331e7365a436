// The adapters by name. A new data set is one file and one line here.
import type { Adapter } from '../../contract/datasets.ts';
import type { AdapterDefinition } from './adapter.ts';
import { ai2Arc } from './ai2-arc.ts';
import { gsm8k } from './gsm8k.ts';
import { rowsAdapter } from './rows.ts';

export const adapters: Readonly<Record<Adapter, AdapterDefinition>> = {
  gsm8k,
  ai2_arc: ai2Arc,
  rows: rowsAdapter,
};
