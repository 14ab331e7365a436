// The end of `forethought demo`: the proof as a table. Used by cli.ts.
import type { DemoResult } from '../contract/demo.ts';
import { aligned, proportion } from './print.ts';

export function printDemo(result: DemoResult): string {
  const { comparison: c } = result;
  const side = (name: string, s: typeof c.left) => [
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
  const p = result.pValue >= 0.001 ? result.pValue.toFixed(3) : result.pValue.toExponential(1);
  return [
    aligned([
      ['', 'accuracy', 'strict format', 'tokens'],
      side('base', c.left),
      side('base + adapter', c.right),
    ]),
    '',
    `wrong → right ${c.gained}, right → wrong ${c.lost}; difference ${points(c.difference.value)} points (${points(c.difference.low)} to ${points(c.difference.high)}); exact McNemar p = ${p}`,
    '',
    aligned([['domain', 'before', 'after', 'gained', 'lost'], ...domains]),
    '',
    result.meaning,
    '',
    `${result.seconds.toFixed(0)} s in all, seed ${result.demo.seed}.`,
    `Report: ${result.reportPath}`,
  ].join('\n');
}
