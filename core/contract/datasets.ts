// Sources of questions and their rows: import, browse, search, freeze into a snapshot for training.
import { z } from 'zod';
import { command, Nothing, Page, query } from './procedure.ts';
import { AnswerType, Row } from './row.ts';

/** Which reader turns a hub record into a Row. `rows` is our own normalised form. */
export const Adapter = z.enum(['gsm8k', 'ai2_arc', 'rows']);
export type Adapter = z.infer<typeof Adapter>;

export const Source = z.object({
  id: z.string(),
  dataset: z.string(),
  config: z.string(),
  split: z.string(),
  revision: z.string().nullable(),
  licence: z.string().nullable(),
  adapter: Adapter,
  /** File name or hub id it came from. */
  origin: z.string(),
  sha256: z.string(),
  rowCount: z.int(),
  rejectCount: z.int(),
  /** Why this split must not be trained on, or null. */
  locked: z.string().nullable(),
  importedAt: z.number(),
});
export type Source = z.infer<typeof Source>;

export const Reject = z.object({ line: z.int(), reason: z.string(), excerpt: z.string() });
export type Reject = z.infer<typeof Reject>;

export const RowFilter = z.object({
  sourceId: z.string().optional().describe('only rows of this source, by its id'),
  split: z.string().optional().describe('only rows of this split, for example train'),
  domain: z.string().optional().describe('only rows of this domain, for example math'),
  answerType: AnswerType.optional().describe('only rows with this kind of answer'),
  search: z
    .string()
    .max(400)
    .optional()
    .describe(
      'full-text search over question, options and context; every word must occur, the last as a prefix',
    ),
});
export type RowFilter = z.infer<typeof RowFilter>;

/** One line of the table. */
export const RowSummary = z.object({
  id: z.string(),
  question: z.string(),
  answer: z.string().nullable(),
  domain: z.string(),
  answerType: AnswerType,
  /** Two rows may ask the same and offer other options. */
  choices: Row.shape.choices,
  dataset: z.string(),
  split: z.string(),
  flags: z.array(z.string()),
});
export type RowSummary = z.infer<typeof RowSummary>;

const Facet = z.array(z.object({ value: z.string(), count: z.int() }));

export const ImportResult = z.object({
  sourceId: z.string(),
  imported: z.int(),
  rejected: z.int(),
  /** The first twenty; the rest by `datasets rejects`. */
  rejects: z.array(Reject),
  locked: z.string().nullable(),
  ms: z.number(),
});
export type ImportResult = z.infer<typeof ImportResult>;

export const Snapshot = z.object({
  sha256: z.string(),
  count: z.int(),
  name: z.string(),
  createdAt: z.number(),
  sources: z.array(z.string()),
});
export type Snapshot = z.infer<typeof Snapshot>;

export const datasets = {
  list: query('Imported sources', ['datasets']).input(Nothing).output(z.array(Source)),
  import: command(
    'Import questions from a JSONL or parquet file, or from the Hugging Face hub',
    ['datasets', 'lab'],
    {
      positional: ['from'],
      flags: { as: 'adapter' },
    },
  )
    .input(
      z.object({
        from: z.string().min(1).describe('path of a .jsonl or .parquet file, or hub:<owner>/<name>/<file>'),
        adapter: Adapter.describe('schema of the file'),
        split: z.string().min(1).describe('train, validation, test, held-out, …'),
        config: z
          .string()
          .optional()
          .describe("the data set's configuration, for example main or ARC-Challenge"),
        revision: z.string().optional().describe('pinned revision of the hub data set (a commit hash)'),
      }),
    )
    .output(ImportResult),
  remove: command('Remove a source that no evaluation and no run relies on', ['datasets', 'lab'], {
    positional: ['sourceId'],
  })
    .input(
      z.object({ sourceId: z.string().describe('id of the source; forethought datasets list names them') }),
    )
    .output(z.object({ sourceId: z.string(), rows: z.int() })),
  rows: query('Rows that match a filter', ['datasets'])
    .input(RowFilter.extend(Page))
    .output(z.object({ rows: z.array(RowSummary), total: z.int(), offset: z.int() })),
  facets: query('How many rows each source, split, domain and answer type has under a filter', ['datasets'])
    .input(RowFilter)
    .output(z.object({ source: Facet, split: Facet, domain: Facet, answerType: Facet })),
  row: query('One row, with the prompt a model would see', ['datasets'], { positional: ['id'] })
    .input(
      z.object({
        id: z.string().describe('id of the row'),
        template: z.string().default('four-step@1').describe('prompt template to show it in'),
      }),
    )
    .output(z.object({ row: Row, sourceId: z.string(), prompt: z.string(), template: z.string() })),
  rejects: query('Lines of a source that could not be imported', ['datasets'], { positional: ['sourceId'] })
    .input(z.object({ sourceId: z.string().describe('id of the source'), ...Page }))
    .output(z.object({ rejects: z.array(Reject), total: z.int() })),
};
