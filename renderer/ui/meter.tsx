// A small bar for a share or a score, with its value in words beside it or in its name.
import styles from './meter.module.css';

interface MeterProps {
  /** 0 … 1. */
  value: number;
  label: string;
  color?: string;
  width?: number | string;
}

export function Meter({ value, label, color = 'var(--c1)', width = 64 }: MeterProps) {
  const share = Math.max(0, Math.min(1, value));
  return (
    <span className={styles.meter} role="img" aria-label={label} style={{ width }}>
      <i style={{ width: `${share * 100}%`, background: color }} />
    </span>
  );
}
