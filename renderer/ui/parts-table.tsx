// What each part of a reward suite gave: score, weight, what that earns, and why. The bar shows the total in the same colours.
import { formatNumber } from './format.ts';
import { partColor } from './part-colors.ts';
import styles from './parts-table.module.css';
import { TotalBar } from './total-bar.tsx';

export interface ScoredPart {
  id: string;
  /** Undefined where the suite that scored it is not known: then nobody can say what it earned. */
  weight: number | undefined;
  /** Null: the part does not apply to this row. */
  score: number | null;
  why: string | undefined;
}

interface PartsTableProps {
  parts: readonly ScoredPart[];
  total: number | null;
  /** The most that the suite gives; undefined where the suite is not known. */
  max: number | undefined;
  /** The least that it gives; where it is known the bar has losses too. */
  min?: number | undefined;
}

const earnedBy = ({ score, weight }: ScoredPart) =>
  score === null || weight === undefined ? null : score * weight;

export function PartsTable({ parts, total, max, min = 0 }: PartsTableProps) {
  return (
    <div>
      <div className={styles.total}>
        <b>Total</b>
        <span>
          <b className={styles.figure}>{formatNumber(total)}</b>
          {max !== undefined && <small> of {Number(max.toFixed(2))}</small>}
        </span>
      </div>
      {max !== undefined && (
        <TotalBar
          min={min}
          max={max}
          total={total}
          parts={parts.map((part, i) => ({ id: part.id, earned: earnedBy(part) ?? 0, color: partColor(i) }))}
        />
      )}
      <table className={styles.parts}>
        <thead>
          <tr>
            <th scope="col">Part</th>
            <th scope="col">Score</th>
            <th scope="col">Weight</th>
            <th scope="col">Earns</th>
          </tr>
        </thead>
        <tbody>
          {parts.map((part, i) => (
            <tr key={part.id}>
              <td>
                <i className={styles.chip} style={{ background: partColor(i) }} />
                <b>{part.id}</b>
                <small>{part.score === null ? (part.why ?? 'does not apply here') : part.why}</small>
              </td>
              <td>{formatNumber(part.score)}</td>
              <td>{part.weight === 0 ? 'unweighted' : formatNumber(part.weight, 1)}</td>
              <td>
                <b>{formatNumber(earnedBy(part))}</b>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
