// A stored set of completions, read piece by piece: those of an evaluation, the rollouts of a run, a JSONL file. Used by
// try-on-set.ts.
import { createReadStream, statSync } from 'node:fs';
import { basename } from 'node:path';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import type { Catalog } from '../catalog/catalog.ts';
import { listOf, type Sql, sql } from '../catalog/sql.ts';
import { CoreError, diskError } from '../contract/errors.ts';
import { PromptTemplate } from '../contract/reward.ts';
import { type CompletionSet, InlineRow } from '../contract/rewards.ts';
import type { Row } from '../contract/row.ts';
import type { GradeItem } from '../rewards/grade.ts';
import { findPromptTemplate, renderPrompt } from '../rewards/prompt-template.ts';
import { rowOf } from './explain.ts';

/** Reads completions by their numbers in the set; null for one whose row is gone or whose line is none. */
export interface CompletionSource {
  title: string;
  total: number;
  /** Numbers from 0, those of one group together; a completion alone is a group of one. */
  groups: readonly (readonly number[])[];
  read(indices: readonly number[]): (GradeItem | null)[];
  /** Of a file: numbers of what is no completion, each with its line in the file, from 1. */
  broken: ReadonlyMap<number, number>;
}

const NONE_BROKEN: CompletionSource['broken'] = new Map();

/** What a model was shown beside the row: the template of its prompt, with the worked examples that must not be copied. */
interface Shown {
  template: PromptTemplate;
  examples: readonly string[];
}

export interface SetDeps {
  catalog: Catalog;
  /** Throws `not-found`. */
  rowById(id: string): Row;
}

/** Throws `not-found`, `bad-input`, `disk`. */
export async function openSet(deps: SetDeps, set: CompletionSet): Promise<CompletionSource> {
  if (typeof set !== 'string') {
    if ('file' in set) return openFile(deps, set.file);
    return 'run' in set ? openRun(deps, set.run) : openEvaluation(deps, set.evaluation);
  }
  if (isSetFile(set)) return openFile(deps, set);
  if (nameOf(deps.catalog, sql`SELECT name FROM evaluations WHERE id = ${set}`) !== null)
    return openEvaluation(deps, set);
  if (nameOf(deps.catalog, sql`SELECT name FROM jobs WHERE id = ${set}`) !== null) return openRun(deps, set);
  throw new CoreError(
    'not-found',
    `set: nothing has the id "${set}". These name what there is: \`npx forethought evals list\`, \`npx forethought jobs list\`. A file ends in .jsonl.`,
    { set },
  );
}

/** Whether a text names a file of completions, and not the id of an evaluation or a run. */
export function isSetFile(set: string): boolean {
  return /\.jsonl?$/i.test(set);
}

const Stored = z.object({
  place: z.int(),
  rowId: z.string(),
  completion: z.string(),
  tokens: z.int(),
  truncated: z.int(),
  prompt: z.string().nullable(),
});

function openEvaluation(deps: SetDeps, id: string): CompletionSource {
  const name = nameOf(deps.catalog, sql`SELECT name FROM evaluations WHERE id = ${id}`);
  if (name === null) throw missing('evaluation', id, 'evals list');
  const places = deps.catalog.column(
    sql`SELECT position FROM completions WHERE evaluation = ${id} ORDER BY position`,
  );
  return {
    title: `evaluation ${name}`,
    total: places.length,
    groups: places.map((_, i) => [i]),
    broken: NONE_BROKEN,
    read: readStored(
      deps,
      shownBy(deps.catalog, sql`SELECT template AS prompt FROM evaluations WHERE id = ${id}`),
      places as number[],
      (list) => sql`SELECT position AS place, row_id AS rowId,
        text AS completion, tokens, truncated, NULL AS prompt
      FROM completions WHERE evaluation = ${id} AND position IN (${list})`,
    ),
  };
}

const Place = z.object({ rowid: z.int(), step: z.int(), group_index: z.int() });

function openRun(deps: SetDeps, id: string): CompletionSource {
  const name = nameOf(deps.catalog, sql`SELECT name FROM jobs WHERE id = ${id}`);
  if (name === null) throw missing('run', id, 'jobs list');
  const places = deps.catalog.all(
    Place,
    sql`SELECT rowid, step, group_index FROM rollouts WHERE job = ${id} ORDER BY step, group_index, sample`,
  );
  const groups = grouped(places.map((place) => `${place.step}/${place.group_index}`));
  const read = readStored(
    deps,
    shownBy(deps.catalog, sql`SELECT json_extract(spec, '$.prompt') AS prompt FROM jobs WHERE id = ${id}`),
    places.map((place) => place.rowid),
    (list) => sql`SELECT rowid AS place, row_id AS rowId, completion, tokens, truncated, prompt
      FROM rollouts WHERE rowid IN (${list})`,
  );
  return { title: `run ${name}`, total: places.length, groups, read, broken: NONE_BROKEN };
}

const Prompt = z.object({ prompt: z.string() });

