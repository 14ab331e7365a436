// The two suites in figures: mean and spread of the totals, how they follow right answers, groups that would teach nothing.
import type { SuiteSpread } from '../../core/contract/rewards.ts';
import { formatCount, formatNumber, formatPercent, formatSigned } from '../ui/format.ts';
import { Pill } from '../ui/pill.tsx';
import { Cell, HeadCell, Table } from '../ui/table.tsx';
import { Tooltip } from '../ui/tooltip.tsx';
import styles from './spread-figures.module.css';
import { titleOf } from './suite-names.ts';

export function SpreadFigures({ left, right }: { left: SuiteSpread; right: SuiteSpread }) {
  const sides = [
    { ...left, color: 'var(--c1)' },
    { ...right, color: 'var(--c2)' },
  ];
  return (
    <section className={styles.card}>
      <Table label="The two suites in figures">
        <thead>
          <tr>
            <HeadCell>Suite</HeadCell>
            <HeadCell number>Mean</HeadCell>
            <HeadCell number>
              <Explained
                word="With correct"
                why="Point-biserial correlation of the total with a right answer: 1 follows it fully, 0 not at all."
              />
            </HeadCell>
            <HeadCell number>
              <Explained
                word="Flat groups"
                why="Groups of completions of one question that all get the same total. Such a group teaches nothing."
              />
            </HeadCell>
          </tr>
        </thead>
        <tbody>
          {sides.map((side, i) => (
            <tr key={i === 0 ? 'left' : 'right'}>
              <Cell strong>
                <i className={styles.chip} style={{ background: side.color }} />
                {titleOf(side)}
              </Cell>
              <Cell number>
                {formatNumber(side.moments?.mean)}
                <small>{` ± ${formatNumber(side.moments?.sd)}`}</small>
              </Cell>
              <Cell number>
                {side.correlation.value === null ? (
                  <Explained word="–" why={side.correlation.reason ?? 'It could not be told.'} />
                ) : (
                  <>
                    {formatSigned(side.correlation.value)}
                    <small>{` n ${formatCount(side.correlation.n)}`}</small>
                  </>
                )}
              </Cell>
              <Cell number>
                {side.flatGroups === null || side.flatGroups.groups === 0 ? (
                  <Explained word="–" why="This set has one completion for each question." />
                ) : (
                  <>
                    {formatPercent(side.flatGroups.flat / side.flatGroups.groups, 0)} %
                    <small>{` of ${formatCount(side.flatGroups.groups)}`}</small>
                  </>
                )}
              </Cell>
            </tr>
          ))}
        </tbody>
      </Table>
      {sides
        .filter(({ errors }) => errors > 0)
        .map((side) => (
          <p key={titleOf(side)} className={styles.errors}>
            <Pill tone="bad">{`${formatCount(side.errors)} not scored`}</Pill>{' '}
            {`${titleOf(side)}: ${side.firstError}`}
          </p>
        ))}
    </section>
  );
}

function Explained({ word, why }: { word: string; why: string }) {
  return (
    <Tooltip text={why}>
      <button type="button" className={styles.why}>
        {word}
      </button>
    </Tooltip>
  );
}
