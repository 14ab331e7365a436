// Over a relayed string port: typed calls, errors with code and detail, no leak of inner errors, streams with cancel, a dead peer.
import { afterEach, expect, test } from 'vitest';
import { CoreError } from '../../../core/contract/errors.ts';
import type { Handlers } from '../../../core/contract/handlers.ts';
import { contract } from '../../../core/contract/index.ts';
import { type Client, createClient } from '../../../core/rpc/client.ts';
import { coreFailure } from '../../../core/rpc/core-failure.ts';
import { createPortEnd } from '../../../core/rpc/ports.ts';
import { createRouter, servePort } from '../../../core/rpc/serve.ts';

const logged: string[] = [];
const ended: string[] = [];
afterEach(() => {
  logged.length = 0;
  ended.length = 0;
});

/** Handlers that fail unless a test says otherwise. */
function handlersWith(overrides: Record<string, Record<string, unknown>>): Handlers {
  const all = Object.fromEntries(
    Object.entries(contract).map(([feature, verbs]) => [
      feature,
      {
        ...Object.fromEntries(
          Object.keys(verbs).map((verb) => [verb, () => Promise.reject(new Error('secret detail'))]),
        ),
        ...overrides[feature],
      },
    ]),
  );
  return all as unknown as Handlers;
}

function connect(overrides: Record<string, Record<string, unknown>>): { client: Client; drop: () => void } {
  const router = createRouter(handlersWith(overrides), (level, message) =>
    logged.push(`${level} ${message}`),
  );
  const server = createPortEnd((data) => queueMicrotask(() => window.deliver(data)));
  const window = createPortEnd((data) => queueMicrotask(() => server.deliver(data)));
  servePort(router, server.port);
  return {
    client: createClient(window.port),
    drop: () => {
      server.close();
      window.close();
    },
  };
}

test('a CoreError crosses with its code, sentence and detail', async () => {
  const { client } = connect({
    models: { get: () => Promise.reject(new CoreError('not-found', 'There is no model x.', { id: 'x' })) },
  });
  const failure = coreFailure(await client.models.get({ id: 'x' }).catch((e: unknown) => e));
  expect(failure).toMatchObject({ code: 'not-found', message: 'There is no model x.', detail: { id: 'x' } });
});

test('an unknown error crosses as an id that is in the log, without its words', async () => {
  const { client } = connect({});
  const failure = coreFailure(await client.models.get({ id: 'x' }).catch((e: unknown) => e));
  expect(failure.code).toBe('internal');
  expect(failure.message).not.toContain('secret');
  expect(logged[0]).toContain(String(failure.detail.id));
});

test('input against the contract is refused before the handler, naming the field', async () => {
  const { client } = connect({ datasets: { rows: () => expect.unreachable() } });
  const failure = coreFailure(await client.datasets.rows({ limit: 100_000 }).catch((e: unknown) => e));
  expect(failure.code).toBe('bad-input');
  expect(failure.message).toMatch(/^"limit" must be at most [\d,]+\.$/);
});

test('an output against the contract is an error, not a result', async () => {
  const { client } = connect({ settings: { get: async () => ({ theme: 'pink' }) } });
  await expect(client.settings.get({})).rejects.toThrow();
});

test('leaving a stream ends it on the other side', async () => {
  const { client } = connect({
    lab: {
      changes: async function* (_: unknown, { signal }: { signal: AbortSignal }) {
        try {
          while (!signal.aborted) {
            yield { topics: ['jobs'] };
            await new Promise((r) => setTimeout(r, 1));
          }
        } finally {
          ended.push('changes');
        }
      },
    },
  });
  let seen = 0;
  for await (const event of await client.lab.changes({})) {
    expect(event.topics).toEqual(['jobs']);
    if (++seen === 3) break;
  }
  await expect.poll(() => ended).toEqual(['changes']);
});

test('calls that wait when the peer dies are rejected, not left hanging', async () => {
  const { client, drop } = connect({ lab: { activities: () => new Promise(() => {}) } });
  const pending = client.lab.activities({});
  setTimeout(drop, 5);
  await expect(pending).rejects.toThrow();
});

test('a cancelled call gives its handler a reason, one whose connection closed gives none', async () => {
  const signals: AbortSignal[] = [];
  const activities = (_: unknown, { signal }: { signal: AbortSignal }) => {
    signals.push(signal);
    return new Promise(() => {});
  };
  const { client, drop } = connect({ lab: { activities } });
  const cancel = new AbortController();
  const calls = [client.lab.activities({}, { signal: cancel.signal }), client.lab.activities({})];
  const settled = Promise.allSettled(calls);
  await expect.poll(() => signals.length).toBe(2);
  cancel.abort(new Error('not wanted'));
  await expect.poll(() => signals[0]!.aborted).toBe(true);
  drop();
  await expect.poll(() => signals[1]!.aborted).toBe(true);
  await settled;
  // What core/suites/shared-work.ts tells them apart by: the default reason of AbortController.
  expect(signals.map(({ reason }) => reason instanceof DOMException)).toEqual([false, true]);
});

test('a missing handler is found when the router is made', () => {
  const handlers = handlersWith({ lab: { status: undefined } });
  expect(() => createRouter(handlers, () => {})).toThrow('no handler for lab.status');
});
