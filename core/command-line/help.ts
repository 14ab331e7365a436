// Help texts, all drawn from the contract. Used by cli.ts.
import { contract } from '../contract/index.ts';
import { usage, type Verb, verbsOf } from './arguments.ts';

const common = [
  ['--lab DIR', 'the lab folder (default: the user’s data folder)'],
  ['--json', 'print the result as JSON'],
  ['--help', 'say what there is'],
] as const;

export function overview(version: string): string {
  const features = Object.keys(contract).map((f): [string, string] => [
    f,
    verbsOf(f)
      .map((v) => v.verb)
      .join(', '),
  ]);
  return [
    `Forethought ${version}: teach a small language model to think first and answer second.`,
    '',
    'forethought demo                 the whole loop on this machine, ending with the proof',
    'forethought <feature> <verb>     any act of the lab; add --help for its arguments',
    'forethought doctor               what this machine has and lacks',
    '',
    ...columns(features),
    '',
    ...columns(common),
  ].join('\n');
}

export function featureHelp(feature: string): string {
  return columns(
    verbsOf(feature).map((v): [string, string] => [`${feature} ${v.verb}`, v.meta.summary]),
  ).join('\n');
}

export function verbHelp(verb: Verb): string {
  const rows = verb.fields.map((f): [string, string] => {
    const notes = [
      f.description,
      f.options ? `one of ${f.options.join(', ')}` : '',
      f.fallback !== undefined && f.fallback !== null ? `default ${JSON.stringify(f.fallback)}` : '',
      f.required ? 'required' : '',
    ].filter(Boolean);
    return [verb.meta.positional?.includes(f.name) ? `<${f.name}>` : `--${f.flag}`, notes.join('; ')];
  });
  return [`${verb.meta.summary}.`, '', usage(verb), '', ...columns([...rows, ...common])].join('\n');
}

function columns(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(0, ...rows.map(([left]) => left.length)) + 2;
  return rows.map(([left, right]) => `  ${left.padEnd(width)}${right}`.trimEnd());
}
