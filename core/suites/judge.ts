// A judge for rubric items: a language model behind an OpenAI-compatible endpoint. What it said is kept by content, so that
// a question is paid for once. Used by suites.ts.
import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Catalog } from '../catalog/catalog.ts';
import { sql } from '../catalog/sql.ts';
import { CoreError } from '../contract/errors.ts';
import type { Judge, JudgeQuestion, JudgeReport } from '../rewards/evidence.ts';
import { canonicalJson } from '../rewards/suite-identity.ts';
import { completeChat, type Endpoint } from './judge-endpoint.ts';
import { messagesTo, readVerdict } from './judge-prompt.ts';

export interface JudgeOptions extends Endpoint {
  catalog: Catalog;
  now: () => number;
  /** Calls that this piece of work may make. */
  calls: number;
}

/** Questions that wait for an answer at the same time. */
const IN_FLIGHT = 4;
/** How often a question is put before an answer without a verdict is an error. */
const TRIES = 2;

/**
 * One judge for one piece of work. A question that it does not decide is an `error` of that question; an endpoint that fails
 * is thrown as `unavailable`, a spent budget as `conflict`: what was judged before is kept for the next try.
 */
export function createJudge(options: JudgeOptions): Judge {
  const { catalog, now } = options;
  let left = options.calls;
  const ask = async (question: JudgeQuestion, signal?: AbortSignal): Promise<JudgeReport> => {
    const key = keyOf(options, question);
    const known = recall(catalog, key);
    if (known) return known;
    let said = '';
    for (let tries = 0; tries < TRIES; tries += 1) {
      if (left <= 0) throw spent(options.calls);
      left -= 1;
      said = await completeChat(options, messagesTo(question), signal);
      const verdict = readVerdict(said);
      if (!verdict) continue;
      catalog.run(sql`INSERT OR REPLACE INTO judgements (key, met, why, created_at)
        VALUES (${key}, ${verdict.met ? 1 : 0}, ${verdict.why}, ${now()})`);
      return verdict;
    }
    return { error: `it answered without a verdict: "${said.replace(/\s+/g, ' ').trim().slice(0, 120)}"` };
  };
  return { judge: (questions, signal) => inTurns(questions, (question) => ask(question, signal)) };
}

/** `work` over all items, a few at a time; the first failure ends it. */
async function inTurns<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  const worker = async () => {
    for (let i = next++; i < items.length; i = next++) results[i] = await work(items[i]!);
  };
  const all = await Promise.allSettled(
    Array.from({ length: IN_FLIGHT }, worker).map((each) => stopping(each)),
  );
  const failed = all.find((each) => each.status === 'rejected');
  if (failed) throw failed.reason;
  return results;

  function stopping(each: Promise<void>): Promise<void> {
    return each.catch((error: unknown) => {
      next = items.length;
      throw error;
    });
  }
}

function keyOf({ url, model }: Endpoint, question: JudgeQuestion): string {
  const asked = { url, model, messages: messagesTo(question) };
  return createHash('sha256').update(canonicalJson(asked)).digest('hex');
}

const Judgement = z.object({ met: z.int().transform((n) => n !== 0), why: z.string() });

function recall(catalog: Catalog, key: string) {
  return catalog.get(Judgement, sql`SELECT met, why FROM judgements WHERE key = ${key}`);
}

function spent(calls: number): CoreError {
  return new CoreError(
    'conflict',
    `The judge's budget of ${calls} calls is spent. What it said is kept: raise the budget (\`npx forethought settings set --judge-calls N\`) and try again.`,
    { calls },
  );
}
