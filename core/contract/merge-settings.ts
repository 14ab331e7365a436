// Settings over settings: objects field by field, everything else as a whole. Used where a person’s changes meet a preset, in core and window.

export interface Changes {
  [field: string]: unknown;
}

/** A new object; nothing is checked here. Null and lists replace what was there. */
export function changed(settings: object, changes: Changes): Changes {
  const result: Changes = { ...settings };
  for (const [field, value] of Object.entries(changes)) {
    const before = result[field];
    result[field] = isObject(before) && isObject(value) ? changed(before, value) : value;
  }
  return result;
}

function isObject(value: unknown): value is Changes {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
