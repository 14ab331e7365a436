// Reward suites over the border: what ships, what a person made, what one completion earns and why, and how two suites judge
// a whole set of completions.
import { z } from 'zod';
import { command, Nothing, query } from './procedure.ts';
import { ScoreResult, Span, Structure, Suite, Verdict } from './reward.ts';
import { AnswerType, Row } from './row.ts';

const Range = z.object({ min: z.number(), max: z.number() });

export const SuiteInfo = z.object({
  name: z.string(),
  version: z.int(),
  /** SHA-256 over its JSON and the code that runs it. */
  hash: z.string(),
  max: z.number(),
  min: z.number(),
  suite: Suite,
  shipped: z.boolean(),
  /** Unix ms; null for a shipped one. */
  createdAt: z.number().nullable(),
  note: z.string().nullable(),
  /** What to know about its balance; not errors. */
  warnings: z.array(z.string()),
  /** What in this lab was scored by it. */
  uses: z.object({ evaluations: z.int(), runs: z.int() }),
});
export type SuiteInfo = z.infer<typeof SuiteInfo>;

/** A suite by `name@version`, by name (its newest version), as a JSON file, or as a draft that is stored nowhere. */
export const SuiteRef = z.union([z.string(), z.record(z.string(), z.unknown())]);
export type SuiteRef = z.infer<typeof SuiteRef>;
const suiteWords = 'a suite: name, name@version, or the path of a .json file';

export const RubricItem = z.object({
  id: z.string(),
  criterion: z.string(),
  importance: z.enum(['essential', 'important', 'optional', 'pitfall']),
  /** `predicate` and its fields; without a check the item is a judge's. */
  check: z.looseObject({ predicate: z.string() }).optional(),
});
export type RubricItem = z.infer<typeof RubricItem>;

const param = { name: z.string(), explanation: z.string() };

/** A parameter of a part as data, for an editor. */
export const PartParam = z.discriminatedUnion('type', [
  z.object({
    ...param,
    type: z.literal('number'),
    default: z.number(),
    min: z.number(),
    max: z.number(),
    integer: z.boolean(),
  }),
  z.object({ ...param, type: z.literal('choice'), default: z.string(), options: z.array(z.string()) }),
  z.object({ ...param, type: z.literal('flag'), default: z.boolean() }),
  z.object({ ...param, type: z.literal('text'), default: z.string(), maxLength: z.int() }),
  z.object({ ...param, type: z.literal('rubric'), default: z.array(RubricItem) }),
]);
export type PartParam = z.infer<typeof PartParam>;

export const PartFunction = z.object({
  fn: z.string(),
  explanation: z.string(),
  /** It pays for the form only, whatever the answer. */
  form: z.boolean(),
  /** To which rows it applies at all; null: to all. */
  answerTypes: z.array(AnswerType).nullable(),
  /** Of its score with default parameters, before the weight; null where they are not enough to make the part. */
  range: Range.nullable(),
  /** It may have to run code or ask a judge, so that scoring takes longer than reading. */
  gathers: z.boolean(),
  params: z.array(PartParam),
});
export type PartFunction = z.infer<typeof PartFunction>;

/** All that an editor of suites needs to know. */
export const PartCatalogue = z.object({
  parts: z.array(PartFunction),
  structures: z.array(Structure),
  rubrics: z.array(z.object({ id: z.string(), items: z.array(RubricItem) })),
  /** Weights of the importances of rubric items. */
  importances: z.array(z.object({ name: RubricItem.shape.importance, weight: z.number() })),
  /** Predicates of computed rubric items with their fields. */
  predicates: z.array(
    z.object({
      name: z.string(),
      fields: z.array(
        z.object({
          name: z.string(),
          kind: z.enum(['count', 'share', 'texts', 'metric']),
          required: z.boolean(),
        }),
      ),
    }),
  ),
  /** What `when` may name. */
  domains: z.array(z.string()),
  answerTypes: z.array(AnswerType),
});
export type PartCatalogue = z.infer<typeof PartCatalogue>;

