// The reward parts that a suite can name in `fn`. A new part is one file and one line here.
import { answerPart } from './answer.ts';
import { languagePart } from './language.ts';
import { lengthPart } from './length.ts';
import type { PartDefinition } from './part.ts';
import { gsm8kMatch } from './published/gsm8k-match.ts';
import {
  openR1Accuracy,
  openR1Cosine,
  openR1Format,
  openR1Length,
  openR1Repetition,
  openR1Steps,
  openR1TagCount,
} from './published/open-r1.ts';
import { tunixAnswer, tunixFormatApproximate, tunixFormatExact, tunixNumbers } from './published/tunix.ts';
import { pythonPart } from './python.ts';
import { referenceOverlapPart } from './reference-overlap.ts';
import { repetitionPart } from './repetition.ts';
import { rubricPart } from './rubric.ts';
import { sectionQualityPart } from './section-quality.ts';
import { structurePart } from './structure.ts';

export const partDefinitions: readonly PartDefinition[] = [
  structurePart,
  sectionQualityPart,
  answerPart,
  rubricPart,
  lengthPart,
  repetitionPart,
  languagePart,
  referenceOverlapPart,
  pythonPart,
  gsm8kMatch,
  tunixFormatExact,
  tunixFormatApproximate,
  tunixAnswer,
  tunixNumbers,
  openR1Format,
  openR1TagCount,
  openR1Accuracy,
  openR1Steps,
  openR1Cosine,
  openR1Repetition,
  openR1Length,
];

export function findPart(fn: string): PartDefinition | undefined {
  return partDefinitions.find((part) => part.fn === fn);
}
