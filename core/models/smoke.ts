// Holds what llama.cpp computes against what the trainer exported for the same prompts. Called by the arrival checks.
import type { CheckSession } from './deps.ts';
import type { Reference } from './manifest.ts';

/** Three times what llama.cpp's other order of sums comes to (npm run proof:parity); over that, a difference means another model. */
export const TOLERANCE = 0.02;
/** On a quantised base the trainer's own first choice must be among so many of llama.cpp's. */
const QUANTISED_TOP = 5;

type Prompt = Reference['prompts'][number];

/** `detail` says what was measured when it is fine, and what is wrong when it is not. */
export async function compareWithReference(
  session: CheckSession,
  reference: Reference,
  quantised: boolean,
): Promise<{ ok: boolean; detail: string }> {
  let largest = 0;
  let argmaxEqual = 0;
  let greedyEqual = 0;
  let greedyTotal = 0;
  let compared = 0;
  for (const [i, prompt] of reference.prompts.entries()) {
    const where = `Prompt ${i + 1} of ${reference.prompts.length}`;
    const ids = await session.encode(prompt.prompt);
    if (ids.join() !== prompt.ids.join())
      return { ok: false, detail: `${where} is cut into other tokens here: ${differing(ids, prompt.ids)}.` };
    const found = await measure(session, prompt, quantised);
    if (found.wrong !== null) return { ok: false, detail: `${where}: ${found.wrong}` };
    largest = Math.max(largest, found.difference);
    argmaxEqual += found.argmaxEqual ? 1 : 0;
    compared = found.compared;
    greedyEqual += await equalGreedy(session, prompt);
    greedyTotal += prompt.greedy.length;
  }
  const n = reference.prompts.length;
  return {
    ok: true,
    detail:
      `max |Δlogit| ${largest.toPrecision(2)} over ${n} prompts, at each of ${compared} tokens that could come next; ` +
      `first choice equal ${argmaxEqual}/${n}, greedy tokens equal ${greedyEqual}/${greedyTotal}`,
  };
}

async function measure(session: CheckSession, prompt: Prompt, quantised: boolean) {
  const isWhole = prompt.logits !== null;
  if (isWhole && prompt.logits!.length !== session.info.vocabularySize)
    return refusal(
      `the trainer's vocabulary has ${prompt.logits!.length} tokens, this base ${session.info.vocabularySize}.`,
    );
  const here = await session.logits(prompt.ids);
  const byId = new Map(Array.from(here.ids, (id, i) => [id, here.logits[i]!]));
  const there = isWhole ? prompt.logits!.map((logit, id) => [id, logit] as const) : prompt.top;
  let difference = 0;
  for (const [id, logit] of there) {
    const mine = byId.get(id);
    if (mine === undefined || !Number.isFinite(mine))
      return refusal(`llama.cpp has no finite logit for token ${id}.`);
    difference = Math.max(difference, Math.abs(mine - logit));
  }
  const [firstThere, highest] = there.reduce((best, each) => (each[1] > best[1] ? each : best));
  const firstHere = here.ids[0]!;
  const argmaxEqual = firstHere === firstThere;
  if (quantised) {
    const among = Array.from(here.ids.slice(0, QUANTISED_TOP)).includes(firstThere);
    if (!among)
      return refusal(
        `the trainer's first choice, token ${firstThere}, is not among the first ${QUANTISED_TOP} here.`,
      );
  } else {
    if (difference > TOLERANCE)
      return refusal(
        `logits differ by up to ${difference.toPrecision(2)}; ${TOLERANCE} is what rounding explains. This is not the model that was trained.`,
      );
    // Two tokens within rounding of each other may change places.
    const rival = there.find(([id]) => id === firstHere)?.[1] ?? Number.NEGATIVE_INFINITY;
    if (!argmaxEqual && highest - rival > 2 * TOLERANCE)
      return refusal(`the next token is ${firstHere} here and ${firstThere} in the trainer.`);
  }
  return { wrong: null, difference, argmaxEqual, compared: there.length };
}

/** Not decisive, but telling: how much of the trainer's greedy continuation comes out here too. */
async function equalGreedy(session: CheckSession, prompt: Prompt): Promise<number> {
  const last = prompt.greedy.at(-1);
  const { ids } = await session.generate({
    prompt: prompt.prompt,
    maxTokens: prompt.greedy.length,
    temperature: 0,
    seed: 0,
    stopTokens: [],
  });
  // The trainer's list ends with the end token, which a generation here leaves out.
  const mine = ids.length < prompt.greedy.length && last !== undefined ? [...ids, last] : ids;
  const at = prompt.greedy.findIndex((id, i) => mine[i] !== id);
  return at === -1 ? prompt.greedy.length : at;
}

const refusal = (wrong: string) => ({ wrong, difference: 0, argmaxEqual: false, compared: 0 });

function differing(here: readonly number[], there: readonly number[]): string {
  const at = there.findIndex((id, i) => here[i] !== id);
  const i = at === -1 ? there.length : at;
  return `token ${i + 1} is ${here[i] ?? 'none'} here and ${there[i] ?? 'none'} in the trainer (${here.length} and ${there.length} in all)`;
}