export const SuiteProblem = z.object({
  /** Index in `parts`; null where the suite as a whole is at fault. */
  part: z.int().nullable(),
  /** `weight`, `fn`, `when.domain`, `params.minWords`, …; null where no single field is at fault. */
  field: z.string().nullable(),
  message: z.string(),
});
export type SuiteProblem = z.infer<typeof SuiteProblem>;

export const SuiteCheck = z.object({
  ok: z.boolean(),
  /** Of the total over all rows; null unless `ok`. */
  min: z.number().nullable(),
  max: z.number().nullable(),
  warnings: z.array(z.string()),
  problems: z.array(SuiteProblem),
});
export type SuiteCheck = z.infer<typeof SuiteCheck>;

/** `made` is false where the very same suite was there before. */
export const KeptSuite = SuiteInfo.extend({ made: z.boolean() });
export type KeptSuite = z.infer<typeof KeptSuite>;

export const SuiteChange = z.object({
  change: z.enum(['added', 'removed', 'changed']),
  /** Id of the part; null for a field of the suite. */
  part: z.string().nullable(),
  /** `weight`, `params.minWords`, `when.domain`, `structure`, …; null where a whole part came or went. */
  field: z.string().nullable(),
  /** Undefined is told as null. */
  left: z.unknown(),
  right: z.unknown(),
});
export type SuiteChange = z.infer<typeof SuiteChange>;

const SuiteSide = Range.extend({
  name: z.string(),
  version: z.int(),
  hash: z.string(),
  warnings: z.array(z.string()),
});

export const SuiteDiff = z.object({
  left: SuiteSide,
  right: SuiteSide,
  changes: z.array(SuiteChange),
});
export type SuiteDiff = z.infer<typeof SuiteDiff>;

/** A row that stands in no data set. */
export const InlineRow = Row.pick({ question: true, answer: true, answerType: true }).extend({
  choices: Row.shape.choices.default(null),
  domain: Row.shape.domain.default('general-knowledge'),
  context: Row.shape.context.default(null),
  verifier: Row.shape.verifier.default(null),
});
export type InlineRow = z.infer<typeof InlineRow>;

/** What one part says about one completion. */
export const PartOutcome = z.object({
  id: z.string(),
  fn: z.string(),
  weight: z.number(),
  /** Null when it does not apply, or nothing could be judged. */
  score: z.number().nullable(),
  /** Of the score, before the weight. */
  min: z.number(),
  max: z.number(),
  why: z.string(),
  spans: z.array(Span),
  /** False for rows of a kind that the part says nothing about. */
  applies: z.boolean(),
});
export type PartOutcome = z.infer<typeof PartOutcome>;

/** A score with what the margin of a text shows. */
export const Explained = ScoreResult.extend({
  suite: z.object({ name: z.string(), version: z.int(), hash: z.string() }),
  structure: Structure,
  /** Of the total for completions of this row. */
  min: z.number(),
  max: z.number(),
  /** In the order of the suite; empty where a part failed. */
  outcomes: z.array(PartOutcome),
  /** The total without a judge, as in training and evaluations; null where none was asked. */
  unjudged: z.number().nullable(),
});
export type Explained = z.infer<typeof Explained>;

const Moments = z.object({ mean: z.number(), sd: z.number() });

/** How one suite judges the whole set. */
export const SuiteSpread = Range.extend({
  name: z.string(),
  version: z.int(),
  hash: z.string(),
  /** Completions that got a total. */
  n: z.int(),
  errors: z.int(),
  /** The first of them; null without errors. */
  firstError: z.string().nullable(),
  /** Counts over equal bins from `min` to `max`. */
  histogram: z.array(z.int()),
  moments: Moments.nullable(),
  /** Point-biserial, of the total with a right answer. */
  correlation: z.object({
    value: z.number().nullable(),
    n: z.int(),
    correct: z.int(),
    /** Why there is no value. */
    reason: z.string().nullable(),
  }),
  /** Completions of one prompt that all get the same total: such a group teaches nothing. Null without groups. */
  flatGroups: z.object({ flat: z.int(), groups: z.int() }).nullable(),
});
export type SuiteSpread = z.infer<typeof SuiteSpread>;

