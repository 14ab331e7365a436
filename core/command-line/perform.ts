// Performs one verb on a lab: opens the core, shows progress, prints the result, and takes a person who leaves early at their word.
import { once } from 'node:events';
import { createRouterClient } from '@orpc/server';
import { forethoughtCommand } from '../contract/command-words.ts';
import type { DemoResult } from '../contract/demo.ts';
import { CoreError } from '../contract/errors.ts';
import { type Core, createCore } from '../create-core.ts';
import { coreFailure } from '../rpc/core-failure.ts';
import { printDemo } from './demo-table.ts';
import { exitCodeFor } from './exit-code.ts';
import { farewell } from './farewell.ts';
import { type Interruption, listenForInterruption } from './interruption.ts';
import { print } from './printers.ts';
import { createProgressLine, type ProgressLine } from './progress.ts';
import { spell, type Verb } from './verb.ts';

const CATCH_UP_MS = 10_000;

export interface Order {
  verb: Verb;
  input: Record<string, unknown>;
  lab: string | undefined;
  json: boolean;
}

type Client = Record<
  string,
  Record<string, (input: unknown, options: { signal?: AbortSignal }) => Promise<unknown>>
>;

/** Throws CoreError only, in the words of the command line. */
export async function perform(order: Order): Promise<void> {
  try {
    const core = await createCore({ lab: order.lab, resume: order.verb.meta.resumes ?? false });
    const interruption = listenForInterruption(goesOnAlone(order.verb));
    try {
      await performOn(core, order, interruption);
    } finally {
      await core.close();
      interruption.end();
    }
  } catch (error) {
    throw withList(inOptions(coreFailure(error), order.verb), order.lab);
  }
}

/** A training run is detached from everything: who leaves early stops nothing. */
function goesOnAlone({ feature, meta }: Verb): boolean {
  return feature === 'jobs' && meta.leave !== undefined;
}

/** Whether the answer depends on what runs have done: they go on without a core. */
function isAboutRuns({ feature, verb, meta }: Verb): boolean {
  return (
    ['jobs', 'models', 'demo'].includes(feature) &&
    (meta.kind === 'query' || ['stop', 'resume'].includes(verb))
  );
}

/** A window shows what is known and then what comes; here there is one answer, so it waits for the latest, but not for a silent host. */
async function caughtUp(core: Core, { signal: left, error }: Interruption): Promise<void> {
  const signal = AbortSignal.any([left, AbortSignal.timeout(CATCH_UP_MS)]);
  await Promise.race([core.caughtUp(), once(signal, 'abort')]);
  if (left.aborted) throw error('Stopped before it was begun; nothing was changed.', {});
}

async function performOn(core: Core, order: Order, interruption: Interruption): Promise<void> {
  const { verb, input, json, lab } = order;
  const client = createRouterClient(core.router, { context: {} }) as unknown as Client;
  const ask = async (feature: string, name: string, value: unknown, signal?: AbortSignal) =>
    await client[feature]?.[name]?.(value, signal ? { signal } : {});
  const command = (words: readonly string[]) => typed(words, lab);
  const progress = createProgressLine(process.stderr);
  const timer = setInterval(() => progress.show(core.activities.list()), 250);
  let id = input.id;
  try {
    if (isAboutRuns(verb)) await caughtUp(core, interruption);
    let result = await ask(verb.feature, verb.verb, input, interruption.signal);
    if (verb.meta.kind === 'stream')
      return await printStream(result as AsyncIterable<unknown>, json, progress);
    id ??= (result as { id?: string } | null)?.id;
    if (verb.meta.follow) result = await ask(verb.feature, verb.meta.follow, { id }, interruption.signal);
    const text = json ? JSON.stringify(result, null, 2) : await print(verb, result, { ask, input, command });
    progress.clear();
    console.log(text);
    process.exitCode = exitCodeFor(verb, result);
  } catch (error) {
    progress.clear();
    const { leave } = verb.meta;
    if (!interruption.signal.aborted) throw error;
    const answer = leave && (await ask(verb.feature, leave, { id }));
    const sentence = leave ? farewell(verb.feature, answer, command) : coreFailure(error).message;
    throw interruption.error(sentence, id === undefined ? {} : { id });
  } finally {
    clearInterval(timer);
    progress.clear();
  }
}

/** A stream: the demo ends with its proof; any other is printed event by event, one JSON object a line. */
async function printStream(
  stream: AsyncIterable<unknown>,
  json: boolean,
  progress: ProgressLine,
): Promise<void> {
  for await (const event of stream) {
    const { kind, result } = event as { kind?: string; result?: DemoResult };
    if (kind === 'progress') continue; // the progress line tells it
    progress.clear();
    if (kind !== 'result' || !result) console.log(JSON.stringify(event));
    else console.log(json ? JSON.stringify(result, null, 2) : printDemo(result));
  }
}

/** The core names fields, a person typed options: `maxTokens: …` and `"maxTokens" must …` are told of "--max-tokens". */
function inOptions(failure: CoreError, verb: Verb): CoreError {
  const [, named, refused, rest] = /^(?:(\w+):|"(\w+)") ([\s\S]*)$/.exec(failure.message) ?? [];
  const field = verb.fields.find((each) => each.name === (named ?? refused));
  if (!field) return failure;
  const message = `${spell(verb, field)}${named ? ':' : ''} ${rest}`;
  return new CoreError(failure.code, message, { ...failure.detail }, failure);
}

/** The error of an id that nothing has says which verb names what there is. */
function withList(failure: CoreError, lab: string | undefined): CoreError {
  const { list } = failure.detail;
  if (typeof list !== 'string') return failure;
  const message = `${failure.message} ${typed(list.split(' '), lab)} names what there is.`;
  return new CoreError(failure.code, message, { ...failure.detail }, failure);
}

/** As a person types it, with the lab that was named. */
function typed(words: readonly string[], lab: string | undefined): string {
  return `\`${forethoughtCommand(words, lab)}\``;
}
