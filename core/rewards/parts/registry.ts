// The reward parts that a suite can name in `fn`. A new part is one file and one line here.
import { answerPart } from './answer.ts';
import { lengthPart } from './length.ts';
import type { PartDefinition } from './part.ts';
import { structurePart } from './structure.ts';

export const partDefinitions: readonly PartDefinition[] = [structurePart, answerPart, lengthPart];

export function findPart(fn: string): PartDefinition | undefined {
  return partDefinitions.find((part) => part.fn === fn);
}
