// A reward suite as a function: compiled once, then applied to completions. The trainer's rewards, the verdicts of traces
// and the grades of evaluations all come from here.
import type { ParsedCompletion, ScoreResult, Structure, Suite } from '../contract/reward.ts';
import type { Row } from '../contract/row.ts';
import { checkAnswer } from './answers/check-answer.ts';
import { checkParams, checkSuite } from './check-suite.ts';
import { domains } from './domains.ts';
import { parseCompletion } from './parse.ts';
import type { Params, PartContext, PartDefinition, PartResult } from './parts/part.ts';
import { findPart, partDefinitions } from './parts/registry.ts';
import { RewardsError } from './rewards-error.ts';
import { findStructure } from './structure.ts';

export interface Measured {
  /** Length of the completion in the model's own tokens. */
  tokens?: number | null;
  /** Cut at the token limit. */
  truncated?: boolean;
}

/** A part as compiled; `min` and `max` are of its score, before the weight. */
export interface ScorerPart {
  id: string;
  fn: string;
  weight: number;
  min: number;
  max: number;
}

export interface Scorer {
  suite: Suite;
  structure: Structure;
  parts: readonly ScorerPart[];
  /** Highest and lowest total that any completion can get. */
  max: number;
  min: number;
  /** What a person should know about the balance of this suite; not errors. */
  warnings: readonly string[];
  /** Never throws: a failing part gives the verdict `error` and no total. */
  score(row: Row, completion: string, measured?: Measured): ScoreResult;
  /** Every part's score, reason and place; throws what a part throws. */
  explain(row: Row, completion: string, measured?: Measured): PartOutcome[];
}

export interface PartOutcome extends PartResult {
  id: string;
  weight: number;
}

interface CompiledPart extends ScorerPart {
  definition: PartDefinition;
  params: Params;
  when: ReadonlySet<string> | null;
}

export interface CompileOptions {
  /** Part functions by name; the registry of this version unless a test brings its own. */
  findPart?: (fn: string) => PartDefinition | undefined;
  /** Domains that `when` may name. */
  domains?: readonly string[];
}

/** Share of the maximum above which the form alone pays too well. */
const FORMAT_SHARE = 1 / 3;

/** Turns a suite (typed, or JSON from outside) into a scorer. Throws `bad-suite` with the part and the field at fault. */
export function compileSuite(value: unknown, options: CompileOptions = {}): Scorer {
  const suite = checkSuite(value, options.domains ?? domains);
  const structure = findStructure(suite.structure);
  const parts = suite.parts.map((_, i) => compilePart(suite, i, options.findPart ?? findPart));
  const max = parts.reduce((sum, part) => sum + part.weight * part.max, 0);
  const min = parts.reduce((sum, part) => sum + part.weight * part.min, 0);
  const warnings: string[] = [];
  const form = parts.filter((part) => part.fn === 'structure').reduce((sum, part) => sum + part.weight, 0);
  if (form > max * FORMAT_SHARE)
    warnings.push(
      `The form alone earns ${Math.round((100 * form) / max)} % of the maximum; keep it under a third.`,
    );
  return {
    suite,
    structure,
    parts: parts.map(({ id, fn, weight, min, max }) => ({ id, fn, weight, min, max })),
    max,
    min,
    warnings,
    score: (row, completion, measured = {}) => scoreCompletion(parts, structure, row, completion, measured),
    explain(row, completion, measured = {}) {
      const parsed = parseCompletion(completion, structure);
      const context = contextOf(structure, row, completion, parsed, measured);
      return parts.map((part) => ({
        id: part.id,
        weight: part.weight,
        ...applyPart(part, row, parsed, context),
      }));
    },
  };
}

function compilePart(
  suite: Suite,
  index: number,
  find: (fn: string) => PartDefinition | undefined,
): CompiledPart {
  const part = suite.parts[index]!;
  const where = `Suite "${suite.name}", part "${part.id}"`;
  const definition = find(part.fn);
  if (!definition) {
    const known = partDefinitions.map((each) => each.fn).join(', ');
    throw new RewardsError(
      'bad-suite',
      `${where}: there is no reward function "${part.fn}". Known: ${known}.`,
    );
  }
  return {
    id: part.id,
    fn: part.fn,
    weight: part.weight,
    min: definition.range.min,
    max: definition.range.max,
    definition,
    params: checkParams(part.params ?? {}, definition.params, where),
    when: part.when ? new Set(part.when.domain) : null,
  };
}

function contextOf(
  structure: Structure,
  row: Row,
  text: string,
  parsed: ParsedCompletion,
  measured: Measured,
): PartContext {
  const judgement = checkAnswer(row, text, parsed);
  return {
    text,
    structure,
    tokens: measured.tokens ?? null,
    truncated: measured.truncated ?? false,
    judgement,
  };
}

function applyPart(part: CompiledPart, row: Row, parsed: ParsedCompletion, context: PartContext): PartResult {
  if (part.when && !part.when.has(row.domain))
    return { score: null, why: `Does not apply to the domain "${row.domain}".`, spans: [] };
  const result = part.definition.score(row, parsed, part.params, context);
  // Written so that NaN fails too. An infinite reward would destroy a run without a word.
  if (result.score !== null && !(result.score >= part.min && result.score <= part.max))
    throw new RangeError(`gave ${result.score}, outside of [${part.min}, ${part.max}]`);
  return result;
}

function scoreCompletion(
  parts: readonly CompiledPart[],
  structure: Structure,
  row: Row,
  completion: string,
  measured: Measured,
): ScoreResult {
  const parsed = parseCompletion(completion, structure);
  let failing = 'answer';
  try {
    const context = contextOf(structure, row, completion, parsed, measured);
    const { verdict, extracted } = context.judgement;
    const result: ScoreResult = { total: 0, parts: {}, verdict, extracted, why: {}, parsed, error: null };
    let total = 0;
    for (const part of parts) {
      failing = part.id;
      const { score, why } = applyPart(part, row, parsed, context);
      result.parts[part.id] = score;
      result.why[part.id] = why;
      if (score !== null) total += part.weight * score;
    }
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
