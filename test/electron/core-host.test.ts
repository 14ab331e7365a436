// The host keeps a core alive: relays, restarts, gives up, stops. Against small stand-in cores as real child processes.
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { CoreState } from '../../core/contract/native.ts';
import { createBackoff } from '../../electron/backoff.ts';
import { type CoreHost, createCoreHost, type RelayPort } from '../../electron/core-host.ts';

const standIn = new URL('./stand-in-core.mjs', import.meta.url).pathname;
const hosts: CoreHost[] = [];

function host(mode: string, program = process.execPath) {
  const states: CoreState[] = [];
  let output = '';
  const made = createCoreHost({
    command: [program, standIn, mode],
    cwd: process.cwd(),
    onState: (state) => states.push(state),
    onOutput: (text) => {
      output += text;
    },
  });
  hosts.push(made);
  made.start();
  return { host: made, states, output: () => output };
}

/** A page's end: `say` sends, `heard` is what came back. */
function page() {
  const heard: string[] = [];
  let onMessage = (_data: unknown) => {};
  let onClose = () => {};
  let started = false;
  const queue: unknown[] = [];
  const port: RelayPort = {
    postMessage: (data) => heard.push(data),
    onMessage: (listener) => {
      onMessage = listener;
    },
    onClose: (listener) => {
      onClose = listener;
    },
    start: () => {
      started = true;
      for (const data of queue.splice(0)) onMessage(data);
    },
    close: () => heard.push('<closed>'),
  };
  const say = (data: unknown) => (started ? onMessage(data) : queue.push(data));
  return { port, heard, say, leave: () => onClose() };
}

const until = (condition: () => boolean) => vi.waitUntil(condition, { timeout: 20_000, interval: 10 });

afterEach(async () => {
  for (const each of hosts.splice(0)) await each.stop(100);
});

describe('core host', () => {
  it('holds what a page says until the core is ready, then relays strings both ways', async () => {
    const { host: made, states } = host('echo');
    const first = page();
    const second = page();
    first.say('early');
    made.connect(first.port);
    made.connect(second.port);
    await until(() => first.heard.length === 1);
    second.say('two');
    second.say({ not: 'a string' });
    await until(() => second.heard.length === 1);
    expect(first.heard).toEqual([`${made.pid}:early`]);
    expect(second.heard).toEqual([`${made.pid}:two`]);
    expect(states).toEqual([{ state: 'starting' }, { state: 'ready', lab: '/lab' }]);
  });

  it('does not connect a page that left while the core was starting', async () => {
    const { host: made } = host('echo');
    const gone = page();
    const stays = page();
    gone.say('early');
    made.connect(gone.port);
    made.connect(stays.port);
    gone.leave();
    stays.say('here');
    await until(() => stays.heard.length === 1);
    expect(gone.heard).toEqual([]);
  });

  it('tells the core when a page leaves', async () => {
    const { host: made, output } = host('echo');
    const only = page();
    made.connect(only.port);
    only.say('hello');
    await until(() => only.heard.length === 1);
    only.leave();
    await until(() => output().includes('closed 1'));
  });

  it('closes the ports of a killed core, starts another and serves a new connection', async () => {
    const { host: made, states } = host('echo');
    const before = page();
    made.connect(before.port);
    await until(() => made.state.state === 'ready');
    const firstPid = made.pid ?? 0;
    process.kill(firstPid, 'SIGKILL');
    await until(() => before.heard.includes('<closed>'));
    await until(() => made.state.state === 'ready' && made.pid !== firstPid);
    const after = page();
    made.connect(after.port);
    after.say('again');
    await until(() => after.heard.length === 1);
    expect(after.heard).toEqual([`${made.pid}:again`]);
    expect(states.map(({ state }) => state)).toEqual([
      'starting',
      'ready',
      'restarting',
      'starting',
      'ready',
    ]);
    expect(states[2]).toMatchObject({ message: 'The core was ended by SIGKILL.', retryMs: 250 });
  });

  it('does not start a core again that says why it cannot run', async () => {
    const { host: made, states } = host('fatal');
    await until(() => made.state.state === 'failed');
    expect(made.state).toEqual({
      state: 'failed',
      code: 'too-new',
      message: 'The catalog is from a newer version.',
    });
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect(states.at(-1)?.state).toBe('failed');
    made.restart();
    expect(made.state.state).toBe('starting');
  });

  it('says what a crashing core wrote last', async () => {
    const { states } = host('crash');
    await until(() => states.some(({ state }) => state === 'restarting'));
    expect(states[1]).toMatchObject({ message: 'The core ended with code 3.\nout of luck', retryMs: 250 });
  });

  it('reports a program that is not there', async () => {
    const { states } = host('echo', '/nowhere/node');
    await until(() => states.some(({ state }) => state === 'restarting'));
    expect(states[1]).toMatchObject({ message: expect.stringContaining('could not be started') });
  });

  it('kills a core that does not leave when asked, and does not start another', async () => {
    const { host: made, states } = host('stubborn');
    await until(() => made.state.state === 'ready');
    const pid = made.pid ?? 0;
    await made.stop(100);
    expect(() => process.kill(pid, 0)).toThrow();
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect(states.at(-1)?.state).toBe('ready');
  });
});

describe('backoff', () => {
  it('doubles up to a limit and gives up after eight crashes in a row', () => {
    const backoff = createBackoff();
    const waits = Array.from({ length: 9 }, () => backoff.afterCrash(0));
    expect(waits).toEqual([250, 500, 1000, 2000, 4000, 8000, 8000, 8000, null]);
  });
  it('begins anew after a healthy life and after a reset', () => {
    const backoff = createBackoff();
    backoff.afterCrash(0);
    backoff.afterCrash(0);
    expect(backoff.afterCrash(60_000)).toBe(250);
    backoff.afterCrash(0);
    backoff.reset();
    expect(backoff.afterCrash(0)).toBe(250);
  });
});
