// What a block of settings holds when it is switched on: its defaults by the schema; where that has none, what the rest of the run or stage
// says of the same thing, else a usual value. Texts that only a person can name are empty, and the check asks for them. Pure.
import { isBlock } from '../../core/contract/is-block.ts';
import type { BlockShape, SettingShape } from '../../core/contract/setting-shape.ts';
import type { SettingPath } from '../../core/contract/setting-words.ts';

const usual: Readonly<Record<string, unknown>> = {
  everySteps: 50,
  rows: 64,
  batchSize: 16,
  maxPromptTokens: 256,
  maxCompletionTokens: 768,
  temperature: 1,
  topP: 1,
  share: 0.1,
  fsdp: 1,
  tp: 1,
  set: 'held-out',
};

/** `part`: the run or stage that the block is of. */
export function blockStart(
  shape: BlockShape,
  path: SettingPath,
  part: unknown,
): Readonly<Record<string, unknown>> {
  const values = Object.entries(shape.fields).map(([name, field]) => [name, startOf(name, field, part)]);
  // A gate needs a bound: not to have become worse is the one that needs no number.
  if (path.at(-1) === 'gate') values.push(['noWorseThan', 'base']);
  return Object.fromEntries(values);
}

function startOf(name: string, shape: SettingShape, part: unknown): unknown {
  if (shape.fallback !== undefined) return shape.fallback;
  return besides(name, part) ?? usual[name] ?? (shape.is === 'choice' ? shape.options[0] : '');
}

/** What another block of the part says of it. */
function besides(name: string, part: unknown): unknown {
  const blocks = Object.values(isBlock(part) ? part : {}).filter(isBlock);
  const said = blocks.map((block) => block[name]).find((value) => value !== undefined && value !== null);
  return said ?? lengthOf(name, blocks);
}

/** Where only prompt and completion together have a length, a quarter of it is the prompt's. */
function lengthOf(name: string, blocks: readonly Readonly<Record<string, unknown>>[]): number | undefined {
  const together = blocks.map((block) => block['maxTokens']).find((tokens) => typeof tokens === 'number');
  if (together === undefined) return undefined;
  const prompt = Math.ceil(together / 4);
  return { maxPromptTokens: prompt, maxCompletionTokens: together - prompt }[name];
}
