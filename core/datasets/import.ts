// Imports one file as one source. It becomes visible with its last row: a stop, a full disk or a killed process leaves nothing of it.
import { randomUUID } from 'node:crypto';
import { mkdirSync, rmSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { setImmediate as breathe } from 'node:timers/promises';
import { hashFile } from '../blobs/blobs.ts';
import type { Activities, Work } from '../catalog/activities.ts';
import type { Catalog } from '../catalog/catalog.ts';
import type { Adapter, ImportResult, Reject } from '../contract/datasets.ts';
import { CoreError } from '../contract/errors.ts';
import type { Row } from '../contract/row.ts';
import type { AdapterDefinition } from './adapters/adapter.ts';
import { adapters } from './adapters/registry.ts';
import { fetchHubFile, parseHubAddress, pinRevision } from './hub.ts';
import { lockedReason, lockedSplitInName } from './locked-splits.ts';
import { readJsonl } from './read-jsonl.ts';
import { readParquet } from './read-parquet.ts';
import { detectFormat, excerptOf, type FileItem, type RecordFile, unreadable } from './records.ts';
import { insertReject, insertRow } from './row-store.ts';
import { beginSource, endSource, removeSource } from './source-store.ts';

export interface ImportDeps {
  catalog: Catalog;
  activities: Activities;
  now: () => number;
  /** Base URL of the hub, for a mirror. */
  hubUrl?: string | undefined;
}

export interface ImportInput {
  from: string;
  adapter: Adapter;
  split: string;
  config?: string | undefined;
  revision?: string | undefined;
}

/** What is known of the file before its first record is read. */
interface Origin {
  path: string;
  name: string;
  revision: string | null;
  sha256: string;
}

interface Import {
  deps: ImportDeps;
  work: Work;
  signal: AbortSignal;
  definition: AdapterDefinition;
  config: string;
  split: string;
  origin: Origin;
  /** Key of the source in the catalog; null until the first row is read. */
  source: { rowid: number; id: string; dataset: string } | null;
  imported: number;
  rejected: number;
  /** The first ones, for the answer. */
  rejects: Reject[];
  /** Those met before there was a source to keep them with. */
  waiting: Reject[];
}

/** Rows go in for so long before the core answers others; the commit comes on top. */
const SLICE_MS = 12;
const SHOWN_REJECTS = 20;
/** So many lines in a row without one that fits: it is another kind of file, however long it is. */
const HOPELESS_REJECTS = 100_000;
const SPLIT = /^[A-Za-z0-9][\w.-]{0,59}$/;

/** Throws `bad-input`, `not-found`, `damaged`, `conflict`, `disk`, `cancelled` or `unavailable`; nothing was changed then. */
export async function importFile(
  deps: ImportDeps,
  input: ImportInput,
  caller?: AbortSignal,
): Promise<ImportResult> {
  const startedAt = performance.now();
  if (!SPLIT.test(input.split))
    throw new CoreError(
      'bad-input',
      `"${input.split}" is no name of a split. Use letters, digits, "-" and "_".`,
    );
  refuseOtherSplit(input);
  const definition = adapters[input.adapter];
  const config = chooseConfig(definition, input);
  const title = `Import ${basename(input.from)}`;
  const work = deps.activities.begin({
    kind: 'import',
    title,
    about: { feature: 'datasets', id: input.from },
  });
  const signal = caller ? AbortSignal.any([work.signal, caller]) : work.signal;
  let downloads: string | null = null;
  try {
    downloads = input.from.startsWith('hub:') ? makeDownloadFolder(deps.catalog) : null;
    const origin = await locate(deps, input, work, signal, downloads);
    const state: Import = {
      ...{ deps, work, signal, definition, config, split: input.split, origin },
      ...{ source: null, imported: 0, rejected: 0, rejects: [], waiting: [] },
    };
    await run(state);
    const { id, dataset } = state.source!;
    const locked = lockedReason(dataset, input.split);
    const ms = Math.round(performance.now() - startedAt);
    return {
      sourceId: id,
      imported: state.imported,
      rejected: state.rejected,
      rejects: state.rejects,
      locked,
      ms,
    };
  } finally {
    work.end();
    if (downloads) rmSync(downloads, { recursive: true, force: true });
  }
}

/** A slip that would open an evaluation split to training. */
function refuseOtherSplit({ from, split }: ImportInput): void {
  const file = basename(from);
  const named = lockedSplitInName(file);
  if (!/^train/i.test(split) || named === null) return;
  throw new CoreError(
    'bad-input',
    `The file's name, ${file}, says that it is the split "${named}", but --split says "${split}". Give --split ${named}, or rename the file if its name is wrong. Nothing was changed.`,
    { from, split },
  );
}

/** Files fetched from the hub lie here until they are imported. */
export function downloadsFolder(catalog: Catalog): string {
  return join(dirname(catalog.path), 'downloads');
}

function makeDownloadFolder(catalog: Catalog): string {
  const folder = join(downloadsFolder(catalog), randomUUID());
  mkdirSync(folder, { recursive: true });
  return folder;
}

/** The configuration that was named, or that the path names, or the source's default. */
function chooseConfig(definition: AdapterDefinition, input: ImportInput): string {
  const { configs, adapter } = definition;
  if (!configs) return input.config ?? 'all';
  const parts = input.config === undefined ? input.from.split(/[/\\]/).reverse() : [input.config];
  for (const part of parts) {
    const known = configs.find((config) => config.toLowerCase() === part.toLowerCase());
    if (known) return known;
  }
  if (input.config === undefined && definition.hasDefaultConfig) return configs[0]!;
  const said = input.config === undefined ? 'The path does not say which.' : `It has no "${input.config}".`;
  throw new CoreError(
    'bad-input',
    `${adapter} has the configurations ${configs.join(' and ')}. ${said} Give --config.`,
  );
}

async function locate(
  deps: ImportDeps,
  input: ImportInput,
  work: Work,
  signal: AbortSignal,
  downloads: string | null,
): Promise<Origin> {
  const hub = parseHubAddress(input.from);
  if (!hub || !downloads) {
    const path = resolve(input.from);
    work.phase('checking the file', null);
    const sha256 = await hashFile(path).then(
      (hashed) => hashed.sha256,
      (error: unknown) => Promise.reject(unreadable(path, error)),
    );
    return { path, name: basename(path), revision: input.revision ?? null, sha256 };
  }
  work.phase('asking the hub', null);
  const commit = await pinRevision(hub.dataset, input.revision, { hubUrl: deps.hubUrl, signal });
  const path = join(downloads, basename(hub.path));
  let total = -1;
  const onProgress = (done: number, size: number) => {
    if (total !== size) work.phase('downloading (bytes)', size);
    total = size;
    work.advance(done);
  };
  await fetchHubFile(hub, commit, path, { hubUrl: deps.hubUrl, signal, onProgress });
  const { sha256 } = await hashFile(path);
  return { path, name: `hub:${hub.dataset}/${hub.path}@${commit}`, revision: commit, sha256 };
}

async function run(state: Import): Promise<void> {
  const { deps, work } = state;
  try {
    const file = await openFile(state);
    work.phase('reading rows', file.total);
    let index = 0;
    for await (const batch of file.batches()) {
      for (let at = 0; at < batch.length; ) {
        if (state.signal.aborted) throw stopped(state);
        const until = performance.now() + SLICE_MS;
        deps.catalog.transaction(() => {
          do take(state, batch[at++]!, index++);
          while (at < batch.length && performance.now() < until);
        });
        work.advance(state.imported + state.rejected);
        if (!state.source && state.rejected >= HOPELESS_REJECTS) throw nothingRead(state);
        await breathe();
      }
    }
    if (state.signal.aborted) throw stopped(state);
    if (!state.source) throw nothingRead(state);
    endSource(deps.catalog, state.source.rowid, {
      rows: state.imported,
      rejects: state.rejected,
      now: deps.now(),
    });
  } catch (error) {
    // What cannot be removed now, on a full disk, stays unseen and goes at the next start.
    if (state.source) await removeSource(deps.catalog, state.source.rowid).catch(() => {});
    throw error;
  }
}

async function openFile({ origin, definition }: Import): Promise<RecordFile> {
  const format = await detectFormat(origin.path);
  return format === 'parquet' ? readParquet(origin.path, definition.columns) : readJsonl(origin.path);
}

function take(state: Import, item: FileItem, index: number): void {
  const reject = 'reason' in item ? item : takeRecord(state, item, index);
  if (!reject) {
    state.imported++;
    return;
  }
  state.rejected++;
  state.work.fail();
  if (state.rejects.length < SHOWN_REJECTS) state.rejects.push(reject);
  if (state.source) insertReject(state.deps.catalog, state.source.rowid, reject);
  else state.waiting.push(reject);
}

function takeRecord(
  state: Import,
  item: Extract<FileItem, { record: unknown }>,
  index: number,
): Reject | null {
  const { config, split, origin } = state;
  const adapted = state.definition.adapt(item.record, { config, split, revision: origin.revision, index });
  const reason = 'reason' in adapted ? adapted.reason : store(state, adapted.row);
  return reason === null
    ? null
    : { line: item.line, reason, excerpt: excerptOf(JSON.stringify(item.record)) };
}

/** The reason why a good row still cannot be kept, or null when it was. */
function store(state: Import, row: Row): string | null {
  const { catalog } = state.deps;
  state.source ??= begin(state, row);
  if (row.source.dataset !== state.source.dataset)
    return `the row is of the data set "${row.source.dataset}", this source of "${state.source.dataset}"`;
  if (!insertRow(catalog, state.source.rowid, row))
    return `a row with the id "${row.id}" is in this lab already`;
  return null;
}

function begin(state: Import, first: Row): NonNullable<Import['source']> {
  const { deps, definition, config, split, origin } = state;
  const { dataset, licence } = first.source;
  const id = sourceId(state, dataset);
  const rowid = beginSource(deps.catalog, {
    ...{ id, dataset, config, split, licence, adapter: definition.adapter },
    ...{ revision: origin.revision ?? first.source.revision, origin: origin.name, sha256: origin.sha256 },
    locked: lockedReason(dataset, split),
  });
  for (const reject of state.waiting.splice(0)) insertReject(deps.catalog, rowid, reject);
  return { rowid, id, dataset };
}

function sourceId({ config, split }: Import, dataset: string): string {
  return `${dataset}:${config}:${split}`;
}

function stopped({ origin }: Import): CoreError {
  return new CoreError('cancelled', `The import of ${origin.name} was stopped. Nothing of it was kept.`);
}

function nothingRead({ origin, definition, rejected, rejects }: Import): CoreError {
  const first = rejects[0];
  const why = first
    ? `None of its ${rejected >= HOPELESS_REJECTS ? 'first ' : ''}${rejected} ${rejected === 1 ? 'line is' : 'lines is'} a row. The first, line ${first.line}: ${first.reason}.`
    : 'It holds no records.';
  return new CoreError(
    'bad-input',
    `${origin.path} could not be imported as ${definition.adapter}. ${why} Nothing was changed.`,
    { rejected, rejects },
  );
}
