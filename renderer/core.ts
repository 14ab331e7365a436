// The window's connection to the core: takes the port, knows when it is gone, and makes every call wait for a living core.
import { create } from 'zustand';
import type { CoreError } from '../core/contract/errors.ts';
import { type CoreState, portMessage } from '../core/contract/native.ts';
import { type Client, createClient } from '../core/rpc/client.ts';
import { coreFailure } from '../core/rpc/core-failure.ts';
import { bridge } from './bridge.ts';

/** The core went away while it was answering. A query asks again; a command must not. */
export class CoreGone extends Error {
  constructor() {
    super(
      'The core restarted while this was under way, so the answer was lost. Look whether it happened, then try again.',
    );
    this.name = 'CoreGone';
  }
}

interface Link {
  client: Client;
  gone: AbortController;
}

let link: Link | null = null;
let waiting: ((link: Link) => void)[] = [];
const connectListeners = new Set<(client: Client, gone: AbortSignal) => void>();

/** State of the core as Electron's main process reports it. */
export const useCoreState = create<CoreState>((): CoreState => ({ state: 'starting' }));

/** Runs at every new connection; `gone` aborts when that connection ends. */
export function onConnect(listener: (client: Client, gone: AbortSignal) => void): void {
  connectListeners.add(listener);
  if (link) listener(link.client, link.gone.signal);
}

/** Called once by main.tsx. */
export function startConnection(): void {
  window.addEventListener('message', (event) => {
    const port = event.ports[0];
    if (event.source === window && event.data === portMessage && port) adopt(port);
  });
  bridge.onCoreState((next) => {
    useCoreState.setState(next, true);
    if (next.state !== 'ready') drop();
    else if (!link) bridge.connect();
  });
}

function adopt(port: MessagePort): void {
  drop();
  const mine: Link = { client: createClient(port), gone: new AbortController() };
  port.addEventListener('close', () => {
    if (link === mine) drop();
  });
  link = mine;
  const ready = waiting;
  waiting = [];
  for (const resolve of ready) resolve(mine);
  for (const listener of connectListeners) listener(mine.client, mine.gone.signal);
}

function drop(): void {
  link?.gone.abort();
  link = null;
}

function whenLinked(signal: AbortSignal | undefined): Promise<Link> {
  if (link) return Promise.resolve(link);
  return new Promise((resolve, reject) => {
    const linked = (next: Link) => {
      signal?.removeEventListener('abort', left);
      resolve(next);
    };
    const left = () => {
      waiting = waiting.filter((each) => each !== linked);
      reject(signal?.reason);
    };
    if (signal?.aborted) return left();
    waiting.push(linked);
    signal?.addEventListener('abort', left, { once: true });
  });
}

/** Settles as `answer` does, but rejects as soon as the signal aborts, whatever the other side does. */
async function orAborted<T>(answer: Promise<T>, signal: AbortSignal): Promise<T> {
  let left = () => {};
  const aborted = new Promise<never>((_, reject) => {
    left = () => reject(signal.reason);
    if (signal.aborted) left();
    signal.addEventListener('abort', left, { once: true });
  });
  try {
    return await Promise.race([answer, aborted]);
  } finally {
    // A connection lives as long as the window: its signal must not keep every call that was ever made.
    signal.removeEventListener('abort', left);
  }
}

/**
 * Calls the core, waiting for a connection first. Rejects with a CoreError for what the core refused, with CoreGone when the
 * core died meanwhile, and with the signal's reason when the caller went away.
 */
export async function callCore<T>(
  run: (client: Client, signal: AbortSignal) => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  const current = await whenLinked(signal);
  const gone = current.gone.signal;
  const either = signal ? AbortSignal.any([signal, gone]) : gone;
  try {
    return await orAborted(run(current.client, either), either);
  } catch (error) {
    if (signal?.aborted) throw error;
    // A call hears of a closed port before the connection does.
    if (!gone.aborted) await new Promise((resolve) => setTimeout(resolve));
    if (gone.aborted) throw new CoreGone();
    throw coreFailure(error) satisfies CoreError;
  }
}
