// The catalog's history: numbered steps, strictly rising. A new step is a new file here and a data test of the same name.
import { firstTables } from './migrations/0001-first-tables.ts';
import { rowsByHash } from './migrations/0002-rows-by-hash.ts';
import { badLines } from './migrations/0003-bad-lines.ts';
import { ownSuites } from './migrations/0004-own-suites.ts';
import { runViews } from './migrations/0005-run-views.ts';
import { removedSuites } from './migrations/0006-removed-suites.ts';
import { demoCheckpoints } from './migrations/0007-demo-checkpoints.ts';
import { attempts } from './migrations/0008-attempts.ts';
import { rolloutSearch } from './migrations/0009-rollout-search.ts';

export interface Migration {
  readonly version: number;
  readonly name: string;
  readonly sql: string;
}

export const migrations: readonly Migration[] = [
  firstTables,
  rowsByHash,
  badLines,
  ownSuites,
  runViews,
  removedSuites,
  demoCheckpoints,
  attempts,
  rolloutSearch,
];

/** The version that this program reads and writes. */
export const catalogVersion = migrations.at(-1)?.version ?? 0;
