// How many tokens the rows of a run may have, and where that is set. The trainer refuses longer ones; a run can leave them out when it is made.
// Used by preflight.ts and freeze-blocks.ts.
import type { Block } from './blocks.ts';
import type { TokenCounter } from './deps.ts';
import type { RunPart } from './parts.ts';

export interface LengthLimit {
  /** "stages[0].rollout.maxPromptTokens" */
  field: string;
  /** Of the prompt with its BOS; null where only the whole counts. */
  prompt: number | null;
  /** Of prompt, completion and its end together. */
  whole: number | null;
  /** Of each completion with its end. */
  completion: number | null;
}

/** Null where nothing of the block has to fit. */
export function limitOf({ part, ...block }: Block): LengthLimit | null {
  const isAsked = block.kind === 'questions' && block.purpose === 'examine';
  const prompts = (name: string, of: { maxPromptTokens: number } | null): LengthLimit | null =>
    of && {
      field: `${part.where}${name}.maxPromptTokens`,
      prompt: of.maxPromptTokens,
      whole: null,
      completion: null,
    };
  switch (part.kind) {
    case 'grpo':
    case 'rejection':
      return prompts('rollout', part.rollout);
    case 'generate':
    case 'evaluate':
      return prompts('generation', part.generation);
    case 'sft':
    case 'dpo':
      return isAsked ? prompts('generation', part.generation) : ofTexts(part);
    default:
      return null;
  }
}

function ofTexts(part: RunPart & { kind: 'sft' | 'dpo' }): LengthLimit {
  if (part.kind === 'sft')
    return {
      field: `${part.where}training.maxTokens`,
      prompt: null,
      whole: part.training.maxTokens,
      completion: null,
    };
  const { maxPromptTokens, maxCompletionTokens } = part.training;
  return {
    field: `${part.where}training.maxPromptTokens`,
    prompt: maxPromptTokens,
    whole: null,
    completion: maxCompletionTokens,
  };
}

export interface CountedLine {
  prompt: string;
  texts: readonly string[];
}

/** Whether each line fits. The end of a completion is one token. */
export async function fitting(
  counter: TokenCounter,
  limit: LengthLimit,
  lines: readonly CountedLine[],
): Promise<boolean[]> {
  const fits: boolean[] = [];
  for (const { prompt, texts } of lines) {
    const start = await counter.count(prompt);
    // A text alone is counted with a BOS of its own, where the completion has its end.
    const ends: number[] = [];
    for (const text of texts) ends.push(await counter.count(text));
    const most = Math.max(0, ...ends);
    fits.push(
      start <= (limit.prompt ?? Infinity) &&
        most <= (limit.completion ?? Infinity) &&
        start + most <= (limit.whole ?? Infinity),
    );
  }
  return fits;
}
