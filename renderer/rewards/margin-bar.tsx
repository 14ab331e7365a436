// What is lost by cheating, as a bar from the middle: to the right and green where cheating loses, to the left and red where it wins.
import { formatSigned } from '../ui/format.ts';
import styles from './margin-bar.module.css';

export function MarginBar({ margin, max }: { margin: number; max: number }) {
  const share = max === 0 ? 0 : Math.max(-1, Math.min(1, margin / max));
  const width = `${50 * Math.abs(share)}%`;
  return (
    <span className={styles.bar} role="img" aria-label={`margin ${formatSigned(margin)} of ${max}`}>
      <i
        style={share >= 0 ? { left: '50%', width } : { right: '50%', width }}
        data-tone={share > 0 ? 'good' : 'bad'}
      />
    </span>
  );
}
