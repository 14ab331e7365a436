// What completions are held against, in words: the same wherever a run's or an evaluation's are read.
import type { Row } from '../core/contract/row.ts';

/** "gold 42"; "gold open" where none is known, and nothing of gold where tests decide: such a question has no answer to know. */
export function goldInWords({ answer, answerType }: Pick<Row, 'answer' | 'answerType'>): string {
  return answerType === 'code' ? 'checked by tests' : `gold ${answer ?? 'open'}`;
}
