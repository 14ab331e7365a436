// Settings as words of a command line: `training.beta=0.1`, or an object as JSON. Used by arguments.ts, and by whoever spells a command.
import { isBlock } from '../contract/is-block.ts';

export interface Settings {
  [field: string]: unknown;
}

/** The object that the word means, or null when it means none. A value is JSON, or text where it is none. */
export function readSettings(word: string): Settings | null {
  if (word.trimStart().startsWith('{')) {
    const value = readJson(word);
    return isBlock(value) ? value : null;
  }
  const [, path, text] = /^([\w-]+(?:\.[\w-]+)*)=(.*)$/s.exec(word) ?? [];
  if (path === undefined || text === undefined) return null;
  const value = readJson(text);
  return path
    .split('.')
    .reduceRight<unknown>(
      (inner, field) => ({ [field]: inner }),
      value === undefined ? text : value,
    ) as Settings;
}

/** Both together; where they say different things of a field, the later word counts. */
export function withSetting(settings: Settings, more: Settings): Settings {
  const result = { ...settings };
  for (const [field, value] of Object.entries(more)) {
    const before = result[field];
    result[field] = isBlock(before) && isBlock(value) ? withSetting(before, value) : value;
  }
  return result;
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
