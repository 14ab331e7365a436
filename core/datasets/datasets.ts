// The datasets feature: sources of questions and their rows. Made by create-core, which also hands its services to jobs and evals.
import { rmSync } from 'node:fs';
import type { Blobs } from '../blobs/blobs.ts';
import type { Activities } from '../catalog/activities.ts';
import type { Catalog } from '../catalog/catalog.ts';
import type { Changes } from '../catalog/changes.ts';
import type { Source } from '../contract/datasets.ts';
import type { Handlers } from '../contract/handlers.ts';
import type { PromptTemplate } from '../contract/reward.ts';
import type { Row } from '../contract/row.ts';
import { type Frozen, freezeRows, type Keep, promptOf, seededOrder } from './freeze.ts';
import { downloadsFolder, importFile } from './import.ts';
import { createRowIndex } from './row-index.ts';
import {
  idsOfSource,
  type RowKindCount,
  rejectsOf,
  rowById,
  rowKinds,
  sharedRows,
  sourceOfRow,
  summaries,
} from './row-store.ts';
import {
  hideSource,
  listSources,
  removeSource,
  resolveSource,
  type StoredSource,
  unfinishedSources,
} from './source-store.ts';
import { fileFacts, freezeTexts, readTexts, type TextFile, type TextKind } from './texts.ts';

export interface DatasetsDeps {
  catalog: Catalog;
  blobs: Blobs;
  changes: Changes;
  activities: Activities;
  now: () => number;
  /** Throws `not-found` for an unknown template. */
  template(id: string): PromptTemplate;
  /** The command that imports a source which comes with the program; null for any other. */
  importShipped?: ((name: string) => string | null) | undefined;
  /** Base URL of the hub, for a mirror; else HF_ENDPOINT, else the public hub. */
  hubUrl?: string | undefined;
}

/** So many rows are set aside, the same whatever a seed says: them, or the others. */
export interface Aside {
  rows: number;
  part: 'aside' | 'rest';
}

/** What other features may ask, through create-core. */
export interface DatasetsService {
  /** Throws `not-found`. */
  rowById(id: string): Row;
  /** By id, data set, `dataset:split` or `dataset:config:split`. Throws `not-found`, or `bad-input` when several fit. */
  resolveSource(text: string): Source;
  /** Ids of a source's rows in the order of a seed; all of them, or the first `limit`. */
  rowIds(sourceId: string, options?: { limit?: number | undefined; seed?: number }): Promise<string[]>;
  /** Rows of sources with prompts as one content-addressed file. Throws `conflict` for training on a locked source. */
  freeze(what: {
    sourceIds: readonly string[];
    template: string;
    purpose: 'train' | 'examine';
    limit?: number | undefined;
    aside?: Aside | undefined;
    keep?: Keep | undefined;
  }): Promise<Frozen>;
  /** The same of a file of completions, or of preferences. */
  freezeTexts(what: {
    file: TextFile;
    kind: TextKind;
    template: string;
    aside?: Aside | undefined;
    keep?: Keep | undefined;
  }): Promise<Frozen>;
  /** How many lines of each data set a file of texts holds; nothing is frozen. Throws as `freezeTexts` does. */
  countTexts(file: TextFile, kind: TextKind): Promise<Record<string, number>>;
  /** How many rows of one source are in the others too, by content. */
  sharedRows(sourceId: string, others: readonly string[]): number;
  /** The kinds of rows of a source, and how many there are of each. */
  rowKinds(sourceId: string): RowKindCount[];
  /** Prompts of at most so many rows of the sources, a seeded choice, as a run would see them. */
  somePrompts(sourceIds: readonly string[], template: string, most: number): Promise<string[]>;
}

/** The handlers of the contract; the quick ones answer at once. */
type DatasetsHandlers = {
  [V in keyof Handlers['datasets']]: (
    ...call: Parameters<Handlers['datasets'][V]>
  ) => V extends 'import' | 'remove' | 'rows' | 'facets'
    ? Promise<Awaited<ReturnType<Handlers['datasets'][V]>>>
    : Awaited<ReturnType<Handlers['datasets'][V]>>;
};

