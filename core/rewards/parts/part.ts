// What a reward part is: a pure function over one completion, with its range, its parameters and its needs as data.
import type { ParsedCompletion, Span, Structure } from '../../contract/reward.ts';
import type { AnswerType, Row } from '../../contract/row.ts';
import type { Judgement } from '../answers/check-answer.ts';
import type { Evidence, JudgeQuestion } from '../evidence.ts';
import type { RubricItem } from '../rubrics/rubric.ts';
import type { WordList } from '../words/word-list.ts';

/** What is known of a completion beside its text. */
export interface Measured {
  /** Length of the completion in the model's own tokens. */
  tokens?: number | null;
  /** Cut at the token limit. */
  truncated?: boolean;
  /** Completions of the worked examples that stood in the prompt; without them, those of the shipped prompts. */
  examples?: readonly string[];
  /** Lengths over the group of completions of one prompt, in characters; only for rewards that compare within a group. */
  group?: { shortest: number; longest: number } | null;
}

export interface PartContext {
  /** Id of the part in its suite. */
  part: string;
  text: string;
  structure: Structure;
  /** Length of the completion in tokens of the model that wrote it; null when nobody counted. */
  tokens: number | null;
  /** Cut at the token limit. */
  truncated: boolean;
  examples: readonly string[];
  group: { shortest: number; longest: number } | null;
  /** What the answer is worth, judged once for all parts. */
  judgement: Judgement;
  /** What was gathered from outside for this completion. */
  evidence: Evidence;
  /** The words of the whole completion, and of any stretch of it; found once for all parts. */
  words(): WordList;
}

export interface PartResult {
  /** Within the part's range; null when the part does not apply to this row. */
  score: number | null;
  /** One sentence. */
  why: string;
  /** Where in the text the reason stands. */
  spans: Span[];
}

interface ParamBase {
  explanation: string;
}

export interface NumberParam extends ParamBase {
  type: 'number';
  default: number;
  min: number;
  max: number;
  integer?: true;
}

/** One of a few names. */
export interface ChoiceParam extends ParamBase {
  type: 'choice';
  default: string;
  options: readonly string[];
}

export interface FlagParam extends ParamBase {
  type: 'flag';
  default: boolean;
}

/** Free text, for example source code. */
export interface TextParam extends ParamBase {
  type: 'text';
  default: string;
  maxLength: number;
}

/** The items of a rubric. */
export interface RubricParam extends ParamBase {
  type: 'rubric';
  default: readonly RubricItem[];
}

/** A parameter as data: an editor shows it, and a suite that gives another kind of value, or one out of bounds, is refused. */
export type ParamSpec = NumberParam | ChoiceParam | FlagParam | TextParam | RubricParam;
export type ParamSpecs = Readonly<Record<string, ParamSpec>>;

type ValueOf<S extends ParamSpec> = S extends NumberParam
  ? number
  : S extends FlagParam
    ? boolean
    : S extends RubricParam
      ? readonly RubricItem[]
      : S extends { type: 'choice'; options: readonly (infer O)[] }
        ? O
        : string;

/** The values of the parameters of `P`. */
export type ParamValues<P extends ParamSpecs> = { readonly [K in keyof P]: ValueOf<P[K]> };
export type Params = Readonly<Record<string, unknown>>;

export interface Range {
  min: number;
  max: number;
}

/** What a part needs from outside for one completion; nothing for most. */
export interface PartNeeds {
  /** The outcome of running the answer's code, where the row has tests. */
  code?: boolean;
  /** Questions for the judge, by item id. */
  judge?: Readonly<Record<string, JudgeQuestion>>;
  /** The person's own function. */
  python?: { source: string; name: string };
}

export interface PartDefinition {
  fn: string;
  explanation: string;
  /** Lowest and highest score that `score` can return. */
  range: Range | ((params: Params) => Range);
  params: ParamSpecs;
  /** Says what is wrong with parameters that are each in bounds; null when nothing is. */
  object?(params: Params): string | null;
  /** It pays for the form only, whatever the answer: such parts must stay a small share of a suite. */
  form?: true;
  /** To which rows it applies at all; every kind when missing. Others are not in the row's maximum. */
  answerTypes?: readonly AnswerType[];
  needs?(row: Row, parsed: ParsedCompletion, params: Params, text: string): PartNeeds;
  score(row: Row, parsed: ParsedCompletion, params: Params, context: PartContext): PartResult;
}

interface TypedDefinition<P extends ParamSpecs> {
  fn: string;
  explanation: string;
  range: Range | ((params: ParamValues<P>) => Range);
  params: P;
  object?(params: ParamValues<P>): string | null;
  form?: true;
  answerTypes?: readonly AnswerType[];
  needs?(row: Row, parsed: ParsedCompletion, params: ParamValues<P>, text: string): PartNeeds;
  score(row: Row, parsed: ParsedCompletion, params: ParamValues<P>, context: PartContext): PartResult;
}

/** A part whose function sees its parameters by name and type. The suite's check is what makes the types true. */
export function definePart<const P extends ParamSpecs>(definition: TypedDefinition<P>): PartDefinition {
  return definition as unknown as PartDefinition;
}
