// The command line: `forethought <feature> <verb> [--json]`, generated from the contract. Results to stdout, progress to stderr.
import { readFileSync } from 'node:fs';
import { createRouterClient } from '@orpc/server';
import { readInput, type Verb, verbsOf } from './command-line/arguments.ts';
import { printDemo } from './command-line/demo-table.ts';
import { featureHelp, overview, verbHelp } from './command-line/help.ts';
import { printable } from './command-line/print.ts';
import { createProgressLine } from './command-line/progress.ts';
import type { DemoResult } from './contract/demo.ts';
import { CoreError, exitCodeOf } from './contract/errors.ts';
import { contract } from './contract/index.ts';
import { type Core, createCore } from './create-core.ts';
import { coreFailure } from './rpc/core-failure.ts';

interface Global {
  lab: string | undefined;
  json: boolean;
  help: boolean;
  words: string[];
}

function readGlobal(args: readonly string[]): Global {
  const global: Global = { lab: undefined, json: false, help: false, words: [] };
  for (let i = 0; i < args.length; i++) {
    const word = args[i] as string;
    if (word === '--json') global.json = true;
    else if (word === '--help' || word === '-h') global.help = true;
    else if (word === '--lab') {
      global.lab = args[++i];
      if (!global.lab || global.lab.startsWith('--'))
        throw new CoreError('bad-input', '--lab wants a folder.');
    } else if (word.startsWith('--lab=')) global.lab = word.slice(6);
    else global.words.push(word);
  }
  return global;
}

function findVerb(words: string[]): Verb {
  const [feature = '', ...rest] = words;
  if (!(feature in contract))
    throw new CoreError(
      'bad-input',
      `There is no "${feature}". Known: ${Object.keys(contract).join(', ')}, doctor. See forethought --help.`,
    );
  const verbs = verbsOf(feature);
  // `forethought demo --seed 2` means `forethought demo run --seed 2`.
  const named =
    rest[0] !== undefined && !rest[0].startsWith('-') ? rest[0] : feature === 'demo' ? 'run' : undefined;
  const verb = verbs.find((v) => v.verb === named);
  if (!verb)
    throw new CoreError(
      'bad-input',
      `forethought ${feature} wants one of: ${verbs.map((v) => v.verb).join(', ')}${named ? `, not "${named}"` : ''}.`,
    );
  words.splice(0, rest[0] === named ? 2 : 1);
  return verb;
}

type Call = (input: unknown, options: { signal: AbortSignal }) => Promise<unknown>;

async function perform(
  core: Core,
  verb: Verb,
  input: unknown,
  json: boolean,
  signal: AbortSignal,
): Promise<void> {
  const client = createRouterClient(core.router, { context: {} }) as unknown as Record<
    string,
    Record<string, Call>
  >;
  const call = (name: string, value: unknown) =>
    (client[verb.feature] as Record<string, Call>)[name]?.(value, { signal });
  const progress = createProgressLine(process.stderr);
  const timer = setInterval(() => progress.show(core.activities.list()), 250);
  try {
    let result = await call(verb.verb, input);
    if (verb.meta.kind === 'stream')
      return await follow(result as AsyncIterable<unknown>, json, () => progress.clear());
    if (verb.meta.follow) result = await call(verb.meta.follow, { id: (result as { id: string }).id });
    progress.clear();
    console.log(json ? JSON.stringify(result, null, 2) : printable(result));
  } finally {
    clearInterval(timer);
    progress.clear();
  }
}

/** A stream: the demo ends with its proof; any other is printed event by event, one JSON object a line. */
async function follow(stream: AsyncIterable<unknown>, json: boolean, clear: () => void): Promise<void> {
  for await (const event of stream) {
    const { kind, result } = event as { kind?: string; result?: DemoResult };
    if (kind === 'progress') continue; // the progress line tells it
    clear();
    if (kind !== 'result' || !result) console.log(JSON.stringify(event));
    else console.log(json ? JSON.stringify(result, null, 2) : printDemo(result));
  }
}

function version(): string {
  return (
    JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }
  ).version;
}

async function main(args: readonly string[]): Promise<void> {
  const global = readGlobal(args);
  if (global.words[0] === '--version') return console.log(version());
  if (global.words.length === 0) return console.log(overview(version()));
  const [feature = '', next] = global.words;
  if (global.help && feature in contract && feature !== 'demo' && next === undefined)
    return console.log(featureHelp(feature));
  const verb = findVerb(global.words);
  if (global.help) return console.log(verbHelp(verb));
  const input = readInput(verb, global.words);
  const core = await createCore({ lab: global.lab, resume: verb.meta.resumes ?? false });
  const controller = new AbortController();
  const interrupt = () =>
    controller.abort(
      new CoreError('cancelled', 'Interrupted. What was done is kept; the same command goes on.'),
    );
  process.once('SIGINT', interrupt);
  process.once('SIGTERM', interrupt);
  try {
    await perform(core, verb, input, global.json, controller.signal);
  } finally {
    await core.close();
  }
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  const failure = coreFailure(error);
  if (process.argv.includes('--json'))
    console.log(
      JSON.stringify(
        { error: { code: failure.code, message: failure.message, detail: failure.detail } },
        null,
        2,
      ),
    );
  console.error(failure.message);
  process.exitCode = exitCodeOf(failure);
}
