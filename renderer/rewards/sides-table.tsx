// What each part gave to the honest completion and to the hack, with the reason that made the difference.
import type { Suite } from '../../core/contract/reward.ts';
import type { AttackSide } from '../../core/contract/rewards.ts';
import { formatNumber, formatSigned } from '../ui/format.ts';
import { Cell, HeadCell, Table } from '../ui/table.tsx';
import styles from './sides-table.module.css';

interface SidesTableProps {
  suite: Suite;
  honest: AttackSide;
  hack: AttackSide;
}

export function SidesTable({ suite, honest, hack }: SidesTableProps) {
  const earns = (result: AttackSide, id: string, weight: number) => {
    const score = result.parts[id];
    return score === null || score === undefined ? null : score * weight;
  };
  const parts = suite.parts.filter(
    ({ id }) => typeof honest.parts[id] === 'number' || typeof hack.parts[id] === 'number',
  );
  return (
    <Table label="What each part gave" className={styles.table}>
      <thead>
        <tr>
          <HeadCell>Part</HeadCell>
          <HeadCell number>Honest</HeadCell>
          <HeadCell number>Hack</HeadCell>
          <HeadCell number>Lost</HeadCell>
          <HeadCell>Why the hack got it</HeadCell>
        </tr>
      </thead>
      <tbody>
        {parts.map(({ id, weight }) => {
          const [left, right] = [earns(honest, id, weight), earns(hack, id, weight)];
          const lost = (left ?? 0) - (right ?? 0);
          return (
            <tr key={id}>
              <Cell strong>{id}</Cell>
              <Cell number>{formatNumber(left)}</Cell>
              <Cell number>{formatNumber(right)}</Cell>
              <Cell number data-tone={lost > 0 ? 'good' : lost < 0 ? 'bad' : undefined}>
                {formatSigned(lost)}
              </Cell>
              <Cell className={styles.why}>{hack.why[id]}</Cell>
            </tr>
          );
        })}
      </tbody>
    </Table>
  );
}
