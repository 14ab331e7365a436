// Which topics changed: features announce, streams to the windows listen. Batched, so that a busy run costs a window little.
import type { Topic } from '../contract/procedure.ts';

export interface Changes {
  announce(...topics: Topic[]): void;
  /** Batches of changed topics until aborted; at most one batch per `everyMs`. */
  follow(signal: AbortSignal | undefined): AsyncGenerator<{ topics: Topic[] }>;
}

export function createChanges(everyMs = 150): Changes {
  const listeners = new Set<(topics: readonly Topic[]) => void>();
  return {
    announce: (...topics) => {
      for (const listener of listeners) listener(topics);
    },
    async *follow(signal) {
      const pending = new Set<Topic>();
      let wake: () => void = () => {};
      const listener = (topics: readonly Topic[]) => {
        for (const topic of topics) pending.add(topic);
        wake();
      };
      const onAbort = () => wake();
      listeners.add(listener);
      signal?.addEventListener('abort', onAbort);
      try {
        while (!signal?.aborted) {
          if (pending.size === 0) await new Promise<void>((resolve) => (wake = resolve));
          if (signal?.aborted) return;
          const topics = [...pending];
          pending.clear();
          if (topics.length > 0) yield { topics };
          await new Promise((resolve) => setTimeout(resolve, everyMs));
        }
      } finally {
        listeners.delete(listener);
        signal?.removeEventListener('abort', onAbort);
      }
    },
  };
}
