// The gold of a multiple-choice question as data sets write it, as a letter: ARC's labels (letters or digits, three to five
// options), MMLU's and LogiQA's index, ReClor's index in text.

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';

/**
 * The letter of the gold among `count` options. A key is looked up in `labels` where the source gives some (ARC); without
 * labels a number, or digits in text, is a 0-based index, and a letter is itself. Null when it names no option.
 */
export function choiceGold(
  key: string | number,
  count: number,
  labels: readonly string[] | null = null,
): string | null {
  const at = labels ? labels.indexOf(String(key)) : indexOf(String(key).trim());
  return at >= 0 && at < Math.min(count, LETTERS.length) ? LETTERS[at]! : null;
}

function indexOf(key: string): number {
  if (/^\d{1,2}$/.test(key)) return Number(key);
  return /^[A-Za-z]$/.test(key) ? LETTERS.indexOf(key.toUpperCase()) : -1;
}
