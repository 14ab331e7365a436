// Which rollouts of a run a filter lets through and in which order, as row ids: a list that is made once and then cut into pages. It is read
// from indexes alone (migration 9), but for the few of one question, whose rows are looked at; words are found by the full-text index: some
// tens of milliseconds for a hundred thousand.
import type { Catalog } from '../catalog/catalog.ts';
import { toFtsQuery } from '../catalog/fts-query.ts';
import { allOf, type Sql, sql } from '../catalog/sql.ts';
import type { Verdict } from '../contract/reward.ts';

export interface RolloutFilter {
  id: string;
  verdict?: Verdict | undefined;
  step?: number | undefined;
  rowId?: string | undefined;
  minTotal?: number | undefined;
  search?: string | undefined;
  order: 'newest' | 'suspicious';
}

/** Each is the order of an index, so that nothing is sorted. */
export const orders: Readonly<Record<RolloutFilter['order'], Sql>> = {
  newest: sql`step DESC, group_index, sample`,
  suspicious: sql`total DESC, step DESC, group_index, sample`,
};

/** What earned much and was not right is where a reward may be cheated: `NOT_RIGHT` as the index has it, word for word. */
const notRight = sql`verdict IN ('wrong', 'ambiguous', 'unparsable')`;

/** The last few lists by catalog: a person scrolls in one, and types on in a search. */
const kept = new WeakMap<Catalog, Map<string, readonly number[]>>();
const KEPT = 6;

/** Row ids in the filter's order; made once for as long as the run tells of no other rollouts. */
export function rolloutList(catalog: Catalog, filter: RolloutFilter): readonly number[] {
  const search = (filter.search ?? '').trim();
  const { id, verdict, step, rowId, minTotal, order } = filter;
  const key = JSON.stringify([told(catalog, id), id, verdict, step, rowId, minTotal, order]);
  const all = remembered(catalog, key, () => ordered(catalog, filter));
  if (search === '') return all;
  const words = toFtsQuery(search);
  return remembered(catalog, `${key} ${words ?? search}`, () =>
    those(all, words === null ? withSigns(catalog, id, search) : withWords(catalog, all, words)),
  );
}

/**
 * Changes with the run's rollouts, and with nothing else that a run tells of every few seconds: they come by lines of their own, and go with
 * all later steps when a process goes over a step again.
 */
function told(catalog: Catalog, id: string): unknown[] {
  return [
    ...catalog.column(sql`SELECT MAX(seq) FROM job_events WHERE job = ${id} AND kind = 'rollouts'`),
    ...catalog.column(sql`SELECT MAX(step) FROM rollouts WHERE job = ${id}`),
  ];
}

function remembered(catalog: Catalog, key: string, make: () => readonly number[]): readonly number[] {
  const lists = kept.get(catalog) ?? new Map<string, readonly number[]>();
  kept.set(catalog, lists);
  const list = lists.get(key) ?? make();
  lists.delete(key);
  lists.set(key, list);
  if (lists.size > KEPT) lists.delete(lists.keys().next().value!);
  return list;
}

function ordered(catalog: Catalog, filter: RolloutFilter): readonly number[] {
  const conditions = [sql`job = ${filter.id}`];
  if (filter.order === 'suspicious') conditions.push(notRight);
  if (filter.verdict) conditions.push(sql`verdict = ${filter.verdict}`);
  if (filter.step !== undefined) conditions.push(sql`step = ${filter.step}`);
  if (filter.rowId !== undefined) conditions.push(sql`row_id = ${filter.rowId}`);
  if (filter.minTotal !== undefined) conditions.push(sql`total >= ${filter.minTotal}`);
  return catalog.column(
    sql`SELECT rowid FROM rollouts WHERE ${allOf(conditions)} ORDER BY ${orders[filter.order]}`,
  ) as number[];
}

/** The index knows the rollouts of all runs, so it is asked between the first and the last of these only. */
function withWords(catalog: Catalog, list: readonly number[], words: string): number[] {
  if (list.length === 0) return [];
  let [lowest, highest] = [Number.POSITIVE_INFINITY, 0];
  for (const rowid of list) {
    if (rowid < lowest) lowest = rowid;
    if (rowid > highest) highest = rowid;
  }
  return catalog.column(
    sql`SELECT rowid FROM rollouts_text WHERE rollouts_text MATCH ${words} AND rowid BETWEEN ${lowest} AND ${highest}`,
  ) as number[];
}

/** Signs without a word, as "####" or "<<", are in no index: the texts themselves are read for each of them. */
function withSigns(catalog: Catalog, id: string, signs: string): number[] {
  const all = signs
    .split(/\s+/)
    .map((each) => sql`instr(prompt, ${each}) > 0 OR instr(completion, ${each}) > 0`);
  return catalog.column(sql`SELECT rowid FROM rollouts WHERE job = ${id} AND ${allOf(all)}`) as number[];
}

/** In the order of the list. */
function those(list: readonly number[], found: readonly number[]): number[] {
  const holds = new Set(found);
  return list.filter((rowid) => holds.has(rowid));
}
