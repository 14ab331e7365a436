// What a person reads at the end of a verb: its own form where it has one, else the general one. Used by perform.ts.
import type { Comparison } from '../contract/comparisons.ts';
import type { ImportResult } from '../contract/datasets.ts';
import type { Evaluation } from '../contract/evals.ts';
import { endedTooEarly } from '../contract/health-words.ts';
import type { Job, JobDetail } from '../contract/jobs.ts';
import type { Model } from '../contract/models.ts';
import type { SuiteInfo } from '../contract/rewards.ts';
import { type HealthFinding, type RunArtifact, type RunEval, WHOLE_MODEL } from '../contract/run-views.ts';
import { isTerminal } from '../jobs/states.ts';
import { duration } from './cell.ts';
import { printComparison } from './comparison-table.ts';
import { aligned } from './layout.ts';
import { listColumns } from './list-columns.ts';
import { nothingOf } from './nothing-of-run.ts';
import { printable } from './print.ts';
import { type Completion, printCompletion } from './score-table.ts';
import {
  printAttacks,
  printCheck,
  printDiff,
  printExplained,
  printKept,
  printParts,
  printSuite,
  printTry,
} from './suite-tables.ts';
import type { Verb } from './verb.ts';

export interface Printing {
  /** Calls another procedure of the same core. */
  ask(feature: string, verb: string, input: unknown): Promise<unknown>;
  /** What was asked for. */
  input: Record<string, unknown>;
  /** A command to type next, with the lab that was named. */
  command(words: readonly string[]): string;
}

type Printer = (result: never, printing: Printing) => string | Promise<string>;

const printers: Readonly<Record<string, Printer>> = {
  'comparisons pair': (result: Comparison) => printComparison(result),
  'datasets import': (result: ImportResult, { command }) => printImport(result, command),
  'datasets remove': ({ sourceId, rows }: { sourceId: string; rows: number }) =>
    `Removed from the lab: ${sourceId}, ${counted(rows, 'row')}.`,
  'evals completion': async (result: Completion, { ask }) => {
    const { suite } = (await ask('evals', 'get', { id: result.runId })) as Evaluation;
    const suites = (await ask('rewards', 'suites', {})) as SuiteInfo[];
    return printCompletion(
      result,
      suites.find(({ hash }) => hash === suite.hash),
    );
  },
  'jobs evals': (result: RunEval[], printing) => printOfRun('evals', result, printing),
  'jobs health': printHealth,
  'jobs artifacts': printArtifacts,
  'jobs launch': ({ id }: { id: string }, { command }) =>
    `Run ${id} is started and goes on without this terminal.\nFollow it: ${command(['jobs', 'wait', id])}`,
  'jobs get': printRun,
  'jobs resume': ({ id, step }: { id: string; step: number }, { command }) =>
    `Run ${id} ${step > 0 ? `goes on after step ${step}` : 'starts over'}, without this terminal.\nFollow it: ${command(['jobs', 'wait', id])}`,
  'jobs wait': printRun,
  'models list': printModels,
  'rewards attack': printAttacks,
  'rewards check': printCheck,
  'rewards diff': printDiff,
  'rewards export': ({ suite, path }: { suite: string; path: string }) => `${suite} is in ${path}`,
  'rewards import': printKept,
  'rewards parts': printParts,
  'rewards remove': ({ removed }: { removed: string }) => `Removed from the lab: ${removed}.`,
  'rewards save': printKept,
  'rewards score': printExplained,
  'rewards show': printSuite,
  'rewards try': printTry,
};

export async function print(verb: Verb, result: unknown, printing: Printing): Promise<string> {
  const name = `${verb.feature} ${verb.verb}`;
  const own = printers[name];
  return own ? await own(result as never, printing) : printable(result, listColumns[name]);
}

