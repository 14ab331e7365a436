// A reward suite as a function: compiled once, then applied to completions. The trainer's rewards, the verdicts of traces
// and the grades of evaluations all come from here.
import type { ParsedCompletion, ScoreResult, Structure, Suite } from '../contract/reward.ts';
import type { Row } from '../contract/row.ts';
import { checkAnswer } from './answers/check-answer.ts';
import { checkSuite } from './check-suite.ts';
import { type CompiledPart, compilePart, inapplicability, type ScorerPart } from './compiled-part.ts';
import { answerTypes, domains } from './domains.ts';
import type { Evidence } from './evidence.ts';
import { gatherNeeds, type Needs } from './needs.ts';
import { parseCompletion } from './parse.ts';
import type { Measured, PartContext, PartDefinition, PartResult, Range } from './parts/part.ts';
import { findPart } from './parts/registry.ts';
import { onlyAsksJudge } from './parts/rubric.ts';
import { promptTemplates } from './prompt-template.ts';
import { findStructure } from './structure.ts';
import { findWords, makeWordList, type WordList } from './words/word-list.ts';

export interface Scorer {
  suite: Suite;
  structure: Structure;
  parts: readonly ScorerPart[];
  /** Highest and lowest total that any completion can get. */
  max: number;
  min: number;
  /** What a person should know about the balance of this suite; not errors. */
  warnings: readonly string[];
  /** The same two for the completions of one row: only the parts that apply to it count. */
  rangeOf(row: Row): Range;
  /**
   * Whether rows of a kind can earn by their form alone, while others are judged: any answer to them earns all there is. No
   * judge is asked, as in training. False for a suite that judges nothing but the form of any row, which is what it is for.
   */
  onlyForm(kind: RowKind): boolean;
  /** The parts that apply to completions of one row. */
  partsFor(row: Row): readonly ScorerPart[];
  /** What to gather before `score`. Never throws. */
  needs(row: Row, completion: string): Needs;
  /** Never throws: a failing part, or evidence that a part needs and does not get, gives the verdict `error` and no total. */
  score(row: Row, completion: string, measured?: Measured, evidence?: Evidence): ScoreResult;
  /** Every part's score, reason and place; throws what a part throws. */
  explain(row: Row, completion: string, measured?: Measured, evidence?: Evidence): PartOutcome[];
}

export interface PartOutcome extends PartResult {
  id: string;
  weight: number;
}

export interface CompileOptions {
  /** Part functions by name; the registry of this version unless a test brings its own. */
  findPart?: (fn: string) => PartDefinition | undefined;
  /** Domains that `when` may name. */
  domains?: readonly string[];
}

/** Share of the maximum above which the form alone pays too well. */
const FORMAT_SHARE = 1 / 3;

/** Completions of the worked examples of the shipped prompts. */
const SHIPPED_EXAMPLES: readonly string[] = promptTemplates.flatMap((template) =>
  template.examples.map((example) => example.completion),
);

/** Turns a suite (typed, or JSON from outside) into a scorer. Throws `bad-suite` with the part and the field at fault. */
export function compileSuite(value: unknown, options: CompileOptions = {}): Scorer {
  const suite = checkSuite(value, options.domains ?? domains);
  const structure = typeof suite.structure === 'string' ? findStructure(suite.structure) : suite.structure;
  const parts = suite.parts.map((_, i) => compilePart(suite, i, options.findPart ?? findPart));
  const kinds = rowKinds(options.domains ?? domains);
  const ranges = kinds.map((kind) => rangeOfKind(parts, kind));
  return {
    suite,
    structure,
    parts: parts.map(asData),
    max: Math.max(...ranges.map((range) => range.max)),
    min: Math.min(...ranges.map((range) => range.min)),
    warnings: warningsOf(parts, kinds),
    rangeOf: (row) => rangeOfKind(parts, row),
    onlyForm: (kind) => !isJudged(parts, kind) && kinds.some((other) => isJudged(parts, other)),
    partsFor: (row) => parts.filter((part) => inapplicability(part, row) === null).map(asData),
    needs: (row, completion) => gatherNeeds(parts, row, completion, structure),
    score: (row, completion, measured = {}, evidence = {}) =>
      scoreCompletion(parts, structure, row, completion, measured, evidence),
    explain(row, completion, measured = {}, evidence = {}) {
      const parsed = parseCompletion(completion, structure);
      const context = contextOf(structure, row, completion, parsed, measured, evidence);
      return parts.map((part) => ({
        id: part.id,
        weight: part.weight,
        ...applyPart(part, row, parsed, context),
      }));
    },
  };
}

function asData({ id, fn, weight, min, max, form }: CompiledPart): ScorerPart {
  return { id, fn, weight, min, max, form };
}

function totalRange(parts: readonly CompiledPart[]): Range {
  return {
    min: parts.reduce((sum, part) => sum + part.weight * part.min, 0),
    max: parts.reduce((sum, part) => sum + part.weight * part.max, 0),
  };
}

export interface RowKind extends Pick<Row, 'domain' | 'answerType'> {
  /** The rubric that the rows themselves name, which goes before that of the suite. */
  rubricId?: string;
}

/** Whether something beside the form can raise the total of such rows without a judge. */
function isJudged(parts: readonly CompiledPart[], kind: RowKind): boolean {
  const judging = parts.filter((part) => !part.form && !onlyAsksJudge(part, kind.rubricId));
  return rangeOfKind(judging, kind).max > 0;
}

/** Range of the parts that apply to rows of one kind. */
function rangeOfKind(parts: readonly CompiledPart[], kind: RowKind): Range {
  return totalRange(parts.filter((part) => inapplicability(part, kind) === null));
}

