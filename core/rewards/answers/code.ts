// Finds the program in an answer. Whether it is right is decided by running it, which happens elsewhere (evidence.ts).
import type { ParsedCompletion, Span } from '../../contract/reward.ts';
import type { Row } from '../../contract/row.ts';
import type { CodeSubmission } from '../evidence.ts';

export type CodeReading =
  | { kind: 'code'; code: string; span: Span }
  | { kind: 'ambiguous' | 'none'; why: string };

/** Longest answer block that is read as code, in UTF-16 code units. */
export const MAX_CODE_LENGTH = 50_000;

const FENCE = /^[ \t]*(`{3,}|~{3,})[ \t]*([\w+-]*)[^\n]*$/gm;

/**
 * The one program in `text`: the inside of its one fenced block, or without fences the text itself.
 * Two fenced blocks are ambiguous; an open fence, or one of another language, is none. Line ends become LF.
 */
export function readCode(text: string): CodeReading {
  const fences = [...text.matchAll(FENCE)];
  if (fences.length === 0) return program(text, [0, text.length]);
  if (fences.length > 2) return { kind: 'ambiguous', why: 'There is more than one block of code.' };
  const [open, close] = fences;
  if (
    !open ||
    !close ||
    close[1]![0] !== open[1]![0] ||
    close[1]!.length < open[1]!.length ||
    close[2] !== ''
  )
    return { kind: 'none', why: 'The block of code is not closed.' };
  if (!/^(?:|py|py3|python|python3)$/i.test(open[2]!))
    return { kind: 'none', why: `The block of code is marked as ${open[2]}, not as Python.` };
  return program(text, [open.index + open[0].length + 1, close.index]);
}

function program(text: string, span: Span): CodeReading {
  const code = text.slice(...span).replace(/\r\n?/g, '\n');
  if (code.trim() === '') return { kind: 'none', why: 'There is no code in the answer.' };
  return { kind: 'code', code: dedent(code), span };
}

/** Takes away the white space that all lines with text share. */
function dedent(code: string): string {
  const lines = code.split('\n');
  let common: string | null = null;
  for (const line of lines) {
    const indent = /^[ \t]*/.exec(line)![0];
    if (indent.length === line.length) continue;
    if (common === null) common = indent;
    while (!indent.startsWith(common)) common = common.slice(0, -1);
  }
  return common
    ? lines.map((line) => (line.startsWith(common) ? line.slice(common.length) : line)).join('\n')
    : code;
}

/** The tests of a code row, or null when it has none. */
export function testsOf(row: Row): Omit<CodeSubmission, 'code'> | null {
  if (row.answerType !== 'code' || !row.verifier || !('tests' in row.verifier)) return null;
  return row.verifier.tests.length > 0 ? row.verifier : null;
}

/** The answer with the white space before its first line, which is part of code. */
export function codeSpan(text: string, [from, to]: Span): Span {
  let start = from;
  while (start > 0 && (text[start - 1] === ' ' || text[start - 1] === '\t')) start--;
  return [start, to];
}

/** What is to be run for a completion of this row; null when there are no tests or no program could be read. */
export function submissionOf(row: Row, text: string, parsed: ParsedCompletion): CodeSubmission | null {
  const tests = testsOf(row);
  if (!tests || parsed.answer === null) return null;
  const [from, to] = codeSpan(text, parsed.answer);
  if (to - from > MAX_CODE_LENGTH) return null;
  const read = readCode(text.slice(from, to));
  if (read.kind !== 'code') return null;
  return { code: read.code, tests: tests.tests, imports: tests.imports, setup: tests.setup };
}
