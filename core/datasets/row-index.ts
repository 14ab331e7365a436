// Finds rows by filter among hundreds of thousands within a frame or two: which group (source, domain, answer type) each row
// is of lies in memory, four bytes a row; words are found by the catalog's full-text index. Rebuilt after an import.
import { setImmediate as breathe } from 'node:timers/promises';
import { z } from 'zod';
import type { Catalog } from '../catalog/catalog.ts';
import { toFtsQuery } from '../catalog/fts-query.ts';
import { sql } from '../catalog/sql.ts';
import type { RowFilter } from '../contract/datasets.ts';
import { type AnswerType, AnswerType as AnswerTypeSchema } from '../contract/row.ts';
import { isVisible } from './source-store.ts';

export interface Counts {
  source: Count[];
  split: Count[];
  domain: Count[];
  answerType: Count[];
}
type Count = { value: string; count: number };

export interface RowIndex {
  /** Keys of the rows that match, rising. The same array for the same filter until the next change. */
  matching(filter: RowFilter): Promise<Uint32Array>;
  /** Rows by source, split, domain and answer type; each under the filter without its own field, so that a choice can be changed. */
  facets(filter: RowFilter): Promise<Counts>;
  /** To be called when rows came or went. */
  forget(): void;
}

interface Group {
  rowid: number;
  source: string;
  split: string;
  domain: string;
  answerType: AnswerType;
  count: number;
}

interface Loaded {
  groups: Group[];
  /** By key of a row: 1 + its place in `groups`, or 0. */
  groupOf: Uint32Array;
  all: Uint32Array;
  /** Results of the last filters and searches, the last used last. */
  kept: Map<string, Uint32Array>;
}

const GroupRecord = z.object({
  rowid: z.int(),
  source: z.string(),
  split: z.string(),
  domain: z.string(),
  answerType: AnswerTypeSchema,
  count: z.int(),
});

const KEPT = 12;

export function createRowIndex(catalog: Catalog): RowIndex {
  let loading: Promise<Loaded> | null = null;
  const current = () => {
    // A reading that failed is no index: the next question reads again.
    loading ??= load(catalog).catch((error: unknown) => {
      loading = null;
      throw error;
    });
    return loading;
  };
  return {
    matching: async (filter) => {
      const loaded = await current();
      return remember(
        loaded,
        JSON.stringify(filter, ['sourceId', 'split', 'domain', 'answerType', 'search']),
        () => {
          const { groups, groupOf } = loaded;
          const wanted = groups.map((group) => fits(group, filter));
          const candidates = found(catalog, loaded, filter.search);
          return wanted.every(Boolean)
            ? candidates
            : candidates.filter((rowid) => wanted[groupOf[rowid]! - 1]);
        },
      );
    },
    facets: async (filter) => {
      const loaded = await current();
      const { groups, groupOf, all } = loaded;
      const candidates = found(catalog, loaded, filter.search);
      const counts = groups.map((group) => group.count);
      if (candidates !== all) {
        counts.fill(0);
        for (const rowid of candidates) counts[groupOf[rowid]! - 1]! += 1;
      }
      return countFacets(groups, counts, filter);
    },
    forget: () => {
      loading = null;
    },
  };
}

function remember({ kept }: Loaded, key: string, make: () => Uint32Array): Uint32Array {
  const result = kept.get(key) ?? make();
  kept.delete(key);
  kept.set(key, result);
  if (kept.size > KEPT) kept.delete(kept.keys().next().value!);
  return result;
}

function found(catalog: Catalog, loaded: Loaded, search: string | undefined): Uint32Array {
  const query = toFtsQuery(search ?? '');
  if (query === null) return loaded.all;
  return remember(loaded, `words ${query}`, () => searchText(catalog, query, loaded));
}

/** Tens of milliseconds for 200,000 rows, so the core answers others between its parts. */
async function load(catalog: Catalog): Promise<Loaded> {
  const groups = catalog.all(
    GroupRecord,
    sql`SELECT s.rowid, s.id AS source, s.split, r.domain, r.answer_type AS answerType, count(*) AS count
      FROM rows r JOIN sources s ON s.rowid = r.source WHERE s.${isVisible} GROUP BY r.source, r.domain, r.answer_type`,
  );
  const highest = (catalog.column(sql`SELECT max(rowid) FROM rows`)[0] as number | null) ?? 0;
  const groupOf = new Uint32Array(highest + 1);
  for (const [i, group] of groups.entries()) {
    await breathe();
    const { rowid, domain, answerType } = group;
    const members = catalog.column(
      sql`SELECT rowid FROM rows WHERE source = ${rowid} AND domain = ${domain} AND answer_type = ${answerType}`,
    ) as number[];
    group.count = 0;
    // Rows that came since the groups were counted belong to the next index.
    for (const member of members)
      if (member <= highest) {
        groupOf[member] = i + 1;
        group.count += 1;
      }
  }
  await breathe();
  const all = new Uint32Array(groups.reduce((sum, group) => sum + group.count, 0));
  let at = 0;
  for (let rowid = 0; rowid <= highest; rowid++) if (groupOf[rowid]! > 0) all[at++] = rowid;
  return { groups, groupOf, all, kept: new Map() };
}

function fits(group: Group, filter: RowFilter): boolean {
  return (
    (filter.sourceId === undefined || filter.sourceId === group.source) &&
    (filter.split === undefined || filter.split === group.split) &&
    (filter.domain === undefined || filter.domain === group.domain) &&
    (filter.answerType === undefined || filter.answerType === group.answerType)
  );
}

function searchText(catalog: Catalog, query: string, { groupOf }: Loaded): Uint32Array {
  const rowids = catalog.column(
    sql`SELECT rowid FROM rows_text WHERE rows_text MATCH ${query} ORDER BY rowid`,
  ) as number[];
  // Rows of an unfinished import are in the text index too.
  return Uint32Array.from(rowids.filter((rowid) => (groupOf[rowid] ?? 0) > 0));
}

function countFacets(groups: Group[], counts: number[], filter: RowFilter): Counts {
  const facet = (field: 'source' | 'split' | 'domain' | 'answerType', own: keyof RowFilter): Count[] => {
    const others = { ...filter };
    delete others[own];
    const sums = new Map<string, number>();
    groups.forEach((group, i) => {
      if (counts[i]! > 0 && fits(group, others))
        sums.set(group[field], (sums.get(group[field]) ?? 0) + counts[i]!);
    });
    return [...sums]
      .map(([value, count]) => ({ value, count }))
      .sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1));
  };
  return {
    source: facet('source', 'sourceId'),
    split: facet('split', 'split'),
    domain: facet('domain', 'domain'),
    answerType: facet('answerType', 'answerType'),
  };
}
