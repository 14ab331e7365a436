// Which rows a run needs: questions of sources, texts of files, each for a field of its spec. Looked up and counted by resolve.ts; frozen by
// freeze-blocks.ts when the run is made.
import { CoreError } from '../contract/errors.ts';
import { countProblem, readSource } from '../contract/source-name.ts';
import type { JobsDeps, RunSource, TextFile } from './deps.ts';
import type { Findings } from './findings.ts';
import type { RunPart } from './parts.ts';
import { textFile } from './text-file.ts';

interface BlockBase {
  /** "data", "stages[1].guard.replay" */
  field: string;
  part: RunPart;
  /** So many rows are taken out of all, or are what is taken out. */
  aside?: { rows: number; part: 'aside' | 'rest' };
  /** How many rows it will have. */
  rows: number;
  /** So many rows of each data set are drawn by the seed; null means all. */
  counts: Record<string, number> | null;
}
export interface QuestionBlock extends BlockBase {
  kind: 'questions';
  purpose: 'train' | 'examine';
  /** `count`: so many rows are drawn; null means all. */
  sources: { source: RunSource; count: number | null }[];
}
export interface TextBlock extends BlockBase {
  kind: 'texts';
  texts: 'completions' | 'pairs';
  file: TextFile;
}
export type Block = QuestionBlock | TextBlock;

export interface BlockContext {
  deps: JobsDeps;
  findings: Findings;
  /** `dataset:split`, a source's id, either with `=count`. */
  sources: readonly string[];
  /** A JSONL file, or the id of a run with traces. */
  data: string | null;
  /** What of a file is wanted, by the data sets that its lines name. */
  mix: readonly { dataset: string; count: number | null }[];
}

/** Everything that a part reads. What cannot be found is told and left out. */
export async function blocksOf(part: RunPart, on: BlockContext): Promise<Block[]> {
  switch (part.kind) {
    case 'grpo':
      return await questionsAndExam(part, on);
    case 'sft':
    case 'dpo':
      return await textsAndExams(part, on);
    case 'rejection':
    case 'generate':
      return await questions(part, 'data', sourcesOf(part, on), 'train', on);
    case 'evaluate': {
      const sets = part.sets.map((set, i) => questions(part, `sets[${i}]`, [set.source], 'examine', on));
      return (await Promise.all(sets)).flat();
    }
    default:
      return [];
  }
}

/** It trains on questions, and on those of the run: a stage may name its own. */
export function asksOfTheRun(part: RunPart): boolean {
  return ['grpo', 'rejection', 'generate'].includes(part.kind) && ownSources(part) === null;
}

/** It learns from the texts that the run is given: a stage may name its own, or take what an earlier one makes. */
export function learnsFromData(part: RunPart): boolean {
  return (part.kind === 'sft' || part.kind === 'dpo') && !isMade(part) && ownData(part) === null;
}

/** Its rows are those that an earlier stage makes. */
function isMade({ stage }: RunPart): boolean {
  return stage !== null && stage.dataFrom !== null;
}

function sourcesOf(part: RunPart, on: BlockContext): readonly string[] {
  return ownSources(part) ?? on.sources;
}

/** A stage's, where it does not take those of the run. */
function ownSources({ stage }: RunPart): readonly string[] | null {
  return stage && 'sources' in stage ? stage.sources : null;
}
function ownData({ stage }: RunPart): string | null {
  return stage && 'data' in stage ? stage.data : null;
}

/** How many questions are set aside for an exam without a source. */
export const asideOf = ({ maxRows }: { maxRows: number | null }): number => maxRows ?? 100;