function counted(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? '' : 's'}`;
}

/** Where there is nothing, whether something can come. */
async function printOfRun(
  list: keyof typeof nothingOf,
  found: readonly unknown[],
  { ask, input }: Printing,
): Promise<string> {
  if (found.length > 0) return printable(found, listColumns[`jobs ${list}`]);
  return nothingOf[list]((await ask('jobs', 'get', { id: input['id'] })) as Job);
}

/** What a rule cannot judge yet is not well: it would find nothing whatever the run did. Where none can any more, that is all there is to say. */
async function printHealth(found: HealthFinding[], printing: Printing): Promise<string> {
  const [first] = found;
  if (found.every(({ judged }) => judged)) return printOfRun('health', found, printing);
  const { state } = (await printing.ask('jobs', 'get', { id: printing.input['id'] })) as Job;
  const over = isTerminal(state);
  if (over && first && !found.some(({ judged }) => judged))
    return endedTooEarly(first.stage === null ? undefined : `The stage ${first.stage}`);
  const level = over ? 'too little' : 'too early';
  const told = found.map((each) => (each.judged ? each : { ...each, level }));
  return printOfRun('health', told, printing);
}

/** Adapters of several runs have the same names. */
async function printModels(models: Model[], { ask }: Printing): Promise<string> {
  const jobs = models.some(({ jobId }) => jobId !== null) ? ((await ask('jobs', 'list', {})) as Job[]) : [];
  const names = new Map(jobs.map(({ id, name }) => [id, name]));
  const rows = models.map((model) => ({ ...model, run: names.get(model.jobId ?? '') ?? null }));
  return printable(rows, listColumns['models list']);
}

/** A run that was cut says at its end how it goes on. */
function printRun(run: Job, { command }: Printing): string {
  const text = printable(run);
  return run.resumesAfter === null ? text : `${text}\n\nResume it: ${command(['jobs', 'resume', run.id])}`;
}

/** What to do next with a model that is whole: a GGUF can be added; merged weights are for other programs. */
async function printArtifacts(artifacts: RunArtifact[], { command, ask, input }: Printing): Promise<string> {
  const lines = [printable(artifacts, listColumns['jobs artifacts'])];
  const run = async () => (await ask('jobs', 'get', { id: input['id'] })) as JobDetail;
  for (const { kind, path, files } of artifacts) {
    const model = files.find(({ name }) => name === WHOLE_MODEL);
    if (kind === 'export' && model && path !== null) {
      const template = await templateOf(await run(), ask);
      const words = ['models', 'add', `${path}/${model.name}`, '--template', template];
      lines.push(`Add it to the models: ${command(words)}`);
    }
    if (kind === 'merged-model') lines.push(`To ask such a model here, ${asGguf(await run(), command)}`);
  }
  return lines.join('\n\n');
}

/** What a model was trained with: a run that only writes an adapter as files names the template of its preset, not that of the adapter's run. */
async function templateOf(run: JobDetail, ask: Printing['ask']): Promise<string> {
  const own = run.spec.prompt.id;
  if (run.kind !== 'export' || run.uponAdapterId === null) return own;
  const models = (await ask('models', 'list', {})) as Model[];
  const trained = models.find(({ id }) => id === run.uponAdapterId)?.jobId ?? null;
  return trained === null ? own : ((await ask('jobs', 'get', { id: trained })) as JobDetail).spec.prompt.id;
}

/** A merge that is a stage of a program may be of any stage's adapter: which, a person has to say. */
function asGguf({ kind, uponAdapterId }: Job, command: Printing['command']): string {
  if (kind !== 'merge' || uponAdapterId === null) return 'launch the preset export-gguf upon its adapter.';
  return `write it as GGUF: ${command(['jobs', 'launch', 'export-gguf', '--base-id', uponAdapterId])}`;
}

function printImport(r: ImportResult, command: Printing['command']): string {
  const lines = [`In the lab as ${r.sourceId}: ${counted(r.imported, 'row')} (${duration(r.ms)}).`];
  if (r.locked) lines.push(`Locked against training: ${r.locked}`);
  if (r.rejected === 0) return lines.join('\n');
  const rejects = r.rejects.map((reject) => [String(reject.line), reject.reason, reject.excerpt]);
  const all = `; all of them: ${command(['datasets', 'rejects', r.sourceId])}`;
  lines.push(
    `Left out, because no row could be made of it: ${counted(r.rejected, 'line')}${r.rejected > rejects.length ? all : ''}`,
    aligned([['line', 'why', 'text'], ...rejects], ['text']),
  );
  return lines.join('\n');
}
