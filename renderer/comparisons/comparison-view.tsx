// The comparison of two evaluations: headline, then either the rows or the domains.
import { type Comparison, Outcome } from '../../core/contract/comparisons.ts';
import { prefetch, useQuery } from '../queries.ts';
import { adjust, useRoute } from '../route.ts';
import { ErrorCard } from '../ui/error-card.tsx';
import screen from '../ui/screen.module.css';
import { Tabs } from '../ui/tabs.tsx';
import { useHandler } from '../view.ts';
import { DomainTable } from './domain-table.tsx';
import { Headline } from './headline.tsx';
import { RowsTab } from './rows-tab.tsx';
import { swapIndex, swapOutcome } from './swap.ts';

export function ComparisonView({ left, right }: { left: string; right: string }) {
  const comparison = useQuery('comparisons.pair', { left, right });
  const tab = useRoute((route) => route.tab ?? route.params.tab) ?? 'rows';
  useHandler('compare.swap', comparison.data && (() => void swap(comparison.data)));
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

/** Left becomes right; the row in front stays in front. The other comparison is fetched first, so that nothing goes blank between. */
async function swap({ left, right, byDomain, ...whole }: Comparison): Promise<void> {
  await prefetch('comparisons.pair', { left: right.id, right: left.id });
  const { row, domain, outcome: text } = useRoute.getState().params;
  const outcome = Outcome.safeParse(text);
  const counts = byDomain.find((each) => each.domain === domain) ?? whole;
  const index = outcome.success ? Number(row ?? 0) : swapIndex(Number(row ?? 0), counts);
  adjust({
    params: {
      left: right.id,
      right: left.id,
      row: String(index),
      ...(outcome.success ? { outcome: swapOutcome(outcome.data) } : {}),
    },
  });
}
