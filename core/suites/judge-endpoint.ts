// One request to an OpenAI-compatible endpoint, with patience for what passes and a clear error for what does not. Used by judge.ts.
import { setTimeout as sleep } from 'node:timers/promises';
import { CoreError } from '../contract/errors.ts';

export interface Endpoint {
  /** The part before `/chat/completions`: `http://127.0.0.1:11434/v1`. */
  url: string;
  model: string;
  /** Sent as a bearer token; never stored, never in a message. */
  key: string | null;
  /** For one request; 60 s unless said. */
  timeoutMs?: number;
  /** Before the second attempt, doubled for each further one; 500 ms unless said. */
  backOffMs?: number;
}

export interface ChatMessage {
  role: 'system' | 'user';
  content: string;
}

/** Why an endpoint gave no answer: `detail.judge` of the error. */
export type JudgeFailure =
  | 'unreachable'
  | 'timed-out'
  | 'rate-limited'
  | 'server-error'
  | 'refused'
  | 'not-json'
  | 'no-answer';

const ATTEMPTS = 4;
/** The longest that an endpoint may send us away for. */
const MAX_WAIT_MS = 60_000;
const MAX_BYTES = 1_000_000;

class Failure extends Error {
  readonly kind: JudgeFailure;
  readonly retryAfterMs: number | null;

  constructor(kind: JudgeFailure, message: string, retryAfterMs: number | null = null) {
    super(message);
    this.kind = kind;
    this.retryAfterMs = retryAfterMs;
  }
}

const PASSING: readonly JudgeFailure[] = ['unreachable', 'rate-limited', 'server-error', 'timed-out'];

/** What the model says, at temperature 0. Throws `unavailable` with `detail.judge`, or what `signal` aborts with. */
export async function completeChat(
  endpoint: Endpoint,
  messages: readonly ChatMessage[],
  signal?: AbortSignal,
): Promise<string> {
  const { url, model, backOffMs = 500 } = endpoint;
  for (let attempt = 1; ; attempt += 1) {
    signal?.throwIfAborted();
    try {
      return await request(endpoint, messages, signal);
    } catch (error) {
      signal?.throwIfAborted();
      if (!(error instanceof Failure)) throw error;
      if (attempt === ATTEMPTS || !PASSING.includes(error.kind))
        throw new CoreError('unavailable', `The judge ${model} at ${url} ${error.message}`, {
          judge: error.kind,
        });
      const wait = error.retryAfterMs ?? backOffMs * 2 ** (attempt - 1);
      await sleep(Math.min(wait, MAX_WAIT_MS), undefined, { signal }).catch(() => signal?.throwIfAborted());
    }
  }
}

async function request(
  { url, model, key, timeoutMs = 60_000 }: Endpoint,
  messages: readonly ChatMessage[],
  signal?: AbortSignal,
): Promise<string> {
  const timeOut = AbortSignal.timeout(timeoutMs);
  try {
    const response = await fetch(`${url.replace(/\/+$/, '')}/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(key && { authorization: `Bearer ${key}` }) },
      body: JSON.stringify({ model, messages, temperature: 0, max_tokens: 512 }),
      // A key must not travel to where an answer points.
      redirect: 'error',
      signal: signal ? AbortSignal.any([signal, timeOut]) : timeOut,
    });
    const text = await readText(response);
    refuseStatus(response, text);
    return contentOf(text);
  } catch (error) {
    if (error instanceof Failure) throw error;
    if (timeOut.aborted)
      throw new Failure('timed-out', `did not answer within ${timeoutMs / 1000} s. Is it overloaded?`);
    const cause = (error as { cause?: { code?: string; message?: string } }).cause;
    throw new Failure(
      'unreachable',
      `cannot be reached (${cause?.code ?? cause?.message ?? (error as Error).message}). Does it run, and is the address right?`,
    );
  }
}

function refuseStatus({ status, ok, headers }: Response, text: string): void {
  if (ok) return;
  const said = looksLikeHtml(text) ? 'a web page' : `"${text.replace(/\s+/g, ' ').trim().slice(0, 120)}"`;
  if (status === 429)
    throw new Failure(
      'rate-limited',
      'allows no more requests for now (429). Try again later.',
      retryAfter(headers),
    );
  if (status >= 500)
    throw new Failure('server-error', `fails (${status}): ${said}. Try again later.`, retryAfter(headers));
  throw new Failure(
    'refused',
    `refuses the request (${status}): ${said}. Check address, model and the key in FORETHOUGHT_JUDGE_KEY.`,
  );
}

/** `Retry-After` in seconds or as a date. */
function retryAfter(headers: Headers): number | null {
  const value = headers.get('retry-after');
  if (value === null) return null;
  const wait = /^\s*\d+(\.\d+)?\s*$/.test(value) ? Number(value) * 1000 : Date.parse(value) - Date.now();
  return Number.isFinite(wait) ? Math.max(0, wait) : null;
}

interface Choice {
  message?: { content?: unknown };
  finish_reason?: unknown;
}

function contentOf(text: string): string {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    const what = looksLikeHtml(text) ? 'with a web page' : 'with something that is no JSON';
    throw new Failure('not-json', `answers ${what}. Is its address an OpenAI-compatible one, ending in /v1?`);
  }
  const choice = (body as { choices?: Choice[] } | null)?.choices?.[0];
  const content = choice?.message?.content;
  // Cut at max_tokens, its last line is wherever it happened to stop, and is no conclusion.
  if (typeof content === 'string')
    return choice?.finish_reason === 'length' ? `${content} [cut here]` : content;
  throw new Failure('no-answer', 'answers JSON without choices[0].message.content. Is it a chat endpoint?');
}

async function readText(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let [text, bytes] = ['', 0];
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > MAX_BYTES)
      throw new Failure('not-json', 'answers more than a megabyte. Is it a chat endpoint?');
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

function looksLikeHtml(text: string): boolean {
  return /^\s*<(?:!doctype|html|head|body)\b/i.test(text);
}
