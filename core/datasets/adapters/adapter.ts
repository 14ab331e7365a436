// What an adapter is: it turns one record of a source into a Row, or says why it cannot. Used by import.ts through registry.ts.
import { createHash } from 'node:crypto';
import type { Adapter } from '../../contract/datasets.ts';
import type { Row } from '../../contract/row.ts';
import { findControlText } from '../../rewards/prompt-template.ts';

export interface RecordContext {
  config: string;
  split: string;
  /** Commit of the hub data set, or null for a file of unknown origin. */
  revision: string | null;
  /** 0-based position of the record in its file. */
  index: number;
}

/** A row, or the reason why the record is none. */
export type Adapted = { row: Row } | { reason: string };

export interface AdapterDefinition {
  adapter: Adapter;
  /** Configurations that the source is known to have, the default first; null when any name will do. */
  configs: readonly string[] | null;
  /** Whether the first of `configs` is taken when nobody names one. */
  hasDefaultConfig: boolean;
  /** Columns that a parquet file must have. */
  columns: readonly string[];
  adapt(record: Record<string, unknown>, context: RecordContext): Adapted;
}

/** SHA-256 over what is asked and what is right: question, options, answer, and the context where there is one. */
export function contentHash(row: Pick<Row, 'question' | 'choices' | 'context' | 'answer'>): string {
  const content = [row.question, row.choices, row.answer];
  const all = row.context === null ? content : [...content, row.context];
  return createHash('sha256').update(JSON.stringify(all)).digest('hex');
}

/** `"answer" in text (the record has: question, solution)`, for reasons. */
export function missing(field: string, record: Record<string, unknown>): string {
  const found = Object.keys(record).slice(0, 12).join(', ') || 'no fields';
  return `"${field}" in text is missing (the record has: ${found})`;
}

/** What every row must keep, whatever its source; null when it does. */
export function objection(row: Pick<Row, 'question' | 'choices' | 'context'>): string | null {
  if (row.question.trim() === '') return 'the question is empty';
  const control = findControlText([row.question, row.context ?? '', ...(row.choices ?? [])].join('\n'));
  return control && `the text holds "${control}", which models read as a control token`;
}
