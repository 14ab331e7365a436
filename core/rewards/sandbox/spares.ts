// Interpreters that are restored ahead and wait, so that a submission need not: each is used for one program and thrown away.
import type { Interpreter } from './interpreter.ts';

export interface Spares {
  /** An interpreter for one use: a warm one where there is one, else one that is just starting. The taker ends it. */
  take(): Interpreter;
  /** One for the next who takes, started beside the programs that run: a start does not keep a core busy all the time. */
  startAhead(): void;
  /** Starts what is missing, one after the other, until there is work: starting costs more than most programs, and must not slow them. */
  fill(): Promise<void>;
  /** Ends those that wait, whose memory someone else may want; more come with the next `fill`. */
  drain(): void;
  /** Drains, and fills no more. */
  close(): void;
}

/** Keeps up to `size` interpreters warm. `isBusy` says whether a program is running. */
export function createSpares(start: () => Interpreter, size: number, isBusy: () => boolean): Spares {
  const warm: Interpreter[] = [];
  let filling = false;
  let closed = false;

  function remove(interpreter: Interpreter): void {
    const at = warm.indexOf(interpreter);
    if (at !== -1) warm.splice(at, 1);
  }

  function drain(): void {
    for (const each of warm.splice(0)) each.end('closed', 'It was not needed.');
  }

  function add(): Interpreter {
    const next = start();
    warm.push(next);
    void next.ended.then(() => remove(next));
    return next;
  }

  return {
    take: () => warm.shift() ?? start(),
    startAhead() {
      if (warm.length === 0) add();
    },
    async fill() {
      if (filling) return;
      filling = true;
      while (!closed && !isBusy() && warm.length < size) {
        const next = add();
        const came = await next.ready.then(
          () => true,
          () => false,
        );
        if (!came) break; // whoever asks next will be told why
      }
      filling = false;
    },
    drain,
    close() {
      closed = true;
      drain();
    },
  };
}
