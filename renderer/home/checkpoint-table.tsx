// The checkpoints of a finished demo: right answers and open tasks of each, in all and by domain, with their intervals on one axis a column.
import type { CheckpointId, CheckpointScores, DemoResult } from '../../core/contract/demo.ts';
import { formatP, formatPercent, nameInWords } from '../ui/format.ts';
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
          <HeadCell colSpan={2}>
            Right answers <small>{countOf(new Map(checkpoints.map((each) => [each.id, each.right])))}</small>
          </HeadCell>
          <HeadCell>Kept</HeadCell>
          <HeadCell number title="In the strict form, of the questions">
            Strict
          </HeadCell>
          <HeadCell colSpan={2} title={OPEN}>
            Open tasks <small>{countOf(openOf(checkpoints))}</small>
          </HeadCell>
          <HeadCell number title="In the strict form, of the open tasks">
            Open, strict
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

/** A line for each checkpoint, a column for each domain: right answers, then the reward of open tasks. */
export function DomainTable({ checkpoints }: Pick<Props, 'checkpoints'>) {
  const columns = domainColumns(checkpoints);
  return (
    <Table label="Checkpoints by domain" className={styles.table}>
      <thead>
        <tr>
          <HeadCell>By domain</HeadCell>
          {columns.map(({ domain, title, values }) => (
            <HeadCell key={domain} colSpan={2} title={title}>
              {nameInWords(domain)} <small>{countOf(values)}</small>
            </HeadCell>
          ))}
        </tr>
      </thead>
      <tbody>
        {checkpoints.map((each) => (
          <tr key={each.id}>
            <Cell strong>{each.name}</Cell>
            {columns.map(({ domain, values, axis }) => (
              <Measured
                key={domain}
                value={values.get(each.id) ?? null}
                label={`${each.name}: ${nameInWords(domain)}`}
                axis={axis}
                color={each.forgotDomains.includes(domain) ? 'var(--bad)' : colorOf(each)}
              />
            ))}
          </tr>
        ))}
      </tbody>
    </Table>
  );
}

interface DomainColumn {
  domain: string;
  title: string;
  values: Map<CheckpointId, Share>;
  axis: { from: number; to: number };
}

const openOf = (checkpoints: readonly CheckpointScores[]) =>
  new Map(checkpoints.flatMap(({ id, open }) => (open ? [[id, asShare(open)] as const] : [])));

const OPEN = 'Reward, of the most that can be earned; what is cut off or repeats itself can bring it below 0';

/** "n 40" where every checkpoint was asked as many. */
function countOf(values: ReadonlyMap<CheckpointId, Share>): string {
  const counts = new Set([...values.values()].map(({ n }) => n));
  return counts.size === 1 ? `n ${[...counts][0]}` : '';
}

function domainColumns(checkpoints: readonly CheckpointScores[]): DomainColumn[] {
  const columns = new Map<string, DomainColumn>();
  const add = (id: CheckpointId, domain: string, title: string, value: Share) => {
    const column = columns.get(domain) ?? { domain, title, values: new Map(), axis: { from: 0, to: 1 } };
    column.axis.from = Math.min(column.axis.from, value.low);
    column.values.set(id, value);
    columns.set(domain, column);
  };
  for (const { id, rightByDomain } of checkpoints)
    for (const { domain, right } of rightByDomain) add(id, domain, 'Right answers', right);
  for (const { id, openByDomain } of checkpoints)
    for (const { domain, score } of openByDomain) add(id, domain, OPEN, asShare(score));
  return [...columns.values()];
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
          {`${nameInWords(each.domain)}: +${each.gained} −${each.lost}, p ${formatP(each.pValue)}`}
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
          <small>{`lost in ${forgotDomains.map(nameInWords).join(', ')}`}</small>
        )}
      </span>
    </Tooltip>
  );
}
