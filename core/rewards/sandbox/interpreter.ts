// One sandboxed interpreter as its keeper sees it: a process that answers requests, until it is ended, dies or cheats.
import { startChild } from './child.ts';
import { words } from './guest.ts';

/**
 * Why an interpreter is gone. `forged`: it wrote something that no request asked for. `killed`: by someone else, as a system
 * without memory does. `closed`: its keeper had no more use for it.
 */
export type Ending = 'timeout' | 'memory' | 'forged' | 'died' | 'killed' | 'closed';

/** Thrown by `ask` once the interpreter is gone. */
export class InterpreterGone extends Error {
  override readonly name = 'InterpreterGone';
  readonly ending: Ending;

  constructor(ending: Ending, message: string) {
    super(message);
    this.ending = ending;
  }
}

export interface Interpreter {
  /** Restored and waiting. Rejects with InterpreterGone when it never gets there. */
  ready: Promise<void>;
  /** The JSON text of its answer. `onAsk` answers what it asks meanwhile. One request at a time. */
  ask(kind: string, payload: string, onAsk?: (payload: string) => Promise<string>): Promise<string>;
  /** What the program in it has printed so far, cut. */
  printed(): string;
  /** Why it is gone, while it is not: null. */
  gone(): InterpreterGone | null;
  /** Kills the process; a pending request ends with this reason. */
  end(ending: Ending, message: string): void;
  ended: Promise<void>;
}

/** A line longer than this is no answer: the Python inside tells 4 MB at most (values-python.ts). UTF-16 code units. */
const LONGEST_LINE = 4_001_000;
/** Starting takes a second, on a busy machine some; one that is not ready by then never will be. */
const START_LIMIT_MS = 60_000;
/** JSON nested deeper than this could bring down whoever reads it; our own values stay far below. */
const DEEPEST_JSON = 500;
const forgery = 'It wrote an answer of its own into the channel of the sandbox.';
const outOfMemory = /out of memory|memory allocation of|Allocation failed/;

interface Pending {
  nonce: string;
  onAsk: ((payload: string) => Promise<string>) | undefined;
  resolve(payload: string): void;
  reject(error: Error): void;
}

/** Starts one. It ends as `killed` when it is not ready within `startLimitMs`. */
export function startInterpreter(
  command: readonly string[],
  folder: string,
  outputBytes: number,
  startLimitMs = START_LIMIT_MS,
): Interpreter {
  const ready = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<void>();
  ready.promise.catch(() => {}); // whoever takes it awaits it; one that is never taken may die in silence
  let pending: Pending | null = null;
  let isReady = false;
  let gone: InterpreterGone | null = null;
  /** The line that has begun, in the pieces in which it came. */
  let pieces: string[] = [];
  let length = 0;
  let printed = '';

  const leave = (ending: Ending, message: string) => {
    clearTimeout(startTimer);
    gone ??= new InterpreterGone(ending, message);
    ready.reject(gone);
    pending?.reject(gone);
    pending = null;
  };
  const end = (ending: Ending, message: string) => {
    leave(ending, message);
    child.kill();
  };
  const take = (line: string) => {
    if (gone) return;
    if (!isReady && line === 'ready') {
      isReady = true;
      clearTimeout(startTimer);
      return ready.resolve();
    }
    const [nonce, kind, payload] = words(line);
    if (!pending || nonce !== pending.nonce || depth(payload) > DEEPEST_JSON) return end('forged', forgery);
    if (kind === 'dead') return end('died', `It ended its interpreter: ${payload.slice(0, 300)}`);
    if (kind === 'ask' && pending.onAsk) return void relay(pending, payload);
    if (kind !== 'done') return end('forged', forgery);
    const { resolve } = pending;
    pending = null;
    resolve(payload);
  };
  const relay = async (asked: Pending, payload: string) => {
    const answer = await asked.onAsk?.(payload);
    if (!gone) child.write(`${answer}\n`);
  };

  const startTimer = setTimeout(
    () => end('killed', `It was not ready within ${startLimitMs / 1000} s and was ended.`),
    startLimitMs,
  );
  const child = startChild(command, {
    folder,
    onOutput(text) {
      if (gone) return;
      const parts = text.split('\n');
      for (const [i, part] of parts.entries()) {
        pieces.push(part);
        length += part.length;
        if (length > LONGEST_LINE) return end('forged', 'It flooded the channel of the sandbox.');
        if (i === parts.length - 1) break; // the line goes on
        const line = pieces.join('');
        pieces = [];
        length = 0;
        take(line);
      }
    },
    onComplaint(text) {
      if (printed.length < 2 * outputBytes) printed += text;
    },
    onEnd({ code, signal, reason }) {
      const why = reason ?? printed.trim().slice(-600);
      if (outOfMemory.test(why)) leave('memory', 'It used more memory than it may.');
      else if (signal === 'SIGXCPU') leave('timeout', 'It used more processor time than it may.');
      else if (signal === 'SIGKILL') leave('killed', 'Its process was killed from outside.');
      else leave('died', `Its process ended with ${signal ?? `code ${code}`}. ${why}`.trim());
      ended.resolve();
    },
  });

  return {
    ready: ready.promise,
    ended: ended.promise,
    end,
    gone: () => gone,
    printed: () => printed.slice(0, outputBytes),
    ask(kind, payload, onAsk) {
      if (gone) return Promise.reject(gone);
      if (pending) throw new Error('An interpreter takes one request at a time.');
      const nonce = crypto.randomUUID();
      return new Promise((resolve, reject) => {
        pending = { nonce, onAsk, resolve, reject };
        child.write(`${nonce} ${kind} ${payload}\n`);
      });
    },
  };
}

/** How deep JSON text is nested; text that is not JSON gets some number. */
function depth(json: string): number {
  let now = 0;
  let deepest = 0;
  for (let i = 0; i < json.length; i += 1) {
    const unit = json.charCodeAt(i);
    if (unit === 34) i = endOfString(json, i);
    else if (unit === 91 || unit === 123) deepest = Math.max(deepest, ++now);
    else if (unit === 93 || unit === 125) now -= 1;
  }
  return deepest;
}

function endOfString(json: string, start: number): number {
  let i = start + 1;
  while (i < json.length && json.charCodeAt(i) !== 34) i += json.charCodeAt(i) === 92 ? 2 : 1;
  return i;
}
