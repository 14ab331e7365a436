// How long to wait before a crashed core starts again. Used by core-host.ts.

const firstMs = 250;
const longestMs = 8_000;
/** A core that lived this long was healthy: its next crash counts as the first. */
const healthyMs = 30_000;
/** So many crashes in a row, and waiting longer will not help: a person has to look. */
const mostInARow = 8;

export interface Backoff {
  /** Milliseconds until the next start, or null when it is time to give up. */
  afterCrash(livedMs: number): number | null;
  reset(): void;
}

export function createBackoff(): Backoff {
  let inARow = 0;
  return {
    afterCrash(livedMs) {
      inARow = livedMs >= healthyMs ? 1 : inARow + 1;
      return inARow > mostInARow ? null : Math.min(firstMs * 2 ** (inARow - 1), longestMs);
    },
    reset() {
      inARow = 0;
    },
  };
}
