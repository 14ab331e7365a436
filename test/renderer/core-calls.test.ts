// Calls of the window: they end when their caller leaves or the core dies, and leave no listener behind on the connection.
import { getEventListeners } from 'node:events';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { portMessage } from '../../core/contract/native.ts';

type Core = typeof import('../../renderer/core.ts');
let core: Core;
let onMessage: (event: unknown) => void;
let onState: (state: { state: string }) => void;
let page: object;
const open: MessagePort[] = [];

beforeEach(async () => {
  vi.resetModules();
  const forethought = {
    connect: () => {},
    onCoreState: (listener: typeof onState) => {
      onState = listener;
    },
  };
  const addEventListener = (_: string, listener: typeof onMessage) => {
    onMessage = listener;
  };
  page = { addEventListener, forethought };
  vi.stubGlobal('window', page);
  core = await import('../../renderer/core.ts');
  core.startConnection();
});
afterEach(() => {
  vi.unstubAllGlobals();
  for (const port of open.splice(0)) port.close();
});

/** A core that takes the connection and never answers; the signal aborts when it goes. */
function connect(): AbortSignal {
  const { port1, port2 } = new MessageChannel();
  open.push(port1, port2);
  onMessage({ source: page, data: portMessage, ports: [port1] });
  let gone: AbortSignal | undefined;
  core.onConnect((_, signal) => {
    gone = signal;
  });
  return gone!;
}
const listeners = (signal: AbortSignal) => getEventListeners(signal, 'abort').length;
const never = () => new Promise<never>(() => {});

it('leave nothing on the connection or the caller when they are answered', async () => {
  const gone = connect();
  const caller = new AbortController();
  const before = listeners(gone);
  for (let i = 0; i < 20; i++) {
    expect(await core.callCore(async () => i)).toBe(i);
    expect(await core.callCore(async () => i, caller.signal)).toBe(i);
  }
  expect(listeners(gone)).toBe(before);
  expect(listeners(caller.signal)).toBe(0);
});

it('wait for a core, and are forgotten when the caller leaves before there is one', async () => {
  const [leaving, staying] = [new AbortController(), new AbortController()];
  const ran: string[] = [];
  const call = (name: string, { signal }: AbortController) =>
    core.callCore(async () => ran.push(name), signal);
  const left = call('left', leaving);
  const stayed = call('stayed', staying);
  leaving.abort(new Error('the screen closed'));
  await expect(left).rejects.toThrow('the screen closed');
  connect();
  await stayed;
  expect(ran).toEqual(['stayed']);
  expect([listeners(leaving.signal), listeners(staying.signal)]).toEqual([0, 0]);
});

it('end when the caller leaves and when the core dies', async () => {
  connect();
  const caller = new AbortController();
  const left = core.callCore(never, caller.signal);
  const lost = core.callCore(never);
  caller.abort(new Error('the screen closed'));
  await expect(left).rejects.toThrow('the screen closed');
  onState({ state: 'restarting' });
  await expect(lost).rejects.toBeInstanceOf(core.CoreGone);
});

it('that hear of the closed port first say what happened, and not what the transport calls it', async () => {
  connect();
  const lost = core.callCore(async () => {
    setTimeout(() => onState({ state: 'restarting' }));
    throw new Error('[AsyncIdQueue] Queue[1] was closed or aborted');
  });
  await expect(lost).rejects.toBeInstanceOf(core.CoreGone);
});
