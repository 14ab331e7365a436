// Shapes of reading and rewarding a completion: structure, parse, suite, result, prompt template. Types of core/rewards, schemas at the borders.
import { z } from 'zod';

export const Span = z.tuple([z.int(), z.int()]);
export type Span = z.infer<typeof Span>;

export const Structure = z.object({
  id: z.string(),
  reasoningTag: z.string(),
  answerTag: z.string(),
  /** In order; empty for a structure without sections. */
  headings: z.array(z.string()),
});
export type Structure = z.infer<typeof Structure>;

export const DeviationName = z.enum([
  'text-before',
  'text-between',
  'text-after',
  'duplicate-tag',
  'nested-tag',
  'unclosed-tag',
  'missing-tag',
  'tag-order',
  'heading-missing',
  'heading-order',
  'heading-duplicate',
  'section-empty',
  'text-before-heading',
  'answer-empty',
]);
export type DeviationName = z.infer<typeof DeviationName>;

export const Deviation = z.object({ name: DeviationName, span: Span, what: z.string() });
export type Deviation = z.infer<typeof Deviation>;

export const ParsedSection = z.object({ heading: z.string(), headingSpan: Span, bodySpan: Span });
export type ParsedSection = z.infer<typeof ParsedSection>;

export const ParsedCompletion = z.object({
  reading: z.enum(['strict', 'repairable', 'none']),
  /** Inside of the blocks, without their tags; null when the block was not found. */
  reasoning: Span.nullable(),
  answer: Span.nullable(),
  sections: z.array(ParsedSection),
  deviations: z.array(Deviation),
});
export type ParsedCompletion = z.infer<typeof ParsedCompletion>;

export const SuitePart = z.object({
  id: z.string().min(1),
  fn: z.string().min(1),
  weight: z.number(),
  params: z.record(z.string(), z.unknown()).optional(),
  when: z.object({ domain: z.array(z.string()).min(1) }).optional(),
});
export type SuitePart = z.infer<typeof SuitePart>;

export const Suite = z.object({
  name: z.string().min(1),
  version: z.int().min(1),
  structure: z.string(),
  parts: z.array(SuitePart).min(1),
});
export type Suite = z.infer<typeof Suite>;

export const Verdict = z.enum(['correct', 'wrong', 'ambiguous', 'unparsable', 'not-applicable', 'error']);
export type Verdict = z.infer<typeof Verdict>;

export const ScoreResult = z.object({
  /** Null exactly when the verdict is `error`. */
  total: z.number().nullable(),
  parts: z.record(z.string(), z.number().nullable()),
  verdict: Verdict,
  extracted: z.object({ answer: z.string(), span: Span }).nullable(),
  why: z.record(z.string(), z.string()),
  parsed: ParsedCompletion,
});
export type ScoreResult = z.infer<typeof ScoreResult>;

export const PromptTemplate = z.object({
  id: z.string(),
  /** How turns are marked: Gemma's turn tokens, ChatML, or plain text for a base model without a chat form. */
  family: z.enum(['gemma', 'chatml', 'none']),
  instruction: z.string().nullable(),
  examples: z.array(z.object({ question: z.string(), completion: z.string() })),
  choicesStyle: z.literal('letters'),
});
export type PromptTemplate = z.infer<typeof PromptTemplate>;
