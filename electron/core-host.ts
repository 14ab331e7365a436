// Keeps one core alive: starts it as a child process on Node 24, relays strings between ports and the child, and starts it again
// with back-off when it dies. Knows nothing of Electron, so that it is tested in plain Node. Used by main.ts.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { CoreState } from '../core/contract/native.ts';
import { createBackoff } from './backoff.ts';

/** The page's end of a connection. Messages wait inside it until `start`, so nothing is lost while the core starts. */
export interface RelayPort {
  postMessage(data: string): void;
  onMessage(listener: (data: unknown) => void): void;
  onClose(listener: () => void): void;
  start(): void;
  close(): void;
}

export interface CoreHostOptions {
  /** The program and its arguments: Node 24, core/main.ts and --lab. */
  command: readonly [string, ...string[]];
  cwd: string;
  /** Added to this process' environment. */
  env?: Readonly<Record<string, string>>;
  onState(state: CoreState): void;
  /** What the core writes to stdout and stderr. */
  onOutput?(text: string): void;
}

export interface CoreHost {
  readonly state: CoreState;
  /** Process id of the living core, for tests and logs. */
  readonly pid: number | undefined;
  start(): void;
  /** Connects a page; the port is closed when the core dies, and the page asks again. */
  connect(port: RelayPort): void;
  /** After `failed`: tries again from the beginning. */
  restart(): void;
  /** Asks the core to leave, waits, then kills it. Jobs are detached and go on. */
  stop(graceMs?: number): Promise<void>;
}

type FromCore =
  | { t: 'data'; port: number; data: string }
  | { t: 'ready'; lab: string }
  | { t: 'fatal'; code: string; message: string };

export function createCoreHost(options: CoreHostOptions): CoreHost {
  const backoff = createBackoff();
  let state: CoreState = { state: 'starting' };
  let child: ChildProcess | null = null;
  let timer: NodeJS.Timeout | undefined;
  let stopping = false;
  let nextPort = 1;
  const open = new Map<number, RelayPort>();
  let waiting: RelayPort[] = [];

  const setState = (next: CoreState) => {
    state = next;
    options.onState(next);
  };

  const tell = (message: object) => {
    // A dead peer must not raise an unhandled 'error' event: check, and swallow by callback.
    if (child?.connected) child.send(message, () => {});
  };

  const attach = (port: RelayPort) => {
    const id = nextPort++;
    open.set(id, port);
    tell({ t: 'open', port: id });
    port.onMessage((data) => {
      if (typeof data === 'string' && open.has(id)) tell({ t: 'data', port: id, data });
    });
    port.onClose(() => {
      if (open.delete(id)) tell({ t: 'close', port: id });
    });
    port.start();
  };

  const dropPorts = () => {
    const ports = [...open.values()];
    open.clear();
    for (const port of ports) port.close();
  };

  const start = () => {
    clearTimeout(timer);
    stopping = false;
    const startedAt = Date.now();
    const life: Life = { fatal: null, lastOutput: '' };
    setState({ state: 'starting' });
    const started = spawnCore(options, life);
    child = started;
    started.on('message', (message: FromCore) => {
      if (child !== started) return;
      if (message.t === 'data') open.get(message.port)?.postMessage(message.data);
      else if (message.t === 'fatal') life.fatal = { code: message.code, message: message.message };
      else {
        setState({ state: 'ready', lab: message.lab });
        const ports = waiting;
        waiting = [];
        for (const port of ports) attach(port);
      }
    });
    const ended = (why: string) => {
      if (child !== started) return;
      child = null;
      dropPorts();
      if (stopping) return;
      if (life.fatal) return setState({ state: 'failed', ...life.fatal });
      const retryMs = backoff.afterCrash(Date.now() - startedAt);
      const message = [`The core ${why}.`, life.lastOutput.trim()].filter(Boolean).join('\n');
      if (retryMs === null) return setState({ state: 'failed', code: 'internal', message });
      timer = setTimeout(start, retryMs);
      setState({ state: 'restarting', message, retryMs });
    };
    started.on('error', (error) => ended(`could not be started: ${error.message}`));
    started.on('exit', async (code, signal) => {
      await drained(started);
      ended(signal ? `was ended by ${signal}` : `ended with code ${code}`);
    });
  };

  return {
    get state() {
      return state;
    },
    get pid() {
      return child?.pid;
    },
    start,
    connect(port) {
      if (state.state === 'ready') attach(port);
      else {
        waiting.push(port);
        // A page that is gone before the core is ready needs no connection.
        port.onClose(() => {
          waiting = waiting.filter((each) => each !== port);
        });
      }
    },
    restart() {
      if (child !== null) return;
      backoff.reset();
      start();
    },
    async stop(graceMs = 3_000) {
      stopping = true;
      clearTimeout(timer);
      const leaving = child;
      if (leaving === null) return;
      await endProcess(leaving, graceMs);
    },
  };
}

/** What is known about one life of the core when it ends. */
interface Life {
  fatal: { code: string; message: string } | null;
  lastOutput: string;
}

function spawnCore({ command, cwd, env, onOutput }: CoreHostOptions, life: Life): ChildProcess {
  const [program, ...args] = command;
  const child = spawn(program, args, {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    serialization: 'json',
  });
  const keep = (chunk: Buffer) => {
    const text = chunk.toString('utf8');
    life.lastOutput = (life.lastOutput + text).slice(-2_000);
    onOutput?.(text);
  };
  child.stdout?.on('data', keep);
  child.stderr?.on('data', keep);
  return child;
}

/** A process may be gone before its last message (why it cannot run) has been read; the channel closes after it. */
async function drained(child: ChildProcess): Promise<void> {
  if (!child.connected) return;
  const limit = new Promise((resolve) => setTimeout(resolve, 500));
  await Promise.race([once(child, 'disconnect'), limit]);
}

async function endProcess(child: ChildProcess, graceMs: number): Promise<void> {
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  if (child.exitCode !== null || child.signalCode !== null || !child.kill('SIGTERM')) return;
  const timer = setTimeout(() => child.kill('SIGKILL'), graceMs);
  await ended;
  clearTimeout(timer);
}
