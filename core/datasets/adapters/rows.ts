// Our own normalised form: one Row a line, as the product writes it itself. Checked as strictly as any other source.
import { Row } from '../../contract/row.ts';
import { wrongValue } from '../../contract/wrong-value.ts';
import { readNumber } from '../../rewards/answers/number.ts';
import { type AdapterDefinition, contentHash, objection } from './adapter.ts';

export const rowsAdapter: AdapterDefinition = {
  adapter: 'rows',
  configs: null,
  hasDefaultConfig: true,
  columns: Object.keys(Row.shape),
  adapt(record, { split }) {
    const read = Row.safeParse(record);
    if (!read.success) {
      const [issue] = read.error.issues;
      return { reason: wrongValue(issue) };
    }
    const row = read.data;
    if (row.source.split !== split)
      return { reason: `the row is of split "${row.source.split}", this import of "${split}"` };
    const why = objection(row) ?? objectionToAnswer(row);
    return why ? { reason: why } : { row: { ...row, hash: contentHash(row) } };
  },
};

/** A gold that the reward suite could not check would be a row that nobody can win. */
function objectionToAnswer(row: Row): string | null {
  if (row.answerType === 'number') {
    const gold = row.answer === null ? null : readNumber(row.answer);
    if (gold?.kind !== 'number' || gold.value !== row.answer)
      return `the answer ${JSON.stringify(row.answer)} is not a plain number`;
  }
  if (row.answerType === 'choice') {
    if (!row.choices) return 'a choice row needs "choices"';
    const place = /^[A-Z]$/.test(row.answer ?? '') ? row.answer!.charCodeAt(0) - 65 : -1;
    if (place < 0 || place >= row.choices.length)
      return `the answer ${JSON.stringify(row.answer)} is not a letter of ${row.choices.length} options`;
  }
  return null;
}
