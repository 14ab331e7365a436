// What an interpreter says that a program raised, read with care: the program may have changed whoever says it. For submission.ts
// and python-call.ts.

export interface Raised {
  /** The class of the exception. */
  name: string;
  /** `ZeroDivisionError: division by zero (line 2)` */
  words: string;
}

/** Null for what no exception can be. */
export function readRaised(value: unknown): Raised | null {
  if (typeof value !== 'object' || value === null) return null;
  const { names, message, line } = value as { names?: unknown; message?: unknown; line?: unknown };
  const name: unknown = Array.isArray(names) ? names[0] : null;
  if (typeof name !== 'string' || typeof message !== 'string') return null;
  const where = Number.isSafeInteger(line) ? ` (line ${line})` : '';
  return { name, words: `${name}${message === '' ? '' : `: ${message}`}${where}` };
}
