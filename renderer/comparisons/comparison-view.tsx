// The comparison of two evaluations: headline, then either the rows or the domains.
import { useQuery } from '../queries.ts';
import { adjust, useRoute } from '../route.ts';
import { ErrorCard } from '../ui/error-card.tsx';
import screen from '../ui/screen.module.css';
import { Tabs } from '../ui/tabs.tsx';
import { DomainTable } from './domain-table.tsx';
import { Headline } from './headline.tsx';
import { RowsTab } from './rows-tab.tsx';

export function ComparisonView({ left, right }: { left: string; right: string }) {
  const comparison = useQuery('comparisons.pair', { left, right });
  const tab = useRoute((route) => route.tab ?? route.params.tab) ?? 'rows';
  if (comparison.error)
    return (
      <div className={screen.scroll}>
        <ErrorCard what="These two cannot be compared" error={comparison.error} />
      </div>
    );
  if (!comparison.data) return null;
  const { data } = comparison;
  return (
    <>
      <Headline comparison={data} />
      <Tabs
        label="Parts of the comparison"
        selected={tab}
        onSelect={(next) => adjust({ params: { tab: next === 'rows' ? null : next } })}
        tabs={[
          { id: 'rows', title: 'Row by row', count: data.n, panel: <RowsTab comparison={data} /> },
          {
            id: 'domains',
            title: 'By domain',
            count: data.byDomain.length,
            panel: <DomainTable comparison={data} />,
          },
        ]}
      />
    </>
  );
}
