// The end of `forethought demo`: the proof as a table. Used by perform.ts.
import type { DemoResult } from '../contract/demo.ts';
import { printComparison } from './comparison-table.ts';

export function printDemo(result: DemoResult): string {
  return [
    printComparison(result.comparison, { left: 'base', right: 'base + adapter' }),
    '',
    result.meaning,
    '',
    `${result.seconds.toFixed(0)} s in all, seed ${result.demo.seed}.`,
    `Report: ${result.reportPath}`,
  ].join('\n');
}
