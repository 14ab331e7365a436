// An attack in the words of another suite: the same trick with its tags and its way to state an answer, so that suites can
// be compared on one list.
import type { Row } from '../../contract/row.ts';
import { fourStep } from '../structure.ts';
import type { Scorer } from '../suite.ts';

const HEADING_LINES = new RegExp(`^(?:${fourStep.headings.join('|')}):\\n?`, 'gm');

/** A completion of the list, which is written in four steps, as this suite wants it. */
export function inFormOf({ structure, suite }: Scorer, row: Row, text: string): string {
  if (structure.id === fourStep.id) return text;
  let adapted = text;
  if (structure.headings.length === 0) adapted = adapted.replace(HEADING_LINES, '');
  // The Tunix demo compares the answer as it stands, and verl wants the mark of the data set.
  if (suite.parts.some((part) => part.fn.startsWith('tunix-')))
    adapted = adapted.replace(/(<answer>)\n([^\n<]*)\n(<\/answer>)/g, '$1$2$3');
  if (suite.parts.some((part) => part.fn === 'gsm8k-match') && row.answerType === 'number')
    adapted = adapted.replace(/<answer>\s*/g, '<answer>\n#### ');
  return adapted
    .replace(/(<\/?)reasoning>/g, `$1${structure.reasoningTag}>`)
    .replace(/(<\/?)answer>/g, `$1${structure.answerTag}>`);
}
