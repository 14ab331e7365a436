// The end of `forethought demo`: the checkpoints as a table, then the best one against the base. Used by perform.ts.
import type { CheckpointScores, DemoResult } from '../contract/demo.ts';
import { printComparison } from './comparison-table.ts';
import { aligned } from './layout.ts';

export function printDemo(result: DemoResult): string {
  return [
    aligned([
      ['checkpoint', 'right', 'strict', 'kept', 'open tasks', 'strict'],
      ...result.checkpoints.map((each) => [
        `${each.name}${each.id === result.best.id ? ' *' : ''}`,
        within({ ...each.right, value: each.right.share }),
        percent(each.format.share),
        keptOf(each),
        openOf(each),
        each.openFormat ? percent(each.openFormat.share) : '–',
      ]),
    ]),
    `* best. ${result.best.rule}`,
    '',
    printDomains(result.checkpoints),
    '',
    printComparison(result.comparison, { left: 'base', right: result.shown.name }),
    '',
    result.meaning,
    '',
    `${result.seconds.toFixed(0)} s in all, seed ${result.demo.seed}.`,
    `Report: ${result.reportPath}`,
  ].join('\n');
}

const points = (x: number): string => (x * 100).toFixed(1);
const percent = (x: number): string => `${points(x)} %`;
/** With its 95 % interval. */
const within = ({ value, low, high }: { value: number; low: number; high: number }): string =>
  `${percent(value)} (${points(low)}–${points(high)})`;

function openOf({ open }: CheckpointScores): string {
  return open ? within({ ...open, value: open.mean }) : '–';
}

/** Against the checkpoint that it was trained from. */
function keptOf({ kept }: CheckpointScores): string {
  if (!kept) return '–';
  const p = kept.pValue >= 0.001 ? kept.pValue.toFixed(3) : kept.pValue.toExponential(1);
  return `+${kept.gained} -${kept.lost}, p ${p}`;
}

/** A line for each checkpoint, a column for each domain: right answers, and the reward of open tasks. */
export function printDomains(checkpoints: readonly CheckpointScores[]): string {
  const lines = checkpoints.map((each) => ({
    name: each.name,
    cells: new Map([
      ...each.rightByDomain.map(
        ({ domain, right }) =>
          [
            domain,
            `${within({ ...right, value: right.share })}${each.forgotDomains.includes(domain) ? ' lost' : ''}`,
          ] as const,
      ),
      ...each.openByDomain.map(
        ({ domain, score }) => [domain, within({ ...score, value: score.mean })] as const,
      ),
    ]),
  }));
  const domains = [...new Set(lines.flatMap(({ cells }) => [...cells.keys()]))];
  return aligned([
    ['by domain', ...domains],
    ...lines.map(({ name, cells }) => [name, ...domains.map((domain) => cells.get(domain) ?? '–')]),
  ]);
}
