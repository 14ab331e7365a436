// Reads rollouts.jsonl: one sampled completion a line, as values for the catalog. Called by rollout-reader.ts, here and in its thread.
import { gunzipSync } from 'node:zlib';
import type { SqlValue } from '../catalog/sql.ts';
import { isBlock } from '../contract/is-block.ts';

/** step, group, sample, row id, prompt, completion, tokens, truncated, total, parts, verdict, answer, advantage, why: as the table has them. */
export type RolloutValues = readonly SqlValue[];

export interface ReadRollouts {
  rows: RolloutValues[];
  bad: number;
}

const lineFeed = 10;

/** A range as it stands in the file. */
export interface RolloutBytes {
  bytes: Buffer;
  encoding: 'plain' | 'gzip';
}

/** No step's rollouts are longer; a range that unpacks to more is damaged. */
const longest = 256 << 20;

/** The rollouts of a range. One that cannot be unpacked holds none. */
export function readRange({ bytes, encoding }: RolloutBytes): ReadRollouts {
  if (encoding === 'plain') return readRollouts(bytes);
  try {
    return readRollouts(gunzipSync(bytes, { maxOutputLength: longest }));
  } catch {
    return { rows: [], bad: 1 };
  }
}

/** Splits a byte range into lines and reads each; `bad` counts what is no rollout. */
function readRollouts(bytes: Buffer): ReadRollouts {
  const rows: RolloutValues[] = [];
  let bad = 0;
  let start = 0;
  while (start < bytes.length) {
    let end = bytes.indexOf(lineFeed, start);
    if (end === -1) end = bytes.length;
    const values = readRollout(bytes.toString('utf8', start, end));
    if (values) rows.push(values);
    else bad += 1;
    start = end + 1;
  }
  return { rows, bad };
}

function readRollout(text: string): RolloutValues | null {
  let line: Record<string, unknown>;
  try {
    line = JSON.parse(text) as Record<string, unknown>;
  } catch {
    return null;
  }
  if (typeof line !== 'object' || line === null) return null;
  const { step, group, sample, rowId, prompt, completion, tokens, truncated, total, parts, verdict } = line;
  const { extracted, advantage, why } = line;
  const whole =
    Number.isSafeInteger(step) &&
    Number.isSafeInteger(group) &&
    Number.isSafeInteger(sample) &&
    Number.isSafeInteger(tokens) &&
    typeof rowId === 'string' &&
    typeof prompt === 'string' &&
    typeof completion === 'string' &&
    typeof truncated === 'boolean' &&
    typeof total === 'number' &&
    typeof advantage === 'number' &&
    typeof verdict === 'string' &&
    isBlock(parts) &&
    isBlock(why);
  if (!whole) return null;
  const answer = isBlock(extracted) ? extracted['answer'] : null;
  return [
    step as number,
    group as number,
    sample as number,
    rowId,
    prompt,
    completion,
    tokens as number,
    truncated ? 1 : 0,
    total,
    JSON.stringify(parts),
    verdict,
    typeof answer === 'string' ? answer : null,
    advantage,
    JSON.stringify(why),
  ];
}
