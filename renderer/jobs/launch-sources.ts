// The list of sources in the launch form: what each line names, whether the lab has it, how many questions come of it. Pure.
import type { Source } from '../../core/contract/datasets.ts';
import type { Preset } from '../../core/contract/jobs.ts';
import type { PromptTemplate } from '../../core/contract/reward.ts';
import { readSource, sourcesNamed } from '../../core/contract/source-name.ts';
import { formatCount, plural } from '../ui/format.ts';
import type { Settings } from './setting-fields.ts';

/** `name` as a person says it, "gsm8k:train"; `count` as it is typed, empty for all rows. */
export interface SourceLine {
  name: string;
  count: string;
}

export interface ShownSource extends SourceLine {
  /** What the lab has by that name; null when it has none, or several. */
  source: Source | null;
  state: 'ready' | 'absent' | 'unclear' | 'locked';
  /** Why it cannot be trained on so, in a sentence. */
  problem: string | null;
  /** Questions that come of it; null while nobody knows. */
  questions: number | null;
}

export function linesOf({ sources }: Preset): SourceLine[] {
  return sources.map(({ dataset, split, count }) => ({
    name: `${dataset}:${split}`,
    count: count === null ? '' : String(count),
  }));
}

/** As `launch` takes it: "gsm8k:train=500". */
export const textOf = ({ name, count }: SourceLine): string =>
  count.trim() === '' ? name : `${name}=${count.trim()}`;

export function lineOf(text: string): SourceLine {
  const { name, count } = readSource(text);
  return { name, count: count === null ? '' : String(count) };
}

/** The list says what the preset says, so that nothing has to be said of it. */
export function isAsIn(preset: Preset, lines: readonly SourceLine[]): boolean {
  return lines.map(textOf).join('\n') === linesOf(preset).map(textOf).join('\n');
}

/** Each line with what this lab knows of it. */
export function shownSources(lines: readonly SourceLine[], known: readonly Source[]): ShownSource[] {
  const found = lines.map(({ name }) => sourcesNamed(known, name));
  return lines.map((line, i) => {
    const [source = null, ...more] = found[i] ?? [];
    if (source === null || more.length > 0) return unresolved(line, more.length + 1);
    const isTwice = found.slice(0, i).some(([other, ...rest]) => rest.length === 0 && other === source);
    const state = source.locked === null ? 'ready' : 'locked';
    const problem = isTwice ? 'It is in the list twice.' : problemOf(line, source);
    return { ...line, source, state, problem, questions: countOf(line) ?? source.rowCount };
  });
}

function unresolved(line: SourceLine, several: number): ShownSource {
  const isAbsent = several === 1;
  return {
    ...line,
    source: null,
    state: isAbsent ? 'absent' : 'unclear',
    problem: isAbsent
      ? 'This lab does not have it: import it, or take it out of the list.'
      : `It fits ${several} sources of this lab: choose one.`,
    questions: countOf(line),
  };
}

function problemOf(line: SourceLine, { locked, rowCount }: Source): string | null {
  if (locked !== null) return `It must not be trained on: ${locked}`;
  if (line.count.trim() === '') return null;
  const count = countOf(line);
  if (count === null) return 'A whole number, 1 or more; empty takes all.';
  return count > rowCount ? `It has only ${plural(rowCount, 'row')}.` : null;
}

/** Null for all rows, and for what is no number of rows. */
function countOf({ count }: SourceLine): number | null {
  const text = count.trim();
  return /^\d+$/.test(text) && Number(text) > 0 ? Number(text) : null;
}

/** "4,200 questions", "at least 3,600 questions" where some are not known yet. */
export function totalOf(shown: readonly ShownSource[]): string {
  const known = shown.reduce((sum, { questions }) => sum + (questions ?? 0), 0);
  const isWhole = shown.every(({ questions }) => questions !== null);
  if (!isWhole && known === 0) return 'number not known yet';
  return `${isWhole ? '' : 'at least '}${plural(known, 'question')}`;
}

/** How a source is called in a list: "gsm8k · train", with its configuration where another is called the same. */
export function sourceLabel(source: Source, known: readonly Source[]): string {
  const { dataset, config, split } = source;
  const isAlone = known.every(
    (each) => each.id === source.id || each.dataset !== dataset || each.split !== split,
  );
  return (isAlone ? [dataset, split] : [dataset, config, split]).join(' · ');
}

/** What a list says of a source beside its name. */
export function sourceDetail({ locked, rowCount }: Source): string {
  return locked === null ? plural(rowCount, 'row') : `locked: ${locked}`;
}

/** The command that brings a missing source in, by what its name says. */
export function importCommand(name: string): string {
  const [dataset = '', ...rest] = name.split(':');
  const split = rest.at(-1) ?? 'train';
  const reader = dataset === 'gsm8k' || dataset === 'ai2_arc' ? dataset : 'rows';
  const config =
    rest.length > 1 ? rest[0] : dataset === 'ai2_arc' ? '<ARC-Challenge or ARC-Easy>' : undefined;
  const words = `forethought datasets import <file of ${dataset}, or hub:…> --as ${reader} --split ${split}`;
  return config === undefined ? words : `${words} --config ${config}`;
}

/** Of a program: which stages train on the list, and which name questions of their own. Null where there is nothing to tell. */
export function stageWords({ stages }: Settings): string | null {
  if (!Array.isArray(stages)) return null;
  const asking = (stages as Settings[]).filter(({ kind }) => kind === 'grpo' || kind === 'rejection');
  const own = asking.filter(({ sources }) => Array.isArray(sources));
  const names = asking.filter((stage) => !own.includes(stage)).map(({ id }) => String(id));
  const ofList =
    names.length === 0 ? 'no stage' : `the ${names.length === 1 ? 'stage' : 'stages'} ${names.join(', ')}`;
  const others = own.map(
    ({ id, sources }) => `; ${String(id)} names its own, ${(sources as string[]).join(', ')}`,
  );
  return `Trained on by ${ofList}${others.join('')}.`;
}

/** What is taken of a file of texts, by the data sets that its lines name; null where the file is taken whole. */
export function mixWords({ expectsData, kind, sources }: Preset): string | null {
  const wanted = sources.filter(({ count }) => count !== null);
  if (expectsData === null || kind === 'program' || wanted.length === 0) return null;
  return `Of a file whose lines name their data set, it takes ${wanted
    .map(({ dataset, count }) => `${formatCount(count ?? 0)} of ${dataset}`)
    .join(', ')}.`;
}

/** What a prompt template is made of, in words. */
export function templateWords({ instruction, examples, family }: PromptTemplate): string {
  const says = instruction === null ? 'The question alone' : 'An instruction, then the question';
  const shown = examples.length > 0 ? `, after ${plural(examples.length, 'worked example')}` : '';
  const turns = { gemma: 'in Gemma’s turns', chatml: 'in ChatML turns', none: 'without turns' }[family];
  return `${says}${shown}; ${turns}.`;
}
