// The launch form as text: YAML that can be edited and read back, and the exact command. Both are the same run as the fields. Pure.
import { parse, stringify } from 'yaml';
import type { launchInput } from './launch-draft.ts';
import type { Settings } from './setting-fields.ts';

type LaunchInput = ReturnType<typeof launchInput>;

/** All that decides the run, settings in full. */
export function yamlOf(input: LaunchInput, settings: Settings): string {
  const { settings: _, ...said } = input;
  return stringify({ ...said, settings }, { lineWidth: 0 });
}

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

/** One line for a terminal, quoted for a POSIX shell. */
export function commandOf({ preset, settings, ...rest }: LaunchInput): string {
  const options = Object.entries(rest).flatMap(([name, value]) =>
    value === undefined ? [] : [`--${kebab(name)}`, quoted(String(value))],
  );
  const changed = settings ? ['--settings', quoted(JSON.stringify(settings))] : [];
  return ['forethought jobs launch', quoted(preset), ...options, ...changed].join(' ');
}

function kebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

function quoted(text: string): string {
  return /^[\w@.:/-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