const Judged = z.object({
  total: z.number(),
  /** Place among all completions from 0 (lowest) to 1; equal totals share one. */
  rank: z.number(),
  verdict: Verdict,
  parts: z.record(z.string(), z.number().nullable()),
});

/** A completion that the two suites place far from each other. */
export const Disagreement = z.object({
  /** Its number in the set, from 0. */
  index: z.int(),
  rowId: z.string(),
  question: z.string(),
  gold: z.string().nullable(),
  completion: z.string(),
  left: Judged,
  right: Judged,
});
export type Disagreement = z.infer<typeof Disagreement>;

export const TryReport = z.object({
  /** "evaluation tiny on arith", "run …", "completions.jsonl" */
  set: z.string(),
  /** Completions tried, and how many the set holds. */
  n: z.int(),
  total: z.int(),
  /** Left out: their row is not in this lab any more. */
  missing: z.int(),
  /** Left out: lines of a file that are no completion; the first of them, from 1. */
  broken: z.object({ count: z.int(), firstLine: z.int().nullable() }),
  /** A judge was there to be asked, which training and evaluations do not do. */
  judge: z.boolean(),
  left: SuiteSpread,
  right: SuiteSpread,
  /** At most 500, evenly from the set. */
  scatter: z.array(
    z.object({ index: z.int(), left: z.number(), right: z.number(), correct: z.boolean().nullable() }),
  ),
  /** At most 100, the widest apart first. */
  disagreements: z.array(Disagreement),
  ms: z.number(),
});
export type TryReport = z.infer<typeof TryReport>;

export const CompletionSet = z.union([
  z.string(),
  z.object({ evaluation: z.string() }),
  z.object({ run: z.string() }),
  /** JSONL of { row | rowId, completion, tokens?, truncated?, group?, prompt? }. */
  z.object({ file: z.string() }),
]);
export type CompletionSet = z.infer<typeof CompletionSet>;

/** What one side of an attack got, and why. */
export const AttackSide = ScoreResult.pick({ verdict: true, parts: true, why: true });
export type AttackSide = z.infer<typeof AttackSide>;

export const AttackResult = z.object({
  id: z.string(),
  title: z.string(),
  origin: z.enum(['published', 'own']),
  answerType: AnswerType,
  domain: z.string(),
  question: z.string(),
  /** The two texts in the form of this suite. */
  honest: z.string(),
  hack: z.string(),
  honestTotal: z.number(),
  hackTotal: z.number(),
  sides: z.object({ honest: AttackSide, hack: AttackSide }),
  /** What is lost by cheating. */
  margin: z.number(),
  /** Highest total for this row. */
  max: z.number(),
  pays: z.boolean(),
  /** What both earn in training, where no judge is asked; null where a judge makes no difference. */
  unjudged: z.object({ honest: z.number(), hack: z.number() }).nullable(),
  /** Only a judge tells the two apart: without one they earn the same. */
  needsJudge: z.boolean(),
});
export type AttackResult = z.infer<typeof AttackResult>;

export const AttackReport = z.object({
  suite: z.object({ name: z.string(), version: z.int(), hash: z.string() }),
  outcomes: z.array(AttackResult),
  summary: z.object({
    tried: z.int(),
    pays: z.int(),
    needJudge: z.int(),
    /** Attacks on rows whose answers the suite does not judge. */
    skipped: z.int(),
    leastMargin: z.number().nullable(),
  }),
});
export type AttackReport = z.infer<typeof AttackReport>;

/** Two answers to one question before a judge, who is asked in both orders. */
export const JudgedPair = z.object({
  winner: z.enum(['left', 'right', 'tie']),
  /** Both orders gave the same winner. */
  agreed: z.boolean(),
  /** What the judge said, left first and right first. */
  reasons: z.array(z.string()),
});
export type JudgedPair = z.infer<typeof JudgedPair>;

