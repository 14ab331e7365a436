// A run that is to be made as a YAML document, to be read, kept and given back; and the command that makes the very same run. Used by preflight.ts and jobs.ts.
import { existsSync, readFileSync } from 'node:fs';
import { parseDocument, stringify } from 'yaml';
import type { z } from 'zod';
import { forethoughtCommand } from '../contract/command-words.ts';
import { CoreError } from '../contract/errors.ts';
import { isBlock } from '../contract/is-block.ts';
import type { LaunchInput as ContractInput } from '../contract/jobs.ts';
import { type Changes, isNamed, type Named } from '../contract/merge-settings.ts';
import { aRunAsYaml, RunDocument, yamlProblem } from '../contract/run-document.ts';
import { tellingFirst, wrongValue } from '../contract/wrong-value.ts';
import type { LaunchInput } from './launch-input.ts';

export function toYaml(document: RunDocument): string {
  return stringify(document, { aliasDuplicateObjects: false, lineWidth: 100 });
}

/** What the text says, with what was said beside it laid over. Throws `bad-input` that names line or field. */
export function withDocument({ yaml, ...said }: Said): LaunchInput {
  const document: Partial<RunDocument> = yaml === undefined ? {} : readYaml(yaml);
  const { base, start, seed, settings, ...rest } = document;
  const given = Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined));
  return { ...rest, baseId: base, startAdapterId: start, own: settings, seed: seed ?? 1, ...given };
}

/** What `launch` and `preflight` are told. */
type Said = z.infer<typeof ContractInput>;

/** `text`: the document itself, or the path of a file that holds it. */
function readYaml(text: string): RunDocument {
  const isFile = !text.includes('\n') && existsSync(text);
  const document = parseDocument(isFile ? readFileSync(text, 'utf8') : text);
  const [error] = document.errors;
  if (error) throw new CoreError('bad-input', `The YAML cannot be read: ${yamlProblem(error)}`);
  const value: unknown = document.toJS({ maxAliasCount: 100 });
  if (typeof value !== 'object' || value === null)
    throw new CoreError(
      'bad-input',
      isFile
        ? `yaml: the file ${text} holds no run as YAML. ${aRunAsYaml}`
        : `yaml: "${text.slice(0, 80)}" is neither a run as YAML nor a file that is there. ${aRunAsYaml}`,
    );
  const read = RunDocument.safeParse(value);
  if (read.success) return read.data;
  const issue = tellingFirst(read.error.issues)[0];
  throw new CoreError('bad-input', `The YAML is wrong: ${wrongValue(issue, 'a run')}.`);
}

/** `npx forethought jobs launch …` on a lab; settings as those that differ from the preset's. */
export function toCommand(document: RunDocument, differences: Changes, lab: string): string {
  const words = ['jobs', 'launch', document.preset];
  const say = (flag: string, value: string | number | undefined) => {
    if (value !== undefined) words.push(`--${flag}`, String(value));
  };
  say('base-id', document.base);
  say('start-adapter-id', document.start);
  for (const source of document.sources ?? []) say('sources', source);
  say('data', document.data);
  say('suite', document.suite);
  say('template', document.template);
  say('seed', document.seed);
  say('name', document.name);
  for (const [path, value] of leaves(differences)) say('settings', `${path}=${JSON.stringify(value)}`);
  return forethoughtCommand(words, lab);
}

/** What of `after` is not so in `before`, at any depth; lists and null as a whole, but stages by their names where both have the same ones. */
export function differences(before: object, after: object): Changes {
  const found: Changes = {};
  for (const [field, value] of Object.entries(after)) {
    const was = (before as Changes)[field];
    if (JSON.stringify(was) === JSON.stringify(value)) continue;
    if (isBlock(was) && isBlock(value)) found[field] = differences(was, value);
    else if (isNamed(was) && isNamed(value) && namesOf(was) === namesOf(value))
      found[field] = differences(byName(was), byName(value));
    else found[field] = value;
  }
  return found;
}

const namesOf = (list: Named): string => JSON.stringify(list.map(({ id }) => id));
const byName = (list: Named): Changes => Object.fromEntries(list.map((each) => [each.id, each]));

function leaves(changes: Changes, path: readonly string[] = []): [path: string, value: unknown][] {
  return Object.entries(changes).flatMap(([field, value]): [string, unknown][] =>
    isBlock(value) && Object.keys(value).length > 0
      ? leaves(value, [...path, field])
      : [[[...path, field].join('.'), value]],
  );
}
