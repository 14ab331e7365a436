// The reward server's protocol without its edges: one request line in, one answer line out. server.ts adds stdin and stdout.
import type { ScoreResult } from '../contract/reward.ts';
import type { Row } from '../contract/row.ts';
import { isObject } from './check-suite.ts';
import { answerTypes } from './domains.ts';
import type { Executor, Judge } from './evidence.ts';
import { createGrader, type GradeItem, type Grader } from './grade.ts';
import { RewardsError } from './rewards-error.ts';
import { compileSuite } from './suite.ts';
import { suiteIdentity } from './suite-identity.ts';
import { findSuite } from './suites/shipped.ts';

export interface ProtocolOptions {
  /** SHA-256 of the bytes of the code that answers: part of every suite's identity. */
  codeSha256: string;
  /** Where answers that are code run; without one they are errors. */
  executor?: Executor | null;
  /** Who judges rubric items without a predicate; without one they are "not judged". */
  judge?: Judge | null;
}

type Json = Record<string, unknown>;

/** What the server tells of a result: everything but the parse, of which only the reading. */
export type ServedResult = Omit<ScoreResult, 'parsed'> & { reading: ScoreResult['parsed']['reading'] };

/**
 * Answers request lines one after the other. A request at fault gets `{"error":{"code","message"}}`, with the request's
 * `id` when it had one, and leaves the loaded suite as it was.
 */
export function createProtocol(options: ProtocolOptions): (line: string) => Promise<string> {
  const { codeSha256, executor = null, judge = null } = options;
  let grader: Grader | null = null;
  let examples: readonly string[] | undefined;

  async function load(request: Json): Promise<Json> {
    const given = typeof request.suite === 'string' ? findSuite(request.suite) : request.suite;
    const loaded = compileSuite(given);
    const inPrompt = checkExamples(request.examples);
    const hash = await suiteIdentity(loaded.suite, codeSha256);
    grader = createGrader({ scorer: loaded, executor, judge });
    examples = inPrompt;
    const { suite, parts, max, min, warnings } = loaded;
    return { ok: true, name: suite.name, version: suite.version, hash, parts, max, min, warnings };
  }

  async function score(request: Json): Promise<Json> {
    if (!grader)
      throw new RewardsError('no-suite', 'No suite is loaded. Send {"op":"load","suite":…} before "score".');
    if (!Array.isArray(request.items))
      throw new RewardsError('bad-item', 'A score request needs "items": a list of {"row","completion"}.');
    const items = request.items.map(checkItem);
    if (examples) for (const item of items) item.measured = { ...item.measured, examples };
    const results = await grader.grade(items);
    return { id: request.id ?? null, results: results.map(serve) };
  }

  return async (line) => {
    let id: unknown;
    try {
      const request = readRequest(line);
      id = request.id;
      if (request.op === 'load') return JSON.stringify(await load(request));
      if (request.op === 'score') return JSON.stringify(await score(request));
      if (request.op === 'ping')
        return JSON.stringify({ ok: true, codeSha256, suite: grader?.scorer.suite.name ?? null });
      throw new RewardsError(
        'unknown-op',
        `Unknown op ${JSON.stringify(request.op)}. Known: load, score, ping.`,
      );
    } catch (error) {
      const code = error instanceof RewardsError ? error.code : 'internal';
      const message = error instanceof Error ? error.message : String(error);
      return JSON.stringify(
        id === undefined ? { error: { code, message } } : { id, error: { code, message } },
      );
    }
  };
}

function readRequest(line: string): Json {
  let request: unknown;
  try {
    request = JSON.parse(line);
  } catch {
    // Without the engine's own words: every runtime gives the same answer.
    throw new RewardsError('bad-json', 'This line is not JSON. A request is one JSON object on one line.');
  }
  if (!isObject(request)) throw new RewardsError('bad-json', 'A request is one JSON object on one line.');
  return request;
}

function serve({ parsed, ...result }: ScoreResult): ServedResult {
  return { ...result, reading: parsed.reading };
}

/** Completions of the worked examples in the prompt, which must not be copied; undefined: those of the shipped prompts. */
function checkExamples(value: unknown): string[] | undefined {
  if (value === undefined || value === null) return undefined;
  if (isTexts(value)) return value;
  throw new RewardsError('bad-item', '"examples" of a load request must be a list of texts.');
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'string');
}

const ANSWER_TYPES: readonly string[] = answerTypes;

/** Checks what scoring relies on; the rest of a row is carried, not read. Throws `bad-item` with the item's number. */
function checkItem(value: unknown, index: number): GradeItem {
  const fail = (what: string) => new RewardsError('bad-item', `Item ${index + 1}: ${what}`);
  if (!isObject(value)) throw fail('must be an object with "row" and "completion".');
  const { row, completion, tokens, truncated, prompt, group } = value;
  if (!isObject(row)) throw fail('"row" is missing.');
  const objection = objectToRow(row);
  if (objection) throw fail(objection);
  if (typeof completion !== 'string') throw fail('"completion" must be text.');
  if (tokens !== undefined && tokens !== null && !(Number.isSafeInteger(tokens) && (tokens as number) >= 0))
    throw fail('"tokens" must be a whole number from 0, or null.');
  if (truncated !== undefined && typeof truncated !== 'boolean')
    throw fail('"truncated" must be true or false.');
  for (const [name, text] of Object.entries({ prompt, group }))
    if (text !== undefined && typeof text !== 'string') throw fail(`"${name}" must be text.`);
  const item: GradeItem = {
    row: row as unknown as Row,
    completion,
    measured: { tokens: (tokens as number | null | undefined) ?? null, truncated: truncated === true },
  };
  if (typeof prompt === 'string') item.prompt = prompt;
  if (typeof group === 'string') item.group = group;
  return item;
}

function objectToRow(row: Json): string | null {
  for (const field of ['id', 'question', 'domain'])
    if (typeof row[field] !== 'string') return `row.${field} must be text.`;
  if (row.answer !== null && typeof row.answer !== 'string') return 'row.answer must be text or null.';
  if (row.context !== undefined && row.context !== null && typeof row.context !== 'string')
    return 'row.context must be text or null.';
  if (row.answerRaw !== undefined && typeof row.answerRaw !== 'string') return 'row.answerRaw must be text.';
  if (!ANSWER_TYPES.includes(row.answerType as string))
    return `row.answerType must be one of ${ANSWER_TYPES.join(', ')}.`;
  const { choices, verifier } = row;
  if (choices !== null && !isTexts(choices)) return 'row.choices must be a list of texts or null.';
  if (verifier === null) return null;
  if (!isObject(verifier)) return 'row.verifier must be an object or null.';
  for (const field of ['tests', 'imports', 'golds'])
    if (verifier[field] !== undefined && !isTexts(verifier[field]))
      return `row.verifier.${field} must be a list of texts.`;
  if (verifier.tests !== undefined && (!isTexts(verifier.imports) || typeof verifier.setup !== 'string'))
    return 'row.verifier with tests needs "imports" and "setup".';
  for (const field of ['rubricId', 'reference'])
    if (verifier[field] !== undefined && typeof verifier[field] !== 'string')
      return `row.verifier.${field} must be text.`;
  return null;
}
