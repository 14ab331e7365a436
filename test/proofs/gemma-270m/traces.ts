// Traces to learn the form from, one for each training question, written by this file from the question's own words and its gold answer. They
// stand in for a teacher's: they show how thinking in four steps looks, and teach no science. The proof says so in its output.
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import type { Row } from '../../../core/contract/row.ts';

const LETTERS = 'ABCD';
/** In characters; about 110 tokens. */
const LONGEST = 480;
const COMMON = new Set(
  'which what when where that this these those with from have most likely best will would could following there their about into does been were they them than then some used should because each many more other only very also between after before during while being made make makes example describes called'.split(
    ' ',
  ),
);

/** `{"row", "completion"}` lines; how many, and their texts. */
export function writeTraces(rows: readonly Row[], file: string): string[] {
  const lines: string[] = [];
  const texts: string[] = [];
  for (const row of rows) {
    const completion = traceOf(row);
    if (completion === null || completion.length > LONGEST) continue;
    lines.push(JSON.stringify({ row, completion }));
    texts.push(completion);
  }
  writeFileSync(file, `${lines.join('\n')}\n`);
  return texts;
}

/** Null for a question with too few words of its own. */
function traceOf(row: Row): string | null {
  const choices = row.choices ?? [];
  const gold = LETTERS.indexOf(row.answer ?? '');
  if (gold === -1) return null;
  const pick = picker(row.hash);
  const right = short(choices[gold]!);
  const asked = ownWords(row.question);
  const others = asked.filter((word) => !right.toLowerCase().includes(word));
  const words = others.length >= 2 ? others : [...new Set([...asked, ...ownWords(right)])];
  if (words.length < 2) return null;
  const [first, second, third] = pick(choices.map(short).filter((_, i) => i !== gold)) as [
    string,
    string,
    string,
  ];
  const [a, b, c] = [words[0]!, words[1]!, words[2] ? words.at(-1)! : words[0]!];
  const one = <T>(of: readonly T[]): T => pick(of)[0]!;
  const analysis = one([
    `I have to find out what goes together with ${a} and ${b}.`,
    `The question is about ${a}, so I think of ${b} and ${c} first.`,
    `What matters here is ${c}, and how it depends on ${a}.`,
    `First I see that ${a} and ${c} are named, and look for the option that fits both.`,
  ]);
  const work = one([
    `Of the four, ${right} has to do with ${c}, but ${first} has not.`,
    `When I think about ${b}, ${right} makes sense, and ${first} is something else.`,
    `${capital(first)} would be a guess. ${capital(right)} explains ${a} better.`,
    `Going through the options, only ${right} agrees with ${b}.`,
  ]);
  const check = one([
    `If it were ${second}, the part about ${a} would be wrong; ${third} does not fit it either.`,
    `Neither ${second} nor ${third} would answer what was asked about ${b}.`,
    `I look again at ${second} and at ${third}: both leave out ${c}.`,
    `Taking ${third} instead would not explain ${c}, so I stay with my choice.`,
  ]);
  const end = one([
    `So the best option is ${right}.`,
    `That leaves ${right} as the answer.`,
    `Therefore I choose ${right} here.`,
  ]);
  return `<reasoning>
Analysis & Strategy:
${analysis}
Step-by-Step Execution:
${work}
Verification & Self-Correction:
${check}
Final Synthesis:
${end}
</reasoning>
<answer>${LETTERS[gold]}</answer>`;
}

/** Content words in their order, each once. */
function ownWords(text: string): string[] {
  const words = text.match(/[A-Za-z]{4,}/g) ?? [];
  return [...new Set(words.map((word) => word.toLowerCase()))].filter((word) => !COMMON.has(word));
}

/** An option inside a sentence: its first seven words, without the full stop. */
function short(option: string): string {
  return option
    .replace(/[.?!]+$/, '')
    .split(/\s+/)
    .slice(0, 7)
    .join(' ');
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** Shuffles lists by the row's hash, another way each time it is asked. */
function picker(hash: string): <T>(of: readonly T[]) => T[] {
  let asked = 0;
  return (of) => {
    asked += 1;
    const key = (i: number) => createHash('sha256').update(`${hash} ${asked} ${i}`).digest('hex');
    return of
      .map((value, i) => ({ value, key: key(i) }))
      .sort((x, y) => (x.key < y.key ? -1 : 1))
      .map(({ value }) => value);
  };
}
