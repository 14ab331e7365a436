// Progress on stderr: one live line on a terminal; elsewhere a line for each phase and each tenth of it. Used by perform.ts.
import type { Activity } from '../contract/lab.ts';
import { duration } from './cell.ts';
import { cut } from './layout.ts';

export interface ProgressLine {
  show(activities: readonly Activity[]): void;
  clear(): void;
}

type Out = Pick<NodeJS.WriteStream, 'write' | 'isTTY' | 'columns'>;

export function createProgressLine(out: Out): ProgressLine {
  /** What was said of each work last: its phase and how many tenths were done. */
  const said = new Map<string, string>();
  let shown = '';
  return {
    show: (activities) => {
      const newest = activities.at(-1);
      if (!newest || newest.phase === '') return;
      const text = describe(newest);
      if (out.isTTY) {
        if (text !== shown) out.write(`\r\x1b[2K${cut(text, (out.columns ?? 80) - 1)}`);
        shown = text;
        return;
      }
      const mark = `${newest.phase} ${tenths(newest)}`;
      if (said.get(newest.id) === mark) return;
      said.set(newest.id, mark);
      out.write(`${text}\n`);
    },
    clear: () => {
      if (shown !== '') out.write('\r\x1b[2K');
      shown = '';
    },
  };
}

function tenths({ done, total }: Activity): number {
  return total ? Math.floor((10 * done) / total) : 0;
}

/** "Evaluating tiny-gemma2: answering 120 of 300, 41/s, 4.0 s left" */
export function describe(a: Activity): string {
  const count = a.total === null ? (a.done > 0 ? ` ${a.done}` : '') : ` ${a.done} of ${a.total}`;
  const rate = a.ratePerSecond === null ? '' : `, ${a.ratePerSecond.toPrecision(3)}/s`;
  const left = a.leftMs === null || a.leftMs < 1000 ? '' : `, ${duration(a.leftMs)} left`;
  const failures = a.failures > 0 ? `, ${a.failures} failed` : '';
  return `${a.title}: ${a.phase}${count}${rate}${left}${failures}`;
}
