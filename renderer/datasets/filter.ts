// The filter of the Data screen, kept in the address. Used by the table, the facets and the pills.
import type { RowFilter } from '../../core/contract/datasets.ts';
import { AnswerType } from '../../core/contract/row.ts';

/** Names of the address's parameters, by field of the filter. */
export const parameterOf = {
  sourceId: 'source',
  split: 'split',
  domain: 'domain',
  answerType: 'type',
  search: 'q',
} as const satisfies Record<keyof RowFilter, string>;

/** What the address says, without what the contract would refuse. */
export function filterOf(params: Readonly<Record<string, string>>): RowFilter {
  const type = AnswerType.safeParse(params[parameterOf.answerType]);
  const filter: RowFilter = {};
  for (const field of ['sourceId', 'split', 'domain', 'search'] as const) {
    const value = params[parameterOf[field]];
    if (value) filter[field] = field === 'search' ? value.slice(0, 400) : value;
  }
  if (type.success) filter.answerType = type.data;
  return filter;
}

/** A name a person may give to a source's answer type. */
export const answerTypeInWords: Readonly<Record<AnswerType, string>> = {
  number: 'a number',
  choice: 'a letter',
  text: 'words',
  code: 'code',
  open: 'open',
};
