// Whether a value that came from outside is an object with fields: settings, a block of them, a line of a log.

/** Neither null nor a list. */
export function isBlock(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
