// Shapes of reading and rewarding a completion: structure, parse, suite, result, prompt template. Types of core/rewards, schemas at the borders.
import { z } from 'zod';
import { AnswerType } from './row.ts';

/** [start, end) in UTF-16 code units of the completion. */
export const Span = z.tuple([z.int().min(0), z.int().min(0)]);
export type Span = z.infer<typeof Span>;

export const Structure = z.object({
  /** `name@version`. */
  id: z.string(),
  /** Lower-case letters, digits and dashes, without the angle brackets; the two differ. */
  reasoningTag: z.string(),
  answerTag: z.string(),
  /** In order; empty for a structure without sections. */
  headings: z.array(z.string()),
});
export type Structure = z.infer<typeof Structure>;

/** Every way in which a completion can depart from the strict form. */
export const DeviationName = z.enum([
  'text-before',
  'text-between',
  'text-after',
  'duplicate-tag',
  'nested-tag',
  'unclosed-tag',
  'stray-tag',
  'tag-variant',
  'missing-tag',
  'tag-order',
  'heading-missing',
  'heading-order',
  'heading-duplicate',
  'heading-inline',
  'heading-variant',
  'text-before-heading',
  'section-empty',
  'reasoning-empty',
  'answer-empty',
]);
export type DeviationName = z.infer<typeof DeviationName>;

export const Deviation = z.object({
  name: DeviationName,
  /** Where it is; of zero length where something is missing. */
  span: Span,
  what: z.string(),
  /** False when the answer must not be read because of it. */
  repairable: z.boolean(),
});
export type Deviation = z.infer<typeof Deviation>;

/** One opening or closing tag of the structure as it stands in the text. */
export const ParsedTag = z.object({ tag: z.string(), closing: z.boolean(), span: Span });
export type ParsedTag = z.infer<typeof ParsedTag>;

export const ParsedSection = z.object({
  /** Its name in the structure, however the text spells it. */
  heading: z.string(),
  headingSpan: Span,
  /** Without white space at both ends. */
  bodySpan: Span,
});
export type ParsedSection = z.infer<typeof ParsedSection>;

/** What a completion is made of. Spans count UTF-16 code units, end exclusive. */
export const ParsedCompletion = z.object({
  structure: z.string(),
  /** `strict`: the declared form and nothing else. `repairable`: it departs, but there is one closed answer block. */
  reading: z.enum(['strict', 'repairable', 'none']),
  tags: z.array(ParsedTag),
  /** Inside of the first reasoning block, without its tags; null when there is none. */
  reasoning: Span.nullable(),
  /** Inside of the answer block without white space at both ends; null when the reading is `none`. */
  answer: Span.nullable(),
  /** Inside of every answer block in the text, nested and unclosed ones too; never scored. */
  answers: z.array(Span),
  /** In the order of the text. */
  sections: z.array(ParsedSection),
  /** In the order of the text; of each name the first hundred. */
  deviations: z.array(Deviation),
});
export type ParsedCompletion = z.infer<typeof ParsedCompletion>;

export const SuitePart = z.object({
  id: z.string().min(1),
  fn: z.string().min(1),
  weight: z.number(),
  params: z.record(z.string(), z.unknown()).optional(),
  /** For which rows the part counts: all named conditions must hold. */
  when: z
    .object({
      domain: z.array(z.string()).min(1).optional(),
      answerType: z.array(AnswerType).min(1).optional(),
    })
    .optional(),
});
export type SuitePart = z.infer<typeof SuitePart>;

export const Suite = z.object({
  name: z.string().min(1),
  version: z.int().min(1),
  /** The id of a shipped structure, or a structure of the suite's own. */
  structure: z.union([z.string(), Structure]),
  parts: z.array(SuitePart).min(1),
});
export type Suite = z.infer<typeof Suite>;

export const Verdict = z.enum([
  'correct',
  'wrong',
  /** More than one candidate: never a pick. */
  'ambiguous',
  /** There is an answer, but whether it equals the gold cannot be decided here. */
  'unverifiable',
  /** No answer could be read. */
  'unparsable',
  /** The row has nothing to check against. */
  'not-applicable',
  'error',
]);
export type Verdict = z.infer<typeof Verdict>;

/** Of an answer that is not right. What nothing can be checked against, and what could not be decided, is not known to be wrong. */
export const NOT_RIGHT: readonly Verdict[] = ['wrong', 'ambiguous', 'unparsable'];

export const ScoreResult = z.object({
  /** Null exactly when the verdict is `error`. */
  total: z.number().nullable(),
  parts: z.record(z.string(), z.number().nullable()),
  verdict: Verdict,
  extracted: z.object({ answer: z.string(), span: Span }).nullable(),
  /** One sentence for each part, by part id. */
  why: z.record(z.string(), z.string()),
  parsed: ParsedCompletion,
  /** Which part failed and how; null unless the verdict is `error`. */
  error: z.object({ part: z.string(), message: z.string() }).nullable(),
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
