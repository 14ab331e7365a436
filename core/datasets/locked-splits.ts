// Evaluation splits are locked against training: a score on questions that were trained on says nothing.

const LOCKED: ReadonlySet<string> = new Set([
  'test',
  'validation',
  'valid',
  'val',
  'dev',
  'held-out',
  'heldout',
  'eval',
]);

/** Why this split must not be trained on, in one sentence, or null when it may be. */
export function lockedReason(dataset: string, split: string): string | null {
  if (!LOCKED.has(split.toLowerCase())) return null;
  return `${dataset} ${split} is an evaluation split: after training on it, no score on it would mean anything.`;
}

/**
 * The locked split that a file's own name tells of ("test.jsonl", "validation-00000-of-00001.parquet"). Null when it tells
 * of none, or of training as well.
 */
export function lockedSplitInName(file: string): string | null {
  const words = file
    .toLowerCase()
    .replace('held_out', 'held-out')
    .split(/[^a-z-]+|-(?!out\b)/);
  return words.some((word) => word.startsWith('train'))
    ? null
    : (words.find((word) => LOCKED.has(word)) ?? null);
}
