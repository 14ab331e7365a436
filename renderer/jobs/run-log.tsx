// The trainer's own output, kept in the lab after the run is gone. Shows the end; earlier parts on demand; searchable.
import { useMemo, useState } from 'react';
import { useQuery } from '../queries.ts';
import { Button } from '../ui/button.tsx';
import { classNames } from '../ui/class-names.ts';
import { CodeBlock } from '../ui/code-block.tsx';
import { CopyButton } from '../ui/copy-button.tsx';
import { ErrorCard } from '../ui/error-card.tsx';
import { formatBytes, plural } from '../ui/format.ts';
import screen from '../ui/screen.module.css';
import { Segmented } from '../ui/segmented.tsx';
import { SearchField } from '../ui/text-field.tsx';
import styles from './run-log.module.css';

const WINDOW = 200_000;

const streams = [
  { value: 'stderr', label: 'stderr' },
  { value: 'stdout', label: 'stdout' },
] as const;

export function RunLog({ id }: { id: string }) {
  const [stream, setStream] = useState<'stdout' | 'stderr'>('stderr');
  const [search, setSearch] = useState('');
  const [windows, setWindows] = useState(1);
  const probe = useQuery('jobs.logs', { id, stream, offset: 0, bytes: 1 });
  const size = probe.data?.size ?? 0;
  const offset = Math.max(0, size - WINDOW * windows);
  const log = useQuery(
    'jobs.logs',
    { id, stream, offset, bytes: Math.min(1_000_000, WINDOW * windows + 1) },
    { enabled: probe.data !== undefined, keep: true },
  );
  const text = log.data?.text ?? '';
  const lines = useMemo(() => (text === '' ? [] : text.replace(/\n$/, '').split('\n')), [text]);
  const found = useMemo(
    () => (search ? lines.filter((line) => line.toLowerCase().includes(search.toLowerCase())) : lines),
    [lines, search],
  );
  const error = probe.error ?? log.error;
  return (
    <>
      <div className={classNames(screen.bar, styles.bar)}>
        <SearchField label="Search this log" value={search} onChange={setSearch} className={styles.search} />
        <Segmented label="Stream" options={streams} value={stream} onChange={setStream} />
        <CopyButton text={text} label="Copy what is shown" />
        <span className={screen.count}>{`${plural(found.length, 'line')} · ${formatBytes(size)}`}</span>
      </div>
      {/* Reversed, so that the view holds on to the end while lines are added. */}
      <div className={styles.room}>
        {probe.data && size === 0 ? (
          <p className={screen.quiet}>Nothing was written to this stream.</p>
        ) : (
          <CodeBlock label={`${stream} of the run`} text={found.join('\n')} className={styles.log} />
        )}
        {error && <ErrorCard what="The log could not be read" error={error} />}
        {offset > 0 && windows < 5 && (
          <Button kind="quiet" onClick={() => setWindows(windows + 1)}>
            Show earlier lines
          </Button>
        )}
      </div>
    </>
  );
}