/** Every kind of row that a suite can tell apart. The empty domain stands for all that are not known. */
function rowKinds(known: readonly string[]): RowKind[] {
  return [...known, ''].flatMap((domain) => answerTypes.map((answerType) => ({ domain, answerType })));
}

function warningsOf(parts: readonly CompiledPart[], kinds: readonly RowKind[]): string[] {
  const form = parts.filter((part) => part.definition.form);
  const shares = kinds.map((kind) => {
    const all = rangeOfKind(parts, kind).max;
    return all > 0 ? rangeOfKind(form, kind).max / all : 0;
  });
  const warnings: string[] = [];
  // Where nothing but the form applies there is nothing to outweigh it.
  const judged = kinds.filter((_, i) => shares[i]! < 1);
  const cheap = kinds.filter((_, i) => shares[i]! > FORMAT_SHARE && shares[i]! < 1);
  const worst = Math.max(0, ...shares.filter((share) => share < 1));
  if (cheap.length > 0) {
    const where = cheap.length < judged.length ? `For ${kindsInWords(cheap, kinds)}, the` : 'The';
    warnings.push(
      `${where} form alone earns ${Math.round(100 * worst)} % of the maximum; keep it under a third${cheap.length < judged.length ? ', or leave such rows out' : ''}.`,
    );
  }
  const unjudged = kinds.filter((_, i) => shares[i] === 1);
  if (unjudged.length > 0 && unjudged.length < kinds.length)
    warnings.push(
      `Of ${kindsInWords(unjudged, kinds)}, nothing but the form is judged: any answer earns all there is. Leave such rows out.`,
    );
  return warnings;
}

/** "open tasks outside of creative and summarization, and choice tasks of law" */
function kindsInWords(some: readonly RowKind[], kinds: readonly RowKind[]): string {
  const types = [...new Set(some.map(({ answerType }) => answerType))].map((type) => {
    const domainsOf = (inside: boolean) =>
      kinds
        .filter((kind) => kind.answerType === type && some.includes(kind) === inside)
        .map(({ domain }) => domain || 'other domains');
    const [inside, outside] = [domainsOf(true), domainsOf(false)];
    if (outside.length === 0) return `${type} tasks`;
    return outside.length <= inside.length
      ? `${type} tasks outside of ${outside.join(' and ')}`
      : `${type} tasks of ${inside.join(' and ')}`;
  });
  return types.join(', and ');
}

/** Serves completion after completion: scoring is synchronous, and no part keeps it. */
const scratch = makeWordList(8192);

function contextOf(
  structure: Structure,
  row: Row,
  text: string,
  parsed: ParsedCompletion,
  measured: Measured,
  evidence: Evidence,
): PartContext {
  let words: WordList | undefined;
  return {
    part: '',
    text,
    structure,
    tokens: measured.tokens ?? null,
    truncated: measured.truncated ?? false,
    examples: measured.examples ?? SHIPPED_EXAMPLES,
    group: measured.group ?? null,
    judgement: checkAnswer(row, text, parsed, evidence.code),
    evidence,
    words() {
      words ??= findWords(text, scratch);
      return words;
    },
  };
}

function applyPart(part: CompiledPart, row: Row, parsed: ParsedCompletion, context: PartContext): PartResult {
  const why = inapplicability(part, row);
  if (why !== null) return { score: null, why, spans: [] };
  context.part = part.id;
  const result = part.definition.score(row, parsed, part.params, context);
  // Written so that NaN fails too. An infinite reward would destroy a run without a word.
  if (result.score !== null && !(result.score >= part.min && result.score <= part.max))
    throw new RangeError(`gave ${result.score}, outside of [${part.min}, ${part.max}]`);
  return result;
}

/** A rubric that only a judge could apply to the row, where none was asked. */
function unjudgedPart(
  parts: readonly CompiledPart[],
  row: Row,
  { judged }: Evidence,
): CompiledPart | undefined {
  if (judged) return undefined;
  return parts.find((part) => part.fn === 'rubric' && inapplicability(part, row) === null);
}

/** Nothing of the suite was applied: a total of 0 would look like a judgement. */
function unjudged(part: CompiledPart, row: Row, parsed: ParsedCompletion, why: string): ScoreResult {
  const message = `Nothing of the suite could be applied to row "${row.id}" (${row.answerType}, ${row.domain}). Part "${part.id}": ${why}`;
  return {
    ...{ total: null, parts: {}, verdict: 'error', extracted: null, why: {}, parsed },
    error: { part: part.id, message },
  };
}

function scoreCompletion(
  parts: readonly CompiledPart[],
  structure: Structure,
  row: Row,
  completion: string,
  measured: Measured,
  evidence: Evidence,
): ScoreResult {
  const parsed = parseCompletion(completion, structure);
  let failing = 'answer';
  try {
    const context = contextOf(structure, row, completion, parsed, measured, evidence);
    const { verdict, extracted } = context.judgement;
    const result: ScoreResult = { total: 0, parts: {}, verdict, extracted, why: {}, parsed, error: null };
    let total = 0;
    let scored = 0;
    for (const part of parts) {
      failing = part.id;
      const { score, why } = applyPart(part, row, parsed, context);
      result.parts[part.id] = score;
      result.why[part.id] = why;
      if (score !== null) {
        total += part.weight * score;
        scored++;
      }
    }
    const waiting = scored === 0 ? unjudgedPart(parts, row, evidence) : undefined;
    if (waiting) return unjudged(waiting, row, parsed, result.why[waiting.id] ?? '');
    result.total = total;
    return result;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return {
      total: null,
      parts: {},
      verdict: 'error',
      extracted: null,
      why: {},
      parsed,
      error: { part: failing, message: `Part "${failing}" failed on row "${row.id}": ${message}` },
    };
  }
}