async function questionsAndExam(part: RunPart & { kind: 'grpo' }, on: BlockContext): Promise<Block[]> {
  const training = await questions(part, 'data', sourcesOf(part, on), 'train', on);
  const exam = part.heldOut;
  if (!exam) return training;
  if (exam.source !== null)
    return [...training, ...(await questions(part, 'heldOut', [exam.source], 'examine', on))];
  const [data] = training;
  if (!data) return [];
  const rows = asideOf(exam);
  if (rows >= data.rows) {
    on.findings.error(
      `${part.where}heldOut.maxRows`,
      `${rows} question${rows === 1 ? '' : 's'} cannot be set aside of ${data.rows}: none would be left to train on.`,
    );
    return training;
  }
  return [
    { ...data, rows: data.rows - rows, aside: { rows, part: 'rest' } },
    {
      ...data,
      field: `${part.where}heldOut`,
      purpose: 'examine',
      rows,
      aside: { rows, part: 'aside' },
    } as Block,
  ];
}

async function textsAndExams(part: RunPart & { kind: 'sft' | 'dpo' }, on: BlockContext): Promise<Block[]> {
  const { heldOut, guard, validation, where } = part;
  const kind = part.kind === 'sft' ? 'completions' : 'pairs';
  const blocks: Block[] = [];
  if (!isMade(part)) {
    const data = await texts(part, 'data', ownData(part) ?? on.data, kind, on);
    if (data && validation && validation.rows >= data.rows)
      on.findings.error(
        `${where}validation.rows`,
        `${validation.rows} row${validation.rows === 1 ? '' : 's'} cannot be set aside of ${data.rows}: none would be left to train on.`,
      );
    else if (data && validation)
      blocks.push(
        { ...data, rows: data.rows - validation.rows, aside: { rows: validation.rows, part: 'rest' } },
        {
          ...data,
          field: `${where}validation`,
          rows: validation.rows,
          aside: { rows: validation.rows, part: 'aside' },
        },
      );
    else if (data) blocks.push(data);
  } else if (validation)
    on.findings.error(
      `${where}validation`,
      'Rows that an earlier stage makes cannot be set aside before they are there: leave it out.',
    );
  if (heldOut?.source) blocks.push(...(await questions(part, 'heldOut', [heldOut.source], 'examine', on)));
  else if (heldOut)
    on.findings.error(`${where}heldOut.source`, 'Name the questions; texts to learn from are none.');
  if (guard && 'replay' in guard && guard.replay) {
    const replay = await texts(part, 'guard.replay', guard.replay.data, 'completions', on);
    if (replay) blocks.push(replay);
  }
  if (guard?.retention)
    blocks.push(...(await questions(part, 'guard.retention', [guard.retention.source], 'examine', on)));
  return blocks;
}

async function questions(
  part: RunPart,
  name: string,
  wanted: readonly string[],
  purpose: QuestionBlock['purpose'],
  on: BlockContext,
): Promise<QuestionBlock[]> {
  const field = `${part.where}${name}`;
  const runs = ownSources(part) === null ? 'sources' : `${part.where}sources`;
  const said = name === 'data' ? runs : `${field}.source`;
  if (wanted.length === 0) {
    on.findings.error(said, 'Name the questions that it trains on.');
    return [];
  }
  const sources: QuestionBlock['sources'] = [];
  for (const text of wanted) {
    const found = await on.findings.attempt(said, () => sourceOf(on.deps, text));
    if (!found) continue;
    if (sources.some(({ source }) => source.id === found.source.id))
      on.findings.error(said, `${found.source.id} is named twice.`);
    else if (purpose === 'train' && found.source.locked !== null)
      on.findings.error(said, lockedSentence(found.source, 'Choose a training split.'));
    else if (found.count !== null && found.count > found.source.rowCount)
      on.findings.error(
        said,
        `${found.count} rows of ${found.source.dataset} are asked for, but ${found.source.id} has ${found.source.rowCount}.`,
      );
    else sources.push(found);
  }
  if (sources.length < wanted.length) return [];
  tellDrawnTogether(sources, said, on.findings);
  const rows = sources.reduce((sum, { source, count }) => sum + (count ?? source.rowCount), 0);
  return [{ kind: 'questions', field, part, purpose, sources, rows, counts: countsOf(sources) }];
}