const ref = SuiteRef.describe(suiteWords);

export const TryInput = z.object({
  set: CompletionSet.describe('id of an evaluation or a run, or the path of a .jsonl file'),
  left: ref,
  right: ref,
  limit: z
    .int()
    .min(1)
    .max(1_000_000)
    .optional()
    .describe('how many completions, evenly from the set (default: all)'),
});

export const rewards = {
  suites: query('Reward suites with their identity', ['rewards', 'evals', 'jobs'])
    .input(Nothing)
    .output(z.array(SuiteInfo)),
  show: query('One reward suite', ['rewards', 'evals', 'jobs'], { positional: ['suite'] })
    .input(z.object({ suite: z.string().describe(suiteWords) }))
    .output(SuiteInfo),
  pair: command('Let the judge compare two completions of a row, in both orders', [], {
    positional: ['rowId'],
  })
    .input(
      z.object({
        rowId: z.string().describe('row whose question both answer'),
        left: z.string().max(200_000).describe('the one completion'),
        right: z.string().max(200_000).describe('the other completion'),
      }),
    )
    .output(JudgedPair),
  parts: query('The functions, structures and rubrics that suites are made of', [])
    .input(Nothing)
    .output(PartCatalogue),
  score: command('Score one completion of a row', [], { positional: ['rowId'] })
    .input(
      z.object({
        rowId: z.string().optional().describe('row whose question the completion answers'),
        row: z
          .union([z.string(), InlineRow])
          .optional()
          .describe('a row that is in no source: the path of a .json file'),
        completion: z.string().max(2_000_000).optional().describe('what the model wrote'),
        completionFile: z
          .string()
          .optional()
          .describe('a text file that holds what the model wrote; - is the standard input'),
        suite: SuiteRef.default('think-first').describe(suiteWords),
        tokens: z
          .int()
          .min(0)
          .optional()
          .describe('its length in the model’s tokens; without it length earns nothing'),
        truncated: z.boolean().default(false).describe('it was cut at the token limit'),
      }),
    )
    .output(Explained),
  try: command('Hold two suites against a stored set of completions', [], { positional: ['set'] })
    .input(TryInput)
    .output(TryReport),
  attack: command('Try every known way to cheat on a suite', [], { positional: ['suite'] })
    .input(z.object({ suite: ref }))
    .output(AttackReport),
  diff: query('What differs between two suites', ['rewards'], { positional: ['left', 'right'] })
    .input(z.object({ left: ref, right: ref }))
    .output(SuiteDiff),
  /** A bad draft is no error of the call: its problems are the answer. */
  check: query('What is wrong with a draft of a suite', [], { positional: ['suite'] })
    .input(z.object({ suite: z.unknown().describe(suiteWords) }))
    .output(SuiteCheck),
  save: command('Keep a suite as the next version of its name', ['rewards'], { positional: ['suite'] })
    .input(
      z.object({
        suite: ref,
        note: z.string().max(1000).optional().describe('why this version is there'),
      }),
    )
    .output(KeptSuite),
  remove: command('Remove a version of a suite that nothing was scored by', ['rewards'], {
    positional: ['suite'],
  })
    .input(z.object({ suite: z.string().describe('name@version') }))
    .output(z.object({ removed: z.string() })),
  export: command('Write a suite to a file', [], { positional: ['suite', 'to'] })
    .input(
      z.object({
        suite: z.string().describe('name@version, or a name for its newest version'),
        to: z.string().min(1).describe('the file, which must not be there yet'),
      }),
    )
    .output(z.object({ suite: z.string(), path: z.string(), hash: z.string() })),
  import: command('Take a suite from a file that an export wrote', ['rewards'], { positional: ['from'] })
    .input(z.object({ from: z.string().min(1).describe('the file') }))
    .output(KeptSuite),
};
