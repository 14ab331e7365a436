// Help texts, all drawn from the verbs. Used by cli.ts.
import { allowed } from './arguments.ts';
import { columns } from './layout.ts';
import { type Field, isPositional, kebab, placeholder, spell, title, usage, type Verb } from './verb.ts';

const common = [
  ['--lab DIR', 'the lab folder (default: FORETHOUGHT_LAB, else the user’s data folder)'],
  ['--json', 'print the result as JSON'],
  ['--help', 'say what there is'],
] as const;

/** What is no procedure of the contract, because it talks until its input ends. */
const apart: readonly [string, string][] = [
  ['rewards serve', 'Answer score requests on stdin and stdout, as a trainer asks them'],
];

export const serveHelp = `The reward server on stdin and stdout, as a trainer asks it: one JSON object a line, until the input ends.

Usage: forethought rewards serve

  {"op":"load","suite":"think-first"}                            loads a suite by name, or given whole
  {"op":"score","id":1,"items":[{"row":{…},"completion":"…"}]}  scores a batch
  {"op":"ping"}                                                  says that it is there`;

export function overview(version: string, verbs: readonly Verb[]): string {
  const features = [...new Set(verbs.map((verb) => verb.feature))].map((feature): [string, string] => [
    feature,
    verbs
      .filter((verb) => verb.feature === feature)
      .map((verb) => kebab(verb.verb))
      .join(', '),
  ]);
  return [
    `Forethought ${version}: teach a small language model to think first and answer second.`,
    '',
    ...columns([
      ['forethought demo', 'the whole loop on this machine, ending with the proof'],
      ['forethought <feature> <verb>', 'any act of the lab; add --help for its arguments'],
      ['forethought rewards serve', 'the reward server on stdin and stdout'],
      ['forethought doctor', 'what this machine has and lacks'],
      ['forethought --version', 'which version this is'],
    ]),
    '',
    ...columns(features),
    '',
    ...columns(common),
  ].join('\n');
}

/** The verbs of one feature with what each does. */
export function featureHelp(verbs: readonly Verb[]): string {
  const own = verbs.map((verb): [string, string] => [
    `${verb.feature} ${kebab(verb.verb)}`,
    verb.meta.summary,
  ]);
  const others = apart.filter(([name]) => name.startsWith(`${verbs[0]?.feature} `));
  return columns([...own, ...others]).join('\n');
}

/** One verb; `others` are the verbs that its feature's name alone does not mean. */
export function verbHelp(verb: Verb, others: readonly Verb[] = []): string {
  const rows = [...verb.fields]
    .sort((a, b) => Number(isPositional(verb, b)) - Number(isPositional(verb, a)))
    .map((field): [string, string] => [`${spell(verb, field)}${behind(verb, field)}`, notes(field)]);
  const more = others.length === 0 ? [] : ['', `Also: ${others.map(title).join(', ')}`];
  return [`${verb.meta.summary}.`, '', usage(verb), '', ...columns([...rows, ...common]), ...more].join('\n');
}

function behind(verb: Verb, field: Field): string {
  return isPositional(verb, field) ? '' : placeholder(field);
}

function notes(field: Field): string {
  const bounded = field.options ?? field.min ?? field.above ?? field.max;
  return [
    field.description,
    bounded === undefined ? '' : allowed(field),
    field.fallback === undefined ? '' : `default ${field.fallback}`,
    field.required ? 'required' : '',
  ]
    .filter(Boolean)
    .join('; ');
}