/** A run keeps its template whole, an evaluation its id. */
function shownBy(catalog: Catalog, query: Sql): Shown {
  const { prompt } = catalog.get(Prompt, query)!;
  const template = prompt.startsWith('{')
    ? PromptTemplate.parse(JSON.parse(prompt))
    : findPromptTemplate(prompt);
  return { template, examples: template.examples.map((example) => example.completion) };
}

function readStored(deps: SetDeps, shown: Shown, places: readonly number[], query: (list: Sql) => Sql) {
  const rows = cachedRows(deps);
  return (indices: readonly number[]): (GradeItem | null)[] => {
    const wanted = indices.map((index) => places[index]!);
    const found = new Map(
      deps.catalog.all(Stored, query(listOf(wanted))).map((stored) => [stored.place, stored]),
    );
    return wanted.map((place) => {
      const stored = found.get(place);
      const row = stored && rows(stored.rowId);
      if (!row) return null;
      const { completion, tokens, truncated, prompt } = stored;
      const measured = { tokens, truncated: truncated !== 0, examples: shown.examples };
      return { row, completion, measured, prompt: prompt ?? renderPrompt(shown.template, row) };
    });
  };
}

const Line = z.object({
  row: InlineRow.extend({ id: z.string().optional() }).optional(),
  rowId: z.string().optional(),
  completion: z.string(),
  tokens: z.int().min(0).nullish(),
  truncated: z.boolean().default(false),
  group: z.union([z.string(), z.number()]).nullish(),
  prompt: z.string().optional(),
});
type Line = z.infer<typeof Line>;

const MAX_BYTES = 1_000_000_000;

async function openFile(deps: SetDeps, path: string): Promise<CompletionSource> {
  const { lines, broken } = await readLines(path);
  if (broken.size === lines.length)
    throw new CoreError(
      'bad-input',
      `set: ${path} holds no completion. Each line is {"row": {…} or "rowId": "…", "completion": "…"}.`,
      { path },
    );
  const rows = cachedRows(deps);
  const groups = grouped(lines.map((line, i) => groupOf(line) ?? `line ${i}`));
  const read = (indices: readonly number[]) =>
    indices.map((index): GradeItem | null => {
      const line = lines[index];
      if (!line) return null;
      const row = line.row ? rowOf(line.row, line.row.id ?? `line ${index + 1}`) : rows(line.rowId!);
      if (!row) return null;
      const { completion, tokens = null, truncated, prompt } = line;
      return { row, completion, measured: { tokens, truncated }, ...(prompt !== undefined && { prompt }) };
    });
  return { title: basename(path), total: lines.length, groups, read, broken };
}

/** Its own group, or all completions of one row. */
function groupOf(line: Line | null): string | null {
  if (!line) return null;
  if (line.group !== undefined && line.group !== null) return `group ${line.group}`;
  return `row ${line.rowId ?? line.row?.id ?? line.row?.question}`;
}

async function readLines(path: string): Promise<{ lines: (Line | null)[]; broken: Map<number, number> }> {
  try {
    if (statSync(path).size > MAX_BYTES)
      throw new CoreError('bad-input', `set: ${path} is larger than a gigabyte. Cut it into pieces.`, {
        path,
      });
    const lines: (Line | null)[] = [];
    const broken = new Map<number, number>();
    let at = 0;
    for await (const text of createInterface({ input: createReadStream(path), crlfDelay: Infinity })) {
      at += 1;
      if (text.trim() === '') continue;
      const line = lineOf(text);
      if (!line) broken.set(lines.length, at);
      lines.push(line);
    }
    return { lines, broken };
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'EISDIR')
      throw new CoreError('not-found', `set: there is no file ${path}.`, { path });
    throw diskError(error, `Reading ${path}`);
  }
}

function lineOf(text: string): Line | null {
  try {
    const line = Line.safeParse(JSON.parse(text));
    return line.success && (line.data.row || line.data.rowId !== undefined) ? line.data : null;
  } catch {
    return null;
  }
}

/** Numbers by their key, in the order of its first appearance. */
function grouped(keys: readonly string[]): number[][] {
  return [...Map.groupBy(keys.keys(), (i) => keys[i]!).values()];
}

/** Rows by id, each read once; null for one that is not in this lab any more. */
function cachedRows({ rowById }: SetDeps): (id: string) => Row | null {
  const known = new Map<string, Row | null>();
  return (id) => {
    const seen = known.get(id);
    if (seen !== undefined) return seen;
    let row: Row | null = null;
    try {
      row = rowById(id);
    } catch (error) {
      if (!(error instanceof CoreError && error.code === 'not-found')) throw error;
    }
    known.set(id, row);
    return row;
  };
}

function nameOf(catalog: Catalog, query: Sql): string | null {
  return catalog.get(z.object({ name: z.string() }), query)?.name ?? null;
}

function missing(what: string, id: string, list: string): CoreError {
  return new CoreError(
    'not-found',
    `set: there is no ${what} "${id}" in this lab. See: forethought ${list}`,
    { id },
  );
}
