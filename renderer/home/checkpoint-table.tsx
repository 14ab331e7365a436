// The checkpoints of a finished demo: right answers and open tasks of each, with their intervals on one axis a column.
import type { CheckpointScores, DemoResult } from '../../core/contract/demo.ts';
import { formatP, formatPercent } from '../ui/format.ts';
import { Interval, intervalInWords, type Share, sharedAxis } from '../ui/interval.tsx';
import { Pill } from '../ui/pill.tsx';
import { Cell, HeadCell, Table } from '../ui/table.tsx';
import { Tooltip } from '../ui/tooltip.tsx';
import styles from './checkpoint-table.module.css';

type Props = Pick<DemoResult, 'checkpoints' | 'best'>;

export function CheckpointTable({ checkpoints, best }: Props) {
  const right = sharedAxis(checkpoints.map((each) => each.right));
  const open = { from: Math.min(0, ...checkpoints.map((each) => each.open?.low ?? 0)), to: 1 };
  return (
    <Table label="Checkpoints" className={styles.table}>
      <thead>
        <tr>
          <HeadCell>Checkpoint</HeadCell>
          <HeadCell colSpan={2}>Right answers</HeadCell>
          <HeadCell>Kept</HeadCell>
          <HeadCell number title="In the strict form, of the questions">
            Strict
          </HeadCell>
          <HeadCell colSpan={2}>Open tasks</HeadCell>
          <HeadCell number title="In the strict form, of the open tasks">
            Strict
          </HeadCell>
        </tr>
      </thead>
      <tbody>
        {checkpoints.map((each) => (
          <tr key={each.id}>
            <Cell strong>
              {each.name}
              {each.id === best.id && (
                <Pill tone="good" why={best.rule} className={styles.best}>
                  best
                </Pill>
              )}
            </Cell>
            <Measured
              value={each.right}
              label={`${each.name}: right answers`}
              axis={right}
              color={colorOf(each)}
            />
            <Cell>
              <Kept of={each} />
            </Cell>
            <Cell number>{formatPercent(each.format.share, 0)} %</Cell>
            <Measured
              value={each.open && asShare(each.open)}
              label={`${each.name}: reward on open tasks`}
              axis={open}
              color={colorOf(each)}
            />
            <Cell number>{each.openFormat ? `${formatPercent(each.openFormat.share, 0)} %` : '–'}</Cell>
          </tr>
        ))}
      </tbody>
    </Table>
  );
}

const colorOf = ({ id }: CheckpointScores): string => (id === 'base' ? 'var(--c5)' : 'var(--c1)');

/** A mean of scores is drawn like a share; it may lie below 0. */
function asShare({ n, mean, low, high }: NonNullable<CheckpointScores['open']>): Share {
  return { count: Math.max(0, Math.round(mean * n)), n, share: mean, low, high };
}

interface MeasuredProps {
  value: Share | null;
  label: string;
  axis: { from: number; to: number };
  color: string;
}

function Measured({ value, label, axis, color }: MeasuredProps) {
  if (!value) return <Cell colSpan={2}>–</Cell>;
  return (
    <>
      <Cell number strong className={styles.value} title={intervalInWords(value)}>
        {formatPercent(value.share)} %
      </Cell>
      <Cell className={styles.line}>
        <Interval value={value} label={label} {...axis} color={color} width="100%" />
      </Cell>
    </>
  );
}

/** Against the checkpoint that it was trained from. */
function Kept({ of: { kept, forgot, forgotDomains } }: { of: CheckpointScores }) {
  if (!kept) return <>–</>;
  const byDomain = (
    <>
      By domain, p adjusted for their number (Holm)
      {kept.byDomain.map((each) => (
        <div key={each.domain}>
          {`${each.domain}: +${each.gained} −${each.lost}, p ${formatP(each.pValue)}`}
        </div>
      ))}
    </>
  );
  return (
    <Tooltip text={byDomain}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: the keyboard has to reach what stands behind it, as on a pill */}
      <span className={styles.kept} data-lost={forgot || undefined} tabIndex={0} role="note">
        {`+${kept.gained} −${kept.lost}`}
        <small>{`p ${formatP(kept.pValue)}`}</small>
        {forgotDomains.length > 0 && forgotDomains.length < kept.byDomain.length && (
          <small>{`lost in ${forgotDomains.join(', ')}`}</small>
        )}
      </span>
    </Tooltip>
  );
}
