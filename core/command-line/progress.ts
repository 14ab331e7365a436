// Progress on stderr: one live line on a terminal, one line per phase and every ten seconds elsewhere. Used by cli.ts.
import type { Activity } from '../contract/lab.ts';

export interface ProgressLine {
  show(activities: readonly Activity[]): void;
  clear(): void;
}

export function createProgressLine(out: NodeJS.WriteStream): ProgressLine {
  let lastPhase = '';
  let lastAt = 0;
  let shown = false;
  return {
    show: (activities) => {
      const newest = activities.at(-1);
      if (!newest) return;
      const text = describe(newest);
      if (out.isTTY) {
        out.write(`\r\x1b[2K${text.slice(0, (out.columns ?? 80) - 1)}`);
        shown = true;
      } else if (newest.phase !== lastPhase || Date.now() - lastAt > 10_000) {
        out.write(`${text}\n`);
        lastAt = Date.now();
      }
      lastPhase = newest.phase;
    },
    clear: () => {
      if (shown) out.write('\r\x1b[2K');
      shown = false;
    },
  };
}

/** "Evaluating tiny-gemma2: answering 120 of 300, 41/s, 4 s left" */
export function describe(a: Activity): string {
  const count = a.total === null ? (a.done > 0 ? ` ${a.done}` : '') : ` ${a.done} of ${a.total}`;
  const rate = a.ratePerSecond === null ? '' : `, ${a.ratePerSecond.toPrecision(3)}/s`;
  const left = a.leftMs === null || a.leftMs < 1000 ? '' : `, ${Math.round(a.leftMs / 1000)} s left`;
  const failures = a.failures > 0 ? `, ${a.failures} failed` : '';
  return `${a.title}: ${a.phase}${count}${rate}${left}${failures}`;
}
