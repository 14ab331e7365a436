// What a new evaluation starts from: as the last one of the same base was taken, so that the two can be compared. Pure; used by start-dialog.tsx.
import type { Evaluation } from '../../core/contract/evals.ts';
import type { Preset } from '../../core/contract/jobs.ts';

const QUESTIONS = 300;
const MAX_TOKENS = 256;

export interface StartDefaults {
  questions: number;
  maxTokens: number;
}

/** From the newest evaluation of this base on this source, else of this base; else the length that its preset trains with. */
export function startDefaults(
  baseId: string | undefined,
  sourceId: string | undefined,
  evaluations: readonly Evaluation[],
  presets: readonly Preset[],
): StartDefaults {
  const ofBase = evaluations.filter((each) => each.modelId === baseId);
  const onSource = ofBase.find((each) => each.sourceId === sourceId);
  const preset = presets.find((each) => each.baseId === baseId && each.kind === 'grpo');
  return {
    questions: onSource?.total ?? QUESTIONS,
    maxTokens: (onSource ?? ofBase[0])?.settings.maxTokens ?? lengthOf(preset) ?? MAX_TOKENS,
  };
}

function lengthOf(preset: Preset | undefined): number | undefined {
  return preset?.kind === 'grpo' ? preset.settings.rollout.maxCompletionTokens : undefined;
}
