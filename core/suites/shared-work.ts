// Work that outlives the caller who asked for it: who asks for the same again while it goes on joins it, and when the last
// caller has left it goes on for a moment, result and all, so that a window that is loaded again finds it; a caller that cancels wants
// nothing of it any more. Used by suites.ts.

const GRACE_MS = 60_000;

interface Shared<T> {
  result: Promise<T>;
  stop: AbortController;
  callers: number;
  /** Runs while there is no caller. */
  leaving: ReturnType<typeof setTimeout> | undefined;
  ended: boolean;
}

export interface SharedWork<T> {
  /** The result of the work named `key`, begun by `begin` unless it goes on already. Rejects for this caller alone when it leaves. */
  join(key: string, begin: (signal: AbortSignal) => Promise<T>, caller?: AbortSignal): Promise<T>;
}

export function createSharedWork<T>(graceMs = GRACE_MS): SharedWork<T> {
  const going = new Map<string, Shared<T>>();
  const start = (key: string, begin: (signal: AbortSignal) => Promise<T>): Shared<T> => {
    const stop = new AbortController();
    const work: Shared<T> = {
      result: begin(stop.signal),
      stop,
      callers: 0,
      leaving: undefined,
      ended: false,
    };
    const end = () => {
      work.ended = true;
    };
    work.result.then(end, end);
    going.set(key, work);
    return work;
  };
  const forget = (key: string, work: Shared<T>) => {
    clearTimeout(work.leaving);
    if (going.get(key) === work) going.delete(key);
  };
  return {
    async join(key, begin, caller) {
      caller?.throwIfAborted();
      const work = going.get(key) ?? start(key, begin);
      work.callers += 1;
      clearTimeout(work.leaving);
      try {
        return await (caller ? Promise.race([work.result, left(caller)]) : work.result);
      } finally {
        work.callers -= 1;
        if (work.ended && !caller?.aborted) forget(key, work);
        else if (work.callers === 0 && caller?.aborted && !wentAway(caller)) {
          work.stop.abort(caller.reason);
          forget(key, work);
        } else if (work.callers === 0) {
          work.leaving = setTimeout(() => {
            work.stop.abort();
            forget(key, work);
          }, graceMs);
          work.leaving.unref();
        }
      }
    },
  };
}

/** A connection that closes aborts its calls without a reason; who cancels a call gives one. */
function wentAway({ reason }: AbortSignal): boolean {
  return reason instanceof DOMException;
}

function left(caller: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    caller.addEventListener('abort', () => reject(caller.reason), { once: true });
  });
}
