// Settings over settings: objects field by field, a program’s stages by their names, everything else as a whole. Used where a person’s changes
// meet a preset, in core and window.
import { isBlock } from './is-block.ts';

export interface Changes {
  [field: string]: unknown;
}

/** A new object; nothing is checked here. Null and lists replace what was there. */
export function changed(settings: object, changes: Changes): Changes {
  const result: Changes = { ...settings };
  for (const [field, value] of Object.entries(changes)) result[field] = over(result[field], value);
  return result;
}

function over(before: unknown, value: unknown): unknown {
  if (!isBlock(value)) return value;
  if (isBlock(before)) return changed(before, value);
  if (isNamed(before) && Object.keys(value).every((id) => before.some((each) => each.id === id)))
    return before.map((each) => (value[each.id] === undefined ? each : over(each, value[each.id])));
  return value;
}

export type Named = readonly (Changes & { id: string })[];

/** A list of objects that are told apart by their ids, as stages are: `{ grpo: … }` changes the one that is called so. */
export function isNamed(value: unknown): value is Named {
  return Array.isArray(value) && value.every((each) => isBlock(each) && typeof each['id'] === 'string');
}
