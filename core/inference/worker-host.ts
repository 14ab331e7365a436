// Starts the inference process, talks to it, and turns its death into an error. inference.ts is the only caller.
import { type ChildProcess, fork } from 'node:child_process';
import { basename, join } from 'node:path';
import { CoreError } from '../contract/errors.ts';
import type { FromWorker, WorkerFailure, WorkerRequest } from './protocol.ts';

export interface WorkerHost {
  /** Counts processes that ended: a session of an earlier number is gone. */
  readonly generation: number;
  /** Of the process that runs now, if one does. */
  readonly pid: number | undefined;
  /**
   * Sends one request and waits. Throws `damaged` (cannot be loaded), `cancelled`, `bad-input`, or `internal` with
   * `detail.crashed` when the process died or said nothing for `stallMs`; the next request starts a new process.
   */
  request(request: WorkerRequest, options?: { signal?: AbortSignal; stallMs?: number }): Promise<unknown>;
  close(): Promise<void>;
}

interface Pending {
  request: WorkerRequest;
  resolve(value: unknown): void;
  reject(error: unknown): void;
  restartTimer(): void;
  end(): void;
}

interface Child {
  process: ChildProcess;
  pending: Map<number, Pending>;
  lastLines: string[];
  gone: Promise<void>;
}

/** Longest silence: loading a file, or one batch of a prompt on a slow machine. */
const STALL_MS = 180_000;
const KEPT_LINES = 30;

export function createWorkerHost(worker = join(import.meta.dirname, 'worker.ts')): WorkerHost {
  let child: Child | undefined;
  let generation = 0;
  let nextId = 1;
  let closed = false;

  const start = (): Child =>
    startChild(worker, () => {
      generation += 1;
      child = undefined;
    });

  return {
    get generation() {
      return generation;
    },
    get pid() {
      return child?.process.pid;
    },
    request: (request, { signal, stallMs = STALL_MS } = {}) =>
      new Promise((resolve, reject) => {
        if (closed) throw new CoreError('cancelled', 'The core is closing.');
        if (signal?.aborted) throw cancelled(signal);
        child ??= start();
        const current = child;
        const id = nextId++;
        const onAbort = () => tell(current, { abort: id });
        let timer: NodeJS.Timeout | undefined;
        const pending: Pending = {
          request,
          resolve,
          reject: (error) => reject(signal?.aborted ? cancelled(signal) : error),
          restartTimer: () => {
            clearTimeout(timer);
            timer = setTimeout(() => {
              current.lastLines.push(
                `no sign of life for ${Math.round(stallMs / 1000)} s: ended by the core`,
              );
              current.process.kill('SIGKILL');
            }, stallMs);
          },
          end: () => {
            clearTimeout(timer);
            signal?.removeEventListener('abort', onAbort);
            current.pending.delete(id);
            hold(current);
          },
        };
        signal?.addEventListener('abort', onAbort);
        current.pending.set(id, pending);
        hold(current);
        pending.restartTimer();
        tell(current, { id, request });
      }),
    close: async () => {
      closed = true;
      const current = child;
      if (!current) return;
      current.process.ref();
      current.process.kill('SIGKILL');
      await current.gone;
    },
  };
}

function startChild(worker: string, onGone: () => void): Child {
  const { NODE_OPTIONS: _, ...env } = process.env;
  const spawned = fork(worker, [], {
    serialization: 'advanced',
    execArgv: ['--disable-warning=ExperimentalWarning'],
    // Without a debugger's back trace an abort takes milliseconds instead of seconds.
    // One pool thread: decoding and drawing a token follow each other there without a detour (llama-session.ts).
    env: { ...env, GGML_NO_BACKTRACE: '1', UV_THREADPOOL_SIZE: '1' },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    // In a group of its own: a Ctrl+C in the terminal is for the core, which lets it finish its answer.
    detached: process.platform !== 'win32',
  });
  const child: Child = { process: spawned, pending: new Map(), lastLines: [], gone: Promise.resolve() };
  spawned.stderr?.setEncoding('utf8').on('data', (text: string) => {
    child.lastLines.push(...text.split('\n').filter((line) => line.trim() !== ''));
    child.lastLines.splice(0, child.lastLines.length - KEPT_LINES);
  });
  (spawned.stderr as unknown as { unref?(): void } | null)?.unref?.();
  spawned.on('message', (message: FromWorker) => receive(child, message));
  let over = false;
  const fail = (how: string) => {
    if (over) return;
    over = true;
    onGone();
    // The first one was being answered; the others waited behind it and have no part in its end.
    for (const [i, pending] of [...child.pending.values()].entries()) {
      pending.end();
      pending.reject(crashError(pending.request, how, child.lastLines, i === 0));
    }
  };
  child.gone = new Promise((resolve) => {
    // 'close' comes after the last line of stderr.
    spawned.once('close', (code, signal) => {
      fail(signal ?? `exit code ${code}`);
      resolve();
    });
    spawned.once('error', (error) => {
      fail(error.message);
      resolve();
    });
  });
  return child;
}

function receive(child: Child, message: FromWorker): void {
  // Requests are answered one after the other: while the first makes headway, those behind it only wait their turn.
  for (const waiting of child.pending.values()) waiting.restartTimer();
  const pending = child.pending.get(message.id);
  if (!pending || 'alive' in message) return;
  pending.end();
  if ('failure' in message) pending.reject(failure(pending.request, message.failure));
  else pending.resolve(message.value);
}

/** The process keeps this one alive only while somebody waits for it. */
function hold(child: Child): void {
  const busy = child.pending.size > 0;
  if (busy) {
    child.process.ref();
    child.process.channel?.ref();
  } else {
    child.process.unref();
    child.process.channel?.unref();
  }
}

function tell(child: Child, message: object): void {
  // The callback keeps a dead child's broken pipe from becoming an unhandled error; 'close' tells the waiting ones.
  if (child.process.connected) child.process.send(message, () => {});
}

function cancelled(signal: AbortSignal): unknown {
  return signal.reason instanceof CoreError
    ? signal.reason
    : new CoreError('cancelled', 'The request was stopped.');
}

function failure(request: WorkerRequest, { kind, message, detail }: WorkerFailure): CoreError {
  if (request.op !== 'open' || kind !== 'damaged') return new CoreError(kind, message, detail);
  const about = [request.modelPath, ...request.adapters.map((adapter) => adapter.path)];
  return new CoreError(
    'damaged',
    `llama.cpp cannot load ${about.map((path) => basename(path)).join(' with ')}: ${message}. The file is damaged, or of a kind that this version does not know.`,
    { ...detail, paths: about },
  );
}

function crashError(
  request: WorkerRequest,
  how: string,
  lines: readonly string[],
  wasAnswered: boolean,
): CoreError {
  const said = lines.slice(-4).join(' | ');
  const words = said === '' ? '' : ` Its last words: ${said}`;
  if (!wasAnswered)
    return new CoreError(
      'internal',
      `The inference process died (${how}) while "${request.op}" waited its turn. It is started anew with the next request.${words}`,
      { crashed: true, how, log: [...lines] },
    );
  if (request.op === 'open')
    return new CoreError(
      'damaged',
      `The inference process died (${how}) while it loaded ${basename(request.modelPath)}: the file is probably damaged. Get it again and compare its SHA-256 with the source's.${words}`,
      { crashed: true, how, log: [...lines] },
    );
  return new CoreError(
    'internal',
    `The inference process died (${how}) in the middle of "${request.op}". It is started anew with the next request.${words}`,
    { crashed: true, how, log: [...lines] },
  );
}
