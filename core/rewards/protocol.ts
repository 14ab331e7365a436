// The reward server's protocol without its edges: one request line in, one answer line out. server.ts adds stdin and stdout.
import type { ScoreResult } from '../contract/reward.ts';
import type { Row } from '../contract/row.ts';
import { isObject } from './check-suite.ts';
import type { Measured } from './parts/part.ts';
import { RewardsError } from './rewards-error.ts';
import { compileSuite, type Scorer } from './suite.ts';
import { suiteIdentity } from './suite-identity.ts';
import { findSuite } from './suites/shipped.ts';

export interface ProtocolOptions {
  /** SHA-256 of the bytes of the code that answers: part of every suite's identity. */
  codeSha256: string;
}

type Json = Record<string, unknown>;

interface Item {
  row: Row;
  completion: string;
  measured: Measured;
}

/** What the server tells of a result: everything but the parse, of which only the reading. */
export type ServedResult = Omit<ScoreResult, 'parsed'> & { reading: ScoreResult['parsed']['reading'] };

/**
 * Answers request lines one after the other. A request at fault gets `{"error":{"code","message"}}`, with the request's
 * `id` when it had one, and leaves the loaded suite as it was.
 */
export function createProtocol({ codeSha256 }: ProtocolOptions): (line: string) => Promise<string> {
  let scorer: Scorer | null = null;

  async function load(request: Json): Promise<Json> {
    const given = typeof request.suite === 'string' ? findSuite(request.suite) : request.suite;
    const loaded = compileSuite(given);
    const hash = await suiteIdentity(loaded.suite, codeSha256);
    scorer = loaded;
    const { suite, parts, max, min, warnings } = loaded;
    return { ok: true, name: suite.name, version: suite.version, hash, parts, max, min, warnings };
  }

  function score(request: Json): Json {
    if (!scorer)
      throw new RewardsError('no-suite', 'No suite is loaded. Send {"op":"load","suite":…} before "score".');
    if (!Array.isArray(request.items))
      throw new RewardsError('bad-item', 'A score request needs "items": a list of {"row","completion"}.');
    const items = request.items.map(checkItem);
    const loaded = scorer;
    const results = items.map(({ row, completion, measured }) =>
      serve(loaded.score(row, completion, measured)),
    );
    return { id: request.id ?? null, results };
  }

  return async (line) => {
    let id: unknown;
    try {
      const request = readRequest(line);
      id = request.id;
      if (request.op === 'load') return JSON.stringify(await load(request));
      if (request.op === 'score') return JSON.stringify(score(request));
      if (request.op === 'ping')
        return JSON.stringify({ ok: true, codeSha256, suite: scorer?.suite.name ?? null });
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

const ANSWER_TYPES = ['number', 'choice', 'text', 'code', 'open'];

/** Checks what scoring relies on; the rest of a row is carried, not read. Throws `bad-item` with the item's number. */
function checkItem(value: unknown, index: number): Item {
  const fail = (what: string) => new RewardsError('bad-item', `Item ${index + 1}: ${what}`);
  if (!isObject(value)) throw fail('must be an object with "row" and "completion".');
  const { row, completion, tokens, truncated } = value;
  if (!isObject(row)) throw fail('"row" is missing.');
  for (const field of ['id', 'question', 'domain'])
    if (typeof row[field] !== 'string') throw fail(`row.${field} must be text.`);
  if (row.answer !== null && typeof row.answer !== 'string') throw fail('row.answer must be text or null.');
  if (!ANSWER_TYPES.includes(row.answerType as string))
    throw fail(`row.answerType must be one of ${ANSWER_TYPES.join(', ')}.`);
  const { choices, verifier } = row;
  if (choices !== null && !(Array.isArray(choices) && choices.every((choice) => typeof choice === 'string')))
    throw fail('row.choices must be a list of texts or null.');
  if (verifier !== null && !isObject(verifier)) throw fail('row.verifier must be an object or null.');
  if (typeof completion !== 'string') throw fail('"completion" must be text.');
  if (tokens !== undefined && tokens !== null && !(Number.isSafeInteger(tokens) && (tokens as number) >= 0))
    throw fail('"tokens" must be a whole number from 0, or null.');
  if (truncated !== undefined && typeof truncated !== 'boolean')
    throw fail('"truncated" must be true or false.');
  return {
    row: row as unknown as Row,
    completion,
    measured: { tokens: (tokens as number | null | undefined) ?? null, truncated: truncated === true },
  };
}
