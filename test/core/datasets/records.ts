// Records in the schemas of the hub, and files of them, for the dataset tests.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tempFolder } from '../../fixtures/temp-folder.ts';

export const janet = {
  question: 'Janet sells 9 eggs for $2 each. How much does she make?',
  answer: 'She makes 9 * 2 = $<<9*2=18>>18.\n#### 18',
};

export const rotation = {
  id: 'Mercury_7175875',
  question: 'A planet rotates faster after an impact. What follows?',
  choices: { text: ['Longer years.', 'Shorter days.', 'Less gravity.'], label: ['A', 'B', 'C'] },
  answerKey: 'B',
};

/** Writes the lines to a new file and returns its path. */
export function fileOf(lines: readonly (object | string)[], name = 'data.jsonl'): string {
  const path = join(tempFolder(), name);
  const text = lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n');
  writeFileSync(path, `${text}\n`);
  return path;
}

export function bytesOf(bytes: Uint8Array | string, name: string): string {
  const path = join(tempFolder(), name);
  writeFileSync(path, bytes);
  return path;
}
