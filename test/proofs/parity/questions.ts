// What the engines are asked in the parity proof: sequences of tokens, and held-out questions for greedy texts, rendered as the app renders.
import { readFileSync } from 'node:fs';
import { Row } from '../../../core/contract/row.ts';
import { createInference } from '../../../core/inference/inference.ts';
import { findPromptTemplate, renderPrompt } from '../../../core/rewards/prompt-template.ts';
import { inRoot } from '../../../resources/setup/paths.mjs';
import type { Questions } from './sides.ts';

const tiny = (...parts: string[]): string => inRoot('resources', 'models', 'tiny', ...parts);
/** <eos> and the end of a turn. */
const END_TOKENS = [1, 107];
const GEMMA_END_TOKENS = [1, 106];

/** Prompt and answer of so many training questions, cut at different lengths; so many held-out prompts. */
export async function tinyQuestions(sequences: number, prompts: number): Promise<Questions> {
  const template = findPromptTemplate('tiny-plain@1');
  const texts = rows('train', sequences).map(
    (row) =>
      `${renderPrompt(template, row)}<reasoning>\nAnalysis & Strategy:\n${row.question}\n</reasoning>\n<answer>\n${row.answer}\n</answer>`,
  );
  return {
    sequences: await cut(tiny('tiny-gemma2.gguf'), texts, (i, length) => Math.max(8, length - (i % 40))),
    positions: 'all',
    texts,
    prompts: rows('held-out', prompts).map((row) => renderPrompt(template, row)),
    maxTokens: 96,
    endTokens: END_TOKENS,
  };
}

/** Questions without an answer, for a model that is large enough to make the last position's logits a megabyte each. */
export async function gemmaQuestions(gguf: string, sequences: number, prompts: number): Promise<Questions> {
  const texts = rows('train', sequences).map((row) => row.question);
  return {
    sequences: await cut(gguf, texts, (i, length) => Math.min(length, 8 + (i % 17))),
    positions: 'last',
    texts,
    prompts: rows('held-out', prompts).map((row) => `Question: ${row.question}\nAnswer:`),
    maxTokens: 24,
    endTokens: GEMMA_END_TOKENS,
  };
}

function rows(pool: 'train' | 'held-out', count: number): Row[] {
  return readFileSync(tiny('tasks', `${pool}.jsonl`), 'utf8')
    .split('\n', count)
    .map((line) => Row.parse(JSON.parse(line)));
}

/** Texts as token ids, BOS first, each as long as `lengthOf` says of its whole length. */
async function cut(
  gguf: string,
  texts: readonly string[],
  lengthOf: (i: number, length: number) => number,
): Promise<number[][]> {
  const inference = createInference();
  const session = await inference.open({ modelPath: gguf, adapters: [], contextLength: 64, threads: 1 });
  const found: number[][] = [];
  for (const [i, text] of texts.entries()) {
    const ids = await session.encode(text);
    found.push(ids.slice(0, lengthOf(i, ids.length)));
  }
  await inference.close();
  return found;
}
