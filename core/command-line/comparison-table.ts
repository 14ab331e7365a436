// Two evaluations side by side as a table: `forethought comparisons pair`, and the end of the demo. Used by printers.ts and demo-table.ts.
import type { Comparison } from '../contract/comparisons.ts';
import { proportion } from './cell.ts';
import { aligned } from './layout.ts';

export function printComparison(c: Comparison, names = { left: c.left.name, right: c.right.name }): string {
  const side = (name: string, s: Comparison['left']) => [
    name,
    proportion(s.accuracy),
    proportion(s.format),
    s.meanTokens.toFixed(0),
  ];
  const domains = c.byDomain.map((d) => [
    d.domain,
    proportion(d.left),
    proportion(d.right),
    String(d.gained),
    String(d.lost),
  ]);
  const points = (x: number) => `${x >= 0 ? '+' : ''}${(x * 100).toFixed(1)}`;
  const p = c.pValue >= 0.001 ? c.pValue.toFixed(3) : c.pValue.toExponential(1);
  return [
    aligned([
      ['', 'accuracy', 'strict format', 'tokens'],
      side(names.left, c.left),
      side(names.right, c.right),
    ]),
    '',
    `wrong → right ${c.gained}, right → wrong ${c.lost}; difference ${points(c.difference.value)} points (${points(c.difference.low)} to ${points(c.difference.high)}); exact McNemar p = ${p}`,
    '',
    aligned([['domain', 'before', 'after', 'gained', 'lost'], ...domains]),
    ...c.cautions.map((caution) => `\nCaution: ${caution}`),
  ].join('\n');
}
