// Columns of the table of rows.
import type { RowSummary } from '../../core/contract/datasets.ts';
import { Pill } from '../ui/pill.tsx';
import type { Column } from '../ui/virtual-table.tsx';

export const rowColumns: readonly Column<RowSummary>[] = [
  { id: 'question', title: 'Question', width: 'minmax(160px, 1fr)', cell: (row) => row.question },
  { id: 'answer', title: 'Answer', width: '88px', cell: (row) => row.answer ?? '–' },
  { id: 'domain', title: 'Domain', width: 'minmax(80px, 128px)', cell: (row) => row.domain },
  { id: 'source', title: 'Source', width: 'minmax(84px, 116px)', cell: (row) => row.dataset },
  { id: 'split', title: 'Split', width: '84px', cell: (row) => row.split },
  {
    id: 'flags',
    title: 'Flags',
    width: 'minmax(56px, 120px)',
    cell: (row) =>
      row.flags.length > 0 && (
        <Pill tone="warn" why={row.flags.join(', ')}>
          {row.flags.length === 1 ? row.flags[0] : `${row.flags.length} flags`}
        </Pill>
      ),
  },
];
