// The difference by domain: where it comes from.
import type { Comparison } from '../../core/contract/comparisons.ts';
import { Card } from '../ui/card.tsx';
import { formatCount, formatPercent, formatPoints, nameInWords } from '../ui/format.ts';
import { Interval, intervalInWords, sharedAxis } from '../ui/interval.tsx';
import screen from '../ui/screen.module.css';
import { Cell, HeadCell, Table } from '../ui/table.tsx';
import styles from './domain-table.module.css';

export function DomainTable({ comparison }: { comparison: Comparison }) {
  const { byDomain, left, right } = comparison;
  const axis = sharedAxis(byDomain.flatMap((each) => [each.left, each.right]));
  return (
    <div className={`${screen.scroll} ${styles.room}`}>
      <Card flush>
        <Table label="By domain">
          <thead>
            <tr>
              <HeadCell>Domain</HeadCell>
              <HeadCell number>Left</HeadCell>
              <HeadCell number>Right</HeadCell>
              <HeadCell number>Points</HeadCell>
              <HeadCell className={styles.axis}>
                95 % intervals, {formatPercent(axis.from, 0)} to {formatPercent(axis.to, 0)} %
              </HeadCell>
              <HeadCell number>Gained</HeadCell>
              <HeadCell number>Lost</HeadCell>
              <HeadCell number>n</HeadCell>
            </tr>
          </thead>
          <tbody>
            {byDomain.map((each) => (
              <tr key={each.domain}>
                <Cell strong>{nameInWords(each.domain)}</Cell>
                <Cell number title={intervalInWords(each.left)}>
                  {formatPercent(each.left.share)}
                </Cell>
                <Cell number title={intervalInWords(each.right)}>
                  {formatPercent(each.right.share)}
                </Cell>
                <Cell number strong>
                  {formatPoints(each.right.share - each.left.share)}
                </Cell>
                <Cell className={styles.axis}>
                  <span className={styles.two}>
                    <Interval
                      value={each.left}
                      label={`${left.name}: accuracy`}
                      {...axis}
                      color="var(--c5)"
                      width="100%"
                    />
                    <Interval
                      value={each.right}
                      label={`${right.name}: accuracy`}
                      {...axis}
                      color="var(--c1)"
                      width="100%"
                    />
                  </span>
                </Cell>
                <Cell number>{formatCount(each.gained)}</Cell>
                <Cell number>{formatCount(each.lost)}</Cell>
                <Cell number>{formatCount(each.n)}</Cell>
              </tr>
            ))}
          </tbody>
        </Table>
      </Card>
      <small>{`Grey: ${left.name}. Blue: ${right.name}.`}</small>
    </div>
  );
}
