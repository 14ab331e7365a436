// The form of a completion as data: which tags, which headings, in which order. Prompts, parser, rewards and views follow it.
import type { Structure } from '../contract/reward.ts';
import { RewardsError } from './rewards-error.ts';

/** Think in four named steps, then answer. */
export const fourStep: Structure = {
  id: 'four-step@1',
  reasoningTag: 'reasoning',
  answerTag: 'answer',
  headings: [
    'Analysis & Strategy',
    'Step-by-Step Execution',
    'Verification & Self-Correction',
    'Final Synthesis',
  ],
};

/** Free thinking in one block, then the answer: the form of many reasoning models. */
export const thinkAnswer: Structure = {
  id: 'think-answer@1',
  reasoningTag: 'think',
  answerTag: 'answer',
  headings: [],
};

export const structures: readonly Structure[] = [fourStep, thinkAnswer];

/** The shipped structure of that id. Throws `bad-structure` for an unknown one. */
export function findStructure(id: string): Structure {
  const found = structures.find((structure) => structure.id === id);
  if (found) return found;
  const known = structures.map((structure) => structure.id).join(', ');
  throw new RewardsError('bad-structure', `There is no structure "${id}". Known: ${known}.`);
}
