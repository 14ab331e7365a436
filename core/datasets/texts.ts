// Completions to learn from: a JSONL file of a person's own, or the traces of a run, read and checked line by line, frozen as a trainer
// wants them. A line is {"row": Row, …} or {"question": "…", "domain"?, "dataset"?, "context"?, …} with its texts: "completion", or for
// preferences "chosen" and "rejected". Used by datasets.ts.
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { z } from 'zod';
import type { Catalog } from '../catalog/catalog.ts';
import { sql } from '../catalog/sql.ts';
import { CoreError } from '../contract/errors.ts';
import type { PromptTemplate } from '../contract/reward.ts';
import { Row } from '../contract/row.ts';
import { wrongValue } from '../contract/wrong-value.ts';
import { findControlText } from '../rewards/prompt-template.ts';
import { contentHash, objection } from './adapters/adapter.ts';
import { type FreezeDeps, type Frozen, type Keep, noteSnapshot, promptOf, seededOrder } from './freeze.ts';
import { readJsonl } from './read-jsonl.ts';
import { isParquet, unreadable } from './records.ts';
import { isVisible } from './source-store.ts';

/** What each line says beside its row. */
export const textFields = { completions: ['completion'], pairs: ['chosen', 'rejected'] } as const;
export type TextKind = keyof typeof textFields;

/** Where it lies, and the name that a person knows it by. */
export interface TextFile {
  path: string;
  name: string;
}

export interface TextLine {
  row: Row;
  texts: Record<string, string>;
}

const Asked = z.object({
  question: z.string().min(1),
  domain: z.string().min(1).default('open'),
  dataset: z.string().min(1).optional(),
  context: z.string().nullable().default(null),
  licence: z.string().nullable().default(null),
});

/**
 * Every line of the file. Throws `bad-input` that names the first line that is none and how many there are, and `conflict` for
 * questions of a source that is kept for evaluation.
 */
export async function readTexts(
  catalog: Catalog,
  { path, name }: TextFile,
  kind: TextKind,
): Promise<TextLine[]> {
  if ((await fileFacts(path)).bytes === 0) throw new CoreError('bad-input', `${name} is empty.`, { path });
  if (await isParquet(path))
    throw new CoreError(
      'bad-input',
      `${name} is a parquet file. Data to learn from is JSONL: a UTF-8 file with one JSON object a line. Nothing was frozen.`,
      { path },
    );
  const found: TextLine[] = [];
  let bad = 0;
  let first = '';
  for await (const batch of readJsonl(path).batches())
    for (const item of batch) {
      const read = 'record' in item ? lineOf(item.record, item.line, name, kind) : item.reason;
      if (typeof read !== 'string') found.push(read);
      else {
        bad += 1;
        first ||= `line ${item.line}: ${read}`;
      }
    }
  if (bad > 0)
    throw new CoreError(
      'bad-input',
      `${name} cannot be trained on: ${first}${bad > 1 ? `, and ${bad - 1} more lines` : ''}. Nothing was frozen.`,
      { path, bad },
    );
  if (found.length === 0) throw new CoreError('bad-input', `${name} holds no lines.`, { path });
  refuseLocked(catalog, name, found);
  return found;
}

/** Changes when the file does. Throws `not-found`, or `bad-input` for a folder. */
export async function fileFacts(path: string): Promise<{ bytes: number; changedAt: number }> {
  try {
    const facts = await stat(path);
    if (facts.isDirectory())
      throw new CoreError('bad-input', `${path} is a folder. Name one .jsonl file in it.`);
    return { bytes: facts.size, changedAt: facts.mtimeMs };
  } catch (error) {
    throw unreadable(path, error);
  }
}

/** The line, or why it is none. */
function lineOf(
  record: Record<string, unknown>,
  line: number,
  file: string,
  kind: TextKind,
): TextLine | string {
  const row = 'row' in record ? givenRow(record['row']) : madeRow(record, line, file);
  if (typeof row === 'string') return row;
  const texts: Record<string, string> = {};
  for (const name of textFields[kind]) {
    const text = record[name];
    if (typeof text !== 'string' || text.trim() === '') return `"${name}" must be a text`;
    const control = findControlText(text);
    if (control) return `"${name}" holds "${control}", which models read as a control token`;
    texts[name] = text;
  }
  if (kind === 'pairs' && texts['chosen'] === texts['rejected'])
    return '"chosen" and "rejected" are the same text';
  return { row, texts };
}

function givenRow(value: unknown): Row | string {
  const read = Row.safeParse(value);
  if (!read.success) {
    const [issue] = read.error.issues;
    return wrongValue(issue && { ...issue, path: ['row', ...issue.path] });
  }
  return objection(read.data) ?? { ...read.data, hash: contentHash(read.data) };
}

/** A question that no source has: it gets an id of its own, and is never scored by a gold. */
function madeRow(record: Record<string, unknown>, line: number, file: string): Row | string {
  const read = Asked.safeParse(record);
  if (!read.success) {
    const [issue] = read.error.issues;
    return 'question' in record ? wrongValue(issue) : 'it has neither "row" nor "question"';
  }
  const { question, domain, context, licence } = read.data;
  const content = { question, choices: null, context, answer: null };
  const why = objection(content);
  if (why) return why;
  const hash = contentHash(content);
  const dataset = read.data.dataset ?? basename(file).replace(/\.jsonl?$/i, '');
  return {
    id: `text:${hash.slice(0, 16)}:${line}`,
    ...content,
    answerRaw: '',
    domain,
    answerType: 'open',
    verifier: null,
    source: { dataset, config: 'main', split: 'train', revision: null, index: line - 1, licence },
    choicePermutation: null,
    flags: [],
    hash,
  };
}

