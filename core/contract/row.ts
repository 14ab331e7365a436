// Row: one example of a verifiable or open task, whatever data set it came from. Every feature and the trainer read this shape.
import { z } from 'zod';

export const AnswerType = z.enum(['number', 'choice', 'text', 'code', 'open']);
export type AnswerType = z.infer<typeof AnswerType>;

export const Verifier = z.union([
  z.object({ tests: z.array(z.string()), imports: z.array(z.string()), setup: z.string() }),
  z.object({ golds: z.array(z.string()).min(1) }),
  z.object({ rubricId: z.string(), reference: z.string().optional() }),
]);
export type Verifier = z.infer<typeof Verifier>;

export const RowSource = z.object({
  dataset: z.string(),
  config: z.string(),
  split: z.string(),
  revision: z.string().nullable(),
  index: z.int().min(0),
  licence: z.string().nullable(),
});
export type RowSource = z.infer<typeof RowSource>;

export const Row = z.object({
  /** `dataset:config:split:index`, or the source's own id; stable for one revision of the source. */
  id: z.string().min(1),
  /** What the model is asked, options not included. */
  question: z.string().min(1),
  /** Canonical gold: a plain number, a choice letter, text, or null for open tasks. */
  answer: z.string().nullable(),
  /** The source's own form: `#### 1,234`, `2`, … */
  answerRaw: z.string(),
  /** `math`, `science`, `logic`, `general-knowledge`, …: switches reward parts. */
  domain: z.string().min(1),
  choices: z.array(z.string()).min(2).nullable(),
  context: z.string().nullable(),
  answerType: AnswerType,
  verifier: Verifier.nullable(),
  source: RowSource,
  /** Seeded shuffle of the options: new position → old position. */
  choicePermutation: z.array(z.int()).nullable(),
  flags: z.array(z.string()),
  /** SHA-256 over question, options, context and answer. */
  hash: z.string(),
});
export type Row = z.infer<typeof Row>;
