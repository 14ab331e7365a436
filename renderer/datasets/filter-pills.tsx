// The filters that are on, each with a way to take it off.
import { X } from 'lucide-react';
import type { RowFilter, Source } from '../../core/contract/datasets.ts';
import { adjust } from '../route.ts';
import { nameInWords } from '../ui/format.ts';
import { answerTypeInWords, parameterOf } from './filter.ts';
import styles from './filter-pills.module.css';

interface FilterPillsProps {
  filter: RowFilter;
  sources: readonly Source[];
}

export function FilterPills({ filter, sources }: FilterPillsProps) {
  const source = sources.find((each) => each.id === filter.sourceId);
  const pills: [keyof RowFilter, string][] = [];
  if (filter.sourceId)
    pills.push(['sourceId', source ? `${source.dataset} · ${source.split}` : filter.sourceId]);
  if (filter.split) pills.push(['split', filter.split]);
  if (filter.domain) pills.push(['domain', nameInWords(filter.domain)]);
  if (filter.answerType) pills.push(['answerType', answerTypeInWords[filter.answerType]]);
  return pills.map(([field, words]) => (
    <button
      key={field}
      type="button"
      className={styles.pill}
      aria-label={`Take off the filter ${words}`}
      onClick={() => adjust({ params: { [parameterOf[field]]: null } })}
    >
      {words}
      <X size={12} strokeWidth={2} aria-hidden="true" />
    </button>
  ));
}
