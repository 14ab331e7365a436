// The run as YAML, read back into the form: the core writes the document, a person may edit it. Pure.
import { parse } from 'yaml';
import type { Settings } from './setting-fields.ts';

export interface ReadYaml {
  seed?: string;
  name?: string;
  settings?: Settings;
  /** Why it cannot be read; null when it can. */
  problem: string | null;
}

/** Seed, name and settings of an edited text; preset, base, questions and suite are chosen in the form. */
export function readYaml(text: string): ReadYaml {
  let value: unknown;
  try {
    value = parse(text);
  } catch (error) {
    return { problem: error instanceof Error ? error.message.split('\n')[0]! : String(error) };
  }
  if (!isObject(value)) return { problem: 'This is no mapping of fields.' };
  if (!isObject(value['settings'])) return { problem: 'It has no settings.' };
  const { seed, name, settings } = value;
  return {
    ...(seed === undefined ? {} : { seed: String(seed) }),
    ...(typeof name === 'string' ? { name } : {}),
    settings,
    problem: null,
  };
}

function isObject(value: unknown): value is Settings {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