export function createDatasets(deps: DatasetsDeps): DatasetsHandlers & DatasetsService {
  const { catalog } = deps;
  const sourceNamed = (text: string): StoredSource =>
    resolveSource(catalog, text, (name) => deps.importShipped?.(name) ?? null);
  const index = createRowIndex(catalog);
  const swept = sweep(catalog);
  const hubUrl = deps.hubUrl ?? process.env.HF_ENDPOINT;
  const counted = new Map<string, Record<string, number>>();
  const countTexts = async (file: TextFile, kind: TextKind): Promise<Record<string, number>> => {
    const { bytes, changedAt } = await fileFacts(file.path);
    const key = JSON.stringify([file.path, kind, bytes, changedAt]);
    const known = counted.get(key);
    if (known) return known;
    const found: Record<string, number> = {};
    for (const { row } of await readTexts(catalog, file, kind))
      found[row.source.dataset] = (found[row.source.dataset] ?? 0) + 1;
    counted.set(key, found);
    return found;
  };
  return {
    list: () => listSources(catalog).map(publicSource),
    import: async (input, { signal }) => {
      await swept;
      const result = await importFile({ ...deps, hubUrl }, input, signal);
      index.forget();
      deps.changes.announce('datasets', 'lab');
      return result;
    },
    remove: async ({ sourceId }) => {
      const source = sourceNamed(sourceId);
      hideSource(catalog, source);
      index.forget();
      deps.changes.announce('datasets', 'lab');
      await removeSource(catalog, source.rowid);
      return { sourceId: source.id, rows: source.rowCount };
    },
    rows: async ({ offset, limit, ...filter }) => {
      const matching = await index.matching(filter);
      const rows = summaries(catalog, [...matching.subarray(offset, offset + limit)]);
      return { rows, total: matching.length, offset };
    },
    facets: (filter) => index.facets(filter),
    row: ({ id, template }) => {
      const row = rowById(catalog, id);
      return {
        row,
        sourceId: sourceOfRow(catalog, id),
        prompt: promptOf(deps.template(template), row),
        template,
      };
    },
    rejects: ({ sourceId, offset, limit }) => {
      const source = sourceNamed(sourceId);
      return { rejects: rejectsOf(catalog, source.rowid, { offset, limit }), total: source.rejectCount };
    },
    rowById: (id) => rowById(catalog, id),
    resolveSource: (text) => publicSource(sourceNamed(text)),
    rowIds: (sourceId, { limit, seed = 1 } = {}) =>
      seededOrder(idsOfSource(catalog, sourceNamed(sourceId).rowid), seed, limit),
    freeze: async ({ sourceIds, template, ...what }) =>
      freezeRows(deps, {
        ...what,
        sources: sourceIds.map((id) => sourceNamed(id)),
        template: deps.template(template),
      }),
    freezeTexts: async ({ template, ...what }) =>
      freezeTexts(deps, { ...what, template: deps.template(template) }),
    countTexts,
    sharedRows: (sourceId, others) =>
      sharedRows(
        catalog,
        sourceNamed(sourceId).rowid,
        others.map((id) => sourceNamed(id).rowid),
      ),
    rowKinds: (sourceId) => rowKinds(catalog, sourceNamed(sourceId).rowid),
    somePrompts: async (sourceIds, template, most) => {
      const ids = sourceIds.flatMap((id) => idsOfSource(catalog, sourceNamed(id).rowid));
      const chosen = await seededOrder(ids, 'prompts', most);
      return chosen.map((id) => promptOf(deps.template(template), rowById(catalog, id)));
    },
  };
}

function publicSource({ rowid: _, ...source }: StoredSource): Source {
  return source;
}

/** Removes what a killed process left of its imports. Nobody sees it meanwhile; on a full disk it waits for the next start. */
async function sweep(catalog: Catalog): Promise<void> {
  try {
    rmSync(downloadsFolder(catalog), { recursive: true, force: true });
    for (const rowid of unfinishedSources(catalog)) await removeSource(catalog, rowid);
  } catch {
    // stays unseen; an import that needs the place says so itself
  }
}
