// The end of an import: rows in, lines refused with their reasons, and whether the split is locked.
import type { ImportResult } from '../../core/contract/datasets.ts';
import { formatCount, formatDuration, plural } from '../ui/format.ts';
import { Pill } from '../ui/pill.tsx';
import styles from './import-report.module.css';

export function ImportReport({ result }: { result: ImportResult }) {
  return (
    <div className={styles.report} role="status">
      <div className={styles.figure}>
        <b>{formatCount(result.imported)}</b> {result.imported === 1 ? 'row' : 'rows'}
        <small>in {formatDuration(result.ms)}</small>
      </div>
      <div className={styles.pills}>
        {result.rejected > 0 ? (
          <Pill tone="warn">{`${plural(result.rejected, 'line')} refused`}</Pill>
        ) : (
          <Pill tone="good">every line was read</Pill>
        )}
        {result.locked && <Pill tone="warn">not for training</Pill>}
      </div>
      {result.locked && <p>{result.locked}</p>}
      {result.rejects.length > 0 && (
        <ul className={styles.rejects}>
          {result.rejects.map((reject) => (
            <li key={reject.line}>
              <span className={styles.line}>{`line ${formatCount(reject.line)}`}</span>
              <span>
                {reject.reason}
                <code>{reject.excerpt}</code>
              </span>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
