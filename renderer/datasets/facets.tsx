// What the rows under the present filter are made of: counts by source, split, domain and answer type; a click narrows.
import type { RowFilter, Source } from '../../core/contract/datasets.ts';
import type { AnswerType } from '../../core/contract/row.ts';
import { useQuery } from '../queries.ts';
import { adjust } from '../route.ts';
import { formatCount, joinPieces, nameInWords } from '../ui/format.ts';
import styles from './facets.module.css';
import { answerTypeInWords, parameterOf } from './filter.ts';

interface FacetsProps {
  filter: RowFilter;
  sources: readonly Source[];
}

export function Facets({ filter, sources }: FacetsProps) {
  const facets = useQuery('datasets.facets', filter, { keep: true });
  const sourceName = (id: string): readonly [string, string?] => {
    const source = sources.find((each) => each.id === id);
    return source ? [source.dataset, source.split] : [id];
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
      <Group title="Domain" field="domain" counts={facets.data?.domain} on={filter.domain} nameOf={inWords} />
      <Group title="Split" field="split" counts={facets.data?.split} on={filter.split} />
      <Group
        title="Answer is"
        field="answerType"
        counts={facets.data?.answerType}
        on={filter.answerType}
        nameOf={(type) => [answerTypeInWords[type as AnswerType] ?? type]}
      />
    </nav>
  );
}

const inWords = (value: string) => [nameInWords(value)] as const;

interface GroupProps {
  title: string;
  field: keyof RowFilter;
  counts: readonly { value: string; count: number }[] | undefined;
  on: string | undefined;
  /** Name and, where it tells two apart, an addition that is never cut. */
  nameOf?: (value: string) => readonly [string, string?];
}

function Group({ title, field, counts = [], on, nameOf = (value) => [value] }: GroupProps) {
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
              title={joinPieces(...nameOf(value))}
              onClick={() => adjust({ params: { [parameterOf[field]]: on === value ? null : value } })}
            >
              <span className={styles.name}>
                <span>{nameOf(value)[0]}</span>
                {nameOf(value)[1] && <small>{nameOf(value)[1]}</small>}
              </span>
              <span className={styles.count}>{formatCount(count)}</span>
              <i style={{ width: `${Math.max(1.5, (100 * count) / most)}%` }} />
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
