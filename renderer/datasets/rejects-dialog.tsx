// Lines of a source that could not become rows: where, why, and how they begin.
import { useCallback, useState } from 'react';
import type { Reject, Source } from '../../core/contract/datasets.ts';
import { usePages } from '../queries.ts';
import { Dialog } from '../ui/dialog.tsx';
import { ErrorCard } from '../ui/error-card.tsx';
import { formatCount, plural } from '../ui/format.ts';
import { type Column, VirtualTable } from '../ui/virtual-table.tsx';
import styles from './rejects-dialog.module.css';

const columns: readonly Column<Reject>[] = [
  { id: 'line', title: 'Line', width: '72px', number: true, cell: (reject) => formatCount(reject.line) },
  {
    id: 'reason',
    title: 'Why',
    width: 'minmax(200px, 1fr)',
    cell: (reject) => <span title={reject.reason}>{reject.reason}</span>,
  },
  {
    id: 'excerpt',
    title: 'Begins with',
    width: 'minmax(160px, 1fr)',
    cell: (reject) => <code title={reject.excerpt}>{reject.excerpt}</code>,
  },
];

export function RejectsDialog({ source, onClose }: { source: Source; onClose(): void }) {
  const [selected, setSelected] = useState<number | null>(null);
  const [range, setRange] = useState<readonly [number, number]>([0, 20]);
  const onRange = useCallback((first: number, last: number) => setRange([first, last]), []);
  const rejects = usePages('datasets.rejects', { sourceId: source.id }, range, (answer) => answer.rejects);
  const chosen = selected === null ? undefined : rejects.at(selected);
  return (
    <Dialog
      wide
      title={`Which lines of ${source.origin} were refused?`}
      about={`${plural(source.rejectCount, 'line')} of ${formatCount(source.rejectCount + source.rowCount)}. The others were imported.`}
      onClose={onClose}
    >
      {rejects.error ? (
        <ErrorCard what="The refused lines could not be loaded" error={rejects.error} />
      ) : (
        <div className={styles.table}>
          <VirtualTable
            label="Refused lines"
            total={rejects.total ?? 0}
            rowAt={rejects.at}
            columns={columns}
            selected={selected}
            onSelect={setSelected}
            onRange={onRange}
          />
        </div>
      )}
      {chosen && (
        <div className={styles.chosen}>
          <b>{`Line ${formatCount(chosen.line)}: ${chosen.reason}`}</b>
          <pre>{chosen.excerpt}</pre>
        </div>
      )}
    </Dialog>
  );
}
