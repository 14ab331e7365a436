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
