// What the rows under the present filter are made of: counts by source, split, domain and answer type; a click narrows.
import type { RowFilter, Source } from '../../core/contract/datasets.ts';
import type { AnswerType } from '../../core/contract/row.ts';
import { useQuery } from '../queries.ts';
import { adjust } from '../route.ts';
import { formatCount } from '../ui/format.ts';
import styles from './facets.module.css';
import { answerTypeInWords, parameterOf } from './filter.ts';

interface FacetsProps {
  filter: RowFilter;
  sources: readonly Source[];
}

export function Facets({ filter, sources }: FacetsProps) {
  const facets = useQuery('datasets.facets', filter, { keep: true });
  const sourceName = (id: string) => {
    const source = sources.find((each) => each.id === id);
    return source ? `${source.dataset} · ${source.split}` : id;
  };
  return (
    <nav className={styles.facets} aria-label="Narrow the rows">
      <Group
        title="Source"
        field="sourceId"
        counts={facets.data?.source}
        on={filter.sourceId}
        nameOf={sourceName}
      />
      <Group title="Domain" field="domain" counts={facets.data?.domain} on={filter.domain} />
      <Group title="Split" field="split" counts={facets.data?.split} on={filter.split} />
      <Group
        title="Answer is"
        field="answerType"
        counts={facets.data?.answerType}
        on={filter.answerType}
        nameOf={(type) => answerTypeInWords[type as AnswerType] ?? type}
      />
    </nav>
  );
}

interface GroupProps {
  title: string;
  field: keyof RowFilter;
  counts: readonly { value: string; count: number }[] | undefined;
  on: string | undefined;
  nameOf?: (value: string) => string;
}

function Group({ title, field, counts = [], on, nameOf = (value) => value }: GroupProps) {
  const most = Math.max(1, ...counts.map((each) => each.count));
  return (
    <section className={styles.group}>
      <h3>{title}</h3>
      <ul>
        {counts.map(({ value, count }) => (
          <li key={value}>
            <button
              type="button"
              className={styles.value}
              aria-pressed={on === value}
              title={nameOf(value)}
              onClick={() => adjust({ params: { [parameterOf[field]]: on === value ? null : value } })}
            >
              <span>{nameOf(value)}</span>
              <span className={styles.count}>{formatCount(count)}</span>
              <i style={{ width: `${Math.max(1.5, (100 * count) / most)}%` }} />
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
