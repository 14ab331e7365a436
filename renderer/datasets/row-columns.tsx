// Columns of the table of rows.
import type { RowSummary } from '../../core/contract/datasets.ts';
import { nameInWords } from '../ui/format.ts';
import { Pill } from '../ui/pill.tsx';
import type { Column } from '../ui/virtual-table.tsx';

export const rowColumns: readonly Column<RowSummary>[] = [
  { id: 'question', title: 'Question', width: 'minmax(200px, 1fr)', cell: (row) => row.question },
  { id: 'answer', title: 'Answer', width: '80px', cell: (row) => row.answer ?? '–' },
  {
    id: 'domain',
    title: 'Domain',
    width: '140px',
    cell: (row) => nameInWords(row.domain),
  },
  { id: 'source', title: 'Source', width: '128px', cell: (row) => row.dataset, from: 720 },
  { id: 'split', title: 'Split', width: '88px', cell: (row) => row.split, from: 640 },
  {
    id: 'flags',
    title: 'Flags',
    width: '68px',
    cell: (row) =>
      row.flags.length > 0 && (
        <Pill tone="warn" why={row.flags.join(', ')}>
          {row.flags.length}
        </Pill>
      ),
  },
];
