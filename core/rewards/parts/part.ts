// What a reward part is: a pure function over one completion, with its range and its parameters as data.
import type { ParsedCompletion, Span, Structure } from '../../contract/reward.ts';
import type { Row } from '../../contract/row.ts';
import type { Judgement } from '../answers/check-answer.ts';

export interface PartContext {
  text: string;
  structure: Structure;
  /** Length of the completion in tokens of the model that wrote it; null when nobody counted. */
  tokens: number | null;
  /** Cut at the token limit. */
  truncated: boolean;
  /** What the answer is worth, judged once for all parts. */
  judgement: Judgement;
}

export interface PartResult {
  /** Within the part's range; null when the part does not apply to this row. */
  score: number | null;
  /** One sentence. */
  why: string;
  /** Where in the text the reason stands. */
  spans: Span[];
}

/** A parameter: a number with bounds. A suite that gives another kind of value, or one out of bounds, is refused. */
export interface ParamSpec {
  default: number;
  min: number;
  max: number;
  integer?: true;
  explanation: string;
}

export type Params = Readonly<Record<string, number>>;

export interface PartDefinition {
  fn: string;
  explanation: string;
  /** Lowest and highest score that `score` can return. */
  range: { min: number; max: number };
  params: Readonly<Record<string, ParamSpec>>;
  score(row: Row, parsed: ParsedCompletion, params: Params, context: PartContext): PartResult;
}
