// A total on its range: what was earned stacks to the right of zero, what was lost to the left, and a mark stands at the total.
import { formatNumber } from './format.ts';
import styles from './total-bar.module.css';
import { slicesOn } from './total-slices.ts';

interface TotalBarProps {
  parts: readonly { id: string; earned: number; color: string }[];
  total: number | null;
  min: number;
  max: number;
}

export function TotalBar({ parts, total, min, max }: TotalBarProps) {
  const { slices, zero, at } = slicesOn(parts, min, max, total);
  const place = (share: number) => ({ left: `${100 * share}%` });
  return (
    <div
      className={styles.frame}
      role="img"
      aria-label={`${total === null ? 'no total' : formatNumber(total)} on a scale from ${formatNumber(min)} to ${formatNumber(max)}`}
    >
      <div className={styles.bar}>
        {slices.map(({ id, color, from, width, lost }) => (
          <i
            key={id}
            data-lost={lost || undefined}
            style={{ ...place(from), width: `${100 * width}%`, backgroundColor: color }}
          />
        ))}
      </div>
      {at !== null && <b className={styles.total} style={place(at)} />}
      <div className={styles.scale}>
        {min < 0 && <small>{formatNumber(min, 1)}</small>}
        <small className={styles.zero} style={place(zero)} data-edge={zero === 0 || undefined}>
          0
        </small>
        <small className={styles.max}>{formatNumber(max, 1)}</small>
      </div>
    </div>
  );
}
