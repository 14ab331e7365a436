// Rubrics as Rewards (arXiv 2507.17746): weighted criteria, each met or not, r = sum(w c) / sum(w). A criterion is a
// predicate that is computed here, or a question to a judge.

export type Importance = 'essential' | 'important' | 'optional' | 'pitfall';

/** The weights of the paper. A pitfall is phrased positively ("does not …"), so that meeting it is good. */
export const WEIGHTS: Readonly<Record<Importance, number>> = {
  essential: 1,
  important: 0.7,
  optional: 0.3,
  pitfall: 0.9,
};

/** A criterion that is computed from the answer alone. */
export type Check =
  /** Number of words within bounds. */
  | { predicate: 'words'; min?: number; max?: number }
  /** Number of sentences within bounds. */
  | { predicate: 'sentences'; min?: number; max?: number }
  /** Holds one of these texts, or all of them; case does not matter. */
  | { predicate: 'contains'; any?: readonly string[]; all?: readonly string[] }
  /** Holds none of these texts. */
  | { predicate: 'avoids'; texts: readonly string[] }
  /** Takes up at least this share of the content words of what was asked (at most ten are wanted). */
  | { predicate: 'on-topic'; min: number }
  /** At most this share of its word 4-grams stand in the passage, dialogue or question. */
  | { predicate: 'own-words'; maxCopied: number }
  /** At least this share of its words are function words of some language: sentences, not a list of key words. */
  | { predicate: 'prose'; min: number }
  /** At most this share of its word 3-grams repeat. */
  | { predicate: 'not-repetitive'; maxRepeated: number }
  /** ROUGE F1 against the row's reference. */
  | { predicate: 'rouge'; metric: 'rouge1' | 'rouge2' | 'rougeL' | 'rougeLsum'; min: number };

export interface RubricItem {
  /** Short name, unique within the rubric. */
  id: string;
  /** The criterion in one sentence. A judge is asked exactly this. */
  criterion: string;
  importance: Importance;
  /** Without a check the item is judged. */
  check?: Check;
}

const IMPORTANCES = Object.keys(WEIGHTS);
const ITEM_FIELDS = ['id', 'criterion', 'importance', 'check'];
const ITEM_ID = /^[a-z][a-z0-9-]{0,39}$/;

const count = (value: unknown) => Number.isSafeInteger(value) && (value as number) >= 0;
const share = (value: unknown) => typeof value === 'number' && value >= 0 && value <= 1;
const texts = (value: unknown) =>
  Array.isArray(value) && value.length > 0 && value.every((text) => typeof text === 'string' && text !== '');
const metric = (value: unknown) => ['rouge1', 'rouge2', 'rougeL', 'rougeLsum'].includes(value as string);

const KINDS = { count, share, texts, metric };
export type CheckFieldKind = keyof typeof KINDS;

/** For each predicate: the kinds of its fields, and which of them it must have (each of `all`; without `all`, any one). */
export const CHECKS: Readonly<
  Record<Check['predicate'], { fields: Record<string, CheckFieldKind>; all?: string[] }>
> = {
  words: { fields: { min: 'count', max: 'count' } },
  sentences: { fields: { min: 'count', max: 'count' } },
  contains: { fields: { any: 'texts', all: 'texts' } },
  avoids: { fields: { texts: 'texts' }, all: ['texts'] },
  'on-topic': { fields: { min: 'share' }, all: ['min'] },
  'own-words': { fields: { maxCopied: 'share' }, all: ['maxCopied'] },
  prose: { fields: { min: 'share' }, all: ['min'] },
  'not-repetitive': { fields: { maxRepeated: 'share' }, all: ['maxRepeated'] },
  rouge: { fields: { metric: 'metric', min: 'share' }, all: ['metric', 'min'] },
};

/** The items of a rubric that arrives as JSON. Returns a sentence when something is wrong with them. */
export function objectToItems(value: unknown): string | null {
  if (!Array.isArray(value) || value.length === 0) return 'a rubric needs at least one item';
  const ids = new Set<string>();
  for (const [i, item] of value.entries()) {
    const objection = objectToItem(item);
    if (objection) return `item ${i + 1} ${objection}`;
    const { id } = item as RubricItem;
    if (ids.has(id)) return `two items have the id "${id}"`;
    ids.add(id);
  }
  return null;
}

function objectToItem(item: unknown): string | null {
  if (typeof item !== 'object' || item === null || Array.isArray(item)) return 'must be an object';
  const fields = item as Record<string, unknown>;
  const unknown = Object.keys(fields).find((field) => !ITEM_FIELDS.includes(field));
  if (unknown !== undefined) return `has a field "${unknown}" that this version does not know`;
  if (typeof fields.id !== 'string' || !ITEM_ID.test(fields.id))
    return 'needs an "id": a short name in lower case';
  if (typeof fields.criterion !== 'string' || fields.criterion.trim() === '')
    return 'needs a "criterion" in words';
  if (!IMPORTANCES.includes(fields.importance as string))
    return `needs an "importance": ${IMPORTANCES.join(', ')}`;
  return fields.check === undefined ? null : objectToCheck(fields.check);
}

function objectToCheck(check: unknown): string | null {
  const known = Object.keys(CHECKS).join(', ');
  if (typeof check !== 'object' || check === null || Array.isArray(check))
    return 'has a "check" that is no object';
  const { predicate, ...given } = check as Record<string, unknown>;
  if (typeof predicate !== 'string' || !Object.hasOwn(CHECKS, predicate))
    return `has a "check" with an unknown predicate; known are ${known}`;
  const { fields, all } = CHECKS[predicate as Check['predicate']];
  for (const [name, value] of Object.entries(given)) {
    if (!Object.hasOwn(fields, name)) return `has a check "${predicate}" with an unknown field "${name}"`;
    if (!KINDS[fields[name]!](value))
      return `has a check "${predicate}" whose "${name}" is out of bounds or of the wrong kind`;
  }
  const wanted = all ?? Object.keys(fields);
  const missing = all ? wanted.find((name) => !(name in given)) : undefined;
  if (missing !== undefined) return `has a check "${predicate}" without "${missing}"`;
  if (!wanted.some((name) => name in given))
    return `has a check "${predicate}" without any of ${wanted.map((name) => `"${name}"`).join(', ')}`;
  return null;
}