/** The trainer tells rows apart by their data set: counts of two sources of one data set are one count over both. */
function tellDrawnTogether(sources: QuestionBlock['sources'], field: string, findings: Findings): void {
  if (sources.every(({ count }) => count === null)) return;
  const byDataset = Map.groupBy(sources, ({ source }) => source.dataset);
  for (const [dataset, together] of byDataset) {
    if (together.length === 1) continue;
    const rows = together.reduce((sum, { source, count }) => sum + (count ?? source.rowCount), 0);
    const ids = together.map(({ source }) => source.id).join(' and ');
    findings.warn(field, `${ids} are one data set, ${dataset}: ${rows} rows are drawn from them together.`);
  }
}

function countsOf(sources: QuestionBlock['sources']): Record<string, number> | null {
  if (sources.every(({ count }) => count === null)) return null;
  const counts: Record<string, number> = {};
  for (const { source, count } of sources)
    counts[source.dataset] = (counts[source.dataset] ?? 0) + (count ?? source.rowCount);
  return counts;
}

const lockedSentence = (source: RunSource, advice: string): string =>
  `${source.dataset} ${source.split} must not be trained on: ${source.locked} ${advice}`;

/** "gsm8k:train=500" */
function sourceOf(deps: JobsDeps, text: string): { source: RunSource; count: number | null } {
  const { name, count } = readSource(text);
  const problem = count === 0 ? `"${text}" asks for no rows.` : countProblem(name);
  if (problem) throw new CoreError('bad-input', problem);
  return { source: deps.resolveSource(name), count };
}

async function texts(
  part: RunPart,
  name: string,
  named: string | null,
  kind: TextBlock['texts'],
  on: BlockContext,
): Promise<TextBlock | null> {
  const field = `${part.where}${name}`;
  const runs = ownData(part) === null ? 'data' : field;
  const said = name === 'data' ? runs : `${field}.data`;
  if (named === null) {
    on.findings.error(
      said,
      `Name what it learns from: a JSONL file with a line {"question": …, ${kind === 'completions' ? '"completion": …' : '"chosen": …, "rejected": …'}} each${kind === 'completions' ? ', or a run whose traces are home' : ''}.`,
    );
    return null;
  }
  const file = await on.findings.attempt(said, () => textFile(on.deps, named));
  const counts = file && (await on.findings.attempt(said, () => on.deps.countTexts(file, kind)));
  if (!file || !counts) return null;
  const mix = part.stage && 'sources' in part.stage ? mixIn(part.stage.sources ?? []) : on.mix;
  const drawn = name === 'data' ? mixOf(mix, on, said, counts) : null;
  const rows = Object.values(drawn ?? counts).reduce((sum, count) => sum + count, 0);
  return { kind: 'texts', field, part, texts: kind, file, rows, counts: drawn };
}

/** How many lines of each data set are wanted, as far as the file has them. A file of other data sets is taken whole. */
function mixOf(
  mix: BlockContext['mix'],
  on: BlockContext,
  field: string,
  there: Record<string, number>,
): Record<string, number> | null {
  const wanted = mix.filter(({ count }) => count !== null);
  const found = wanted.filter(({ dataset }) => there[dataset] !== undefined);
  if (found.length === 0) return null;
  const drawn: Record<string, number> = {};
  for (const { dataset, count } of found)
    drawn[dataset] = Math.min((drawn[dataset] ?? 0) + (count ?? 0), there[dataset] ?? 0);
  const short = wanted.filter(({ dataset, count }) => (there[dataset] ?? 0) < (count ?? 0));
  if (short.length > 0)
    on.findings.warn(
      field,
      `The preset wants ${short.map(({ dataset, count }) => `${count} of ${dataset}`).join(', ')}; it has ${short.map(({ dataset }) => there[dataset] ?? 0).join(', ')}.`,
    );
  return drawn;
}

/** "creative=500" */
function mixIn(words: readonly string[]): BlockContext['mix'] {
  return words.map(readSource).map(({ name, count }) => ({ dataset: name, count }));
}
