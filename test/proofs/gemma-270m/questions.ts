// The questions: ARC-Easy as the hub serves it, without the long ones (prompts are padded to the longest). Train, validation and test stay apart.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Row } from '../../../core/contract/row.ts';
import { ai2Arc } from '../../../core/datasets/adapters/ai2-arc.ts';
import { sharedData } from '../../fixtures/shared-data.ts';

export const CONFIG = 'ARC-Easy';
/** About 100 tokens with the instruction. */
const LONGEST = 330;

export interface Questions {
  file: string;
  rows: Row[];
}

/**
 * Writes the short questions of a split into `folder`, in the hub's own form, without those of `others`: some stand in two splits. Null when
 * the data is not beside this clone.
 */
export function shortQuestions(
  split: string,
  folder: string,
  ...others: readonly (Questions | null)[]
): Questions | null {
  const from = sharedData('allenai__ai2_arc', CONFIG, `${split}.jsonl`);
  if (!from) return null;
  const file = join(folder, `${split}.jsonl`);
  const taken = new Set(others.flatMap((each) => each?.rows.map((row) => row.question) ?? []));
  const kept: string[] = [];
  const rows: Row[] = [];
  for (const line of readFileSync(from, 'utf8').split('\n').filter(Boolean)) {
    const context = { config: CONFIG, split, revision: null, index: kept.length };
    const adapted = ai2Arc.adapt(JSON.parse(line), context);
    if (!('row' in adapted)) continue;
    const { question, choices } = adapted.row;
    if (choices?.length !== 4 || [question, ...choices].join('\n').length > LONGEST) continue;
    if (taken.has(question)) continue;
    taken.add(question);
    kept.push(line);
    rows.push(adapted.row);
  }
  writeFileSync(file, `${kept.join('\n')}\n`);
  return { file, rows };
}