/**
 * Held-out questions must not be learned under another name, with their gold or without. A question is known by its words; an
 * instruction that is repeated over many texts or options ("Sum up in one sentence.") only together with them.
 */
function refuseLocked(catalog: Catalog, name: string, lines: readonly TextLine[]): void {
  const asked = new Set(lines.map(({ row }) => plain(row.question)));
  const sourceOf = new Map<string, string>();
  const askedOf = new Map<string, KnownQuestion>();
  for (const { rowid, hash, question, source } of lockedRows(catalog)) {
    sourceOf.set(hash, source);
    const words = plain(question);
    if (!asked.has(words)) continue;
    const { context, choices } = lockedMatter(catalog, rowid);
    const found = { source, text: plain(context ?? ''), options: optionsOf(choices) };
    const of = askedOf.get(words) ?? { locked: [], hasOneText: true, hasOneSet: true };
    of.locked.push(found);
    of.hasOneText &&= found.text === of.locked[0]!.text;
    of.hasOneSet &&= found.options === of.locked[0]!.options;
    askedOf.set(words, of);
  }
  const hits = lines.flatMap(
    ({ row }) => sourceOf.get(row.hash) ?? sameQuestion(row, askedOf.get(plain(row.question))) ?? [],
  );
  if (hits.length === 0) return;
  throw new CoreError(
    'conflict',
    `${name} cannot be trained on: ${hits.length} of its ${lines.length} questions are also in ${[...new Set(hits)].sort().join(', ')}, kept for evaluation. Nothing was frozen.`,
    { name, rows: hits.length },
  );
}

/** What held-out rows ask in the same words, and whether all of it is of one text and of one set of options. */
interface KnownQuestion {
  locked: { source: string; text: string; options: string | null }[];
  hasOneText: boolean;
  hasOneSet: boolean;
}

/** The source that asks it; what a row does not say (no text, no options) tells it from nothing. */
function sameQuestion({ context, choices }: Row, asked: KnownQuestion | undefined): string | undefined {
  const [text, options] = [plain(context ?? ''), optionsOf(choices)];
  return asked?.locked.find(
    (each) =>
      (asked.hasOneText || text === '' || text === each.text) &&
      (asked.hasOneSet || options === null || each.options === null || options === each.options),
  )?.source;
}

/** Spelling that does not make another text: case, white space, forms of one character. */
const plain = (text: string): string => text.normalize('NFKC').toLowerCase().replace(/\s+/g, ' ').trim();

/** In whatever order they stand. */
const optionsOf = (choices: readonly string[] | null): string | null =>
  choices && JSON.stringify(choices.map(plain).toSorted());

function lockedRows(catalog: Catalog) {
  return catalog.all(
    z.object({ rowid: z.int(), hash: z.string(), question: z.string(), source: z.string() }),
    sql`SELECT r.rowid, r.hash, r.question, s.id AS source FROM rows r JOIN sources s ON s.rowid = r.source
        WHERE s.locked IS NOT NULL AND s.${isVisible}`,
  );
}

const Matter = z.object({
  context: z.string().nullable(),
  choices: z
    .string()
    .nullable()
    .transform((text) => text && z.array(z.string()).parse(JSON.parse(text))),
});

/** Read one by one: texts can be long, and only few are compared. */
function lockedMatter(catalog: Catalog, rowid: number): Pick<Row, 'context' | 'choices'> {
  const found = catalog.get(Matter, sql`SELECT context, choices FROM rows WHERE rowid = ${rowid}`);
  return { context: found?.context ?? null, choices: found?.choices || null };
}

export interface FreezeTexts {
  file: TextFile;
  kind: TextKind;
  template: PromptTemplate;
  aside?: { rows: number; part: 'aside' | 'rest' } | undefined;
  keep?: Keep | undefined;
}

/** Stores `{"row":…,"prompt":…,"completion":…}` lines in a seeded order. Throws as `readTexts` does. */
export async function freezeTexts(deps: FreezeDeps, what: FreezeTexts): Promise<Frozen> {
  const lines = await readTexts(deps.catalog, what.file, what.kind);
  const keys = lines.map((line, i) => `${line.row.hash}\n${i}`);
  const order = await seededOrder(keys, 'set aside');
  const { aside } = what;
  const taken = !aside
    ? order
    : aside.part === 'aside'
      ? order.slice(0, aside.rows)
      : order.slice(aside.rows);
  if (taken.length === 0)
    throw new CoreError(
      'bad-input',
      `${what.file.name} has only ${lines.length} lines, and all are set aside.`,
      {
        path: what.file.path,
      },
    );
  const made = taken.map((key) => {
    const { row, texts } = lines[Number(key.split('\n')[1])]!;
    return { row, prompt: promptOf(what.template, row), texts };
  });
  const kept = await what.keep?.(made.map(({ prompt, texts }) => ({ prompt, texts: Object.values(texts) })));
  const frozen = kept ? made.filter((_, i) => kept[i]) : made;
  if (frozen.length === 0)
    throw new CoreError('bad-input', `All ${made.length} lines of ${what.file.name} are too long.`);
  const datasets: Record<string, number> = {};
  for (const { row } of frozen) datasets[row.source.dataset] = (datasets[row.source.dataset] ?? 0) + 1;
  const text = frozen
    .map(({ row, prompt, texts }) => `${JSON.stringify({ row, prompt, ...texts })}\n`)
    .join('');
  const { sha256 } = await deps.blobs.put(text);
  noteSnapshot(
    deps,
    { sha256, count: frozen.length },
    basename(what.file.name),
    [what.file.name],
    what.template,
  );
  return { sha256, count: frozen.length, datasets };
}
