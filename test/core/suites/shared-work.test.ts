// Work that several callers share, and that goes on for a moment when all of them have left.
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createSharedWork } from '../../../core/suites/shared-work.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** Work that ends when it is told to, with how often it was begun. */
function workshop() {
  const shared = createSharedWork<string>(1000);
  const begun: { end(result: string): void; signal: AbortSignal }[] = [];
  const begin = (signal: AbortSignal) =>
    new Promise<string>((end, fail) => {
      begun.push({ end, signal });
      signal.addEventListener('abort', () => fail(signal.reason));
    });
  return { begun, join: (key: string, caller?: AbortSignal) => shared.join(key, begin, caller) };
}

describe('shared work', () => {
  test('is begun once for the same, and again when it has ended', async () => {
    const { begun, join } = workshop();
    const both = Promise.all([join('a'), join('a')]);
    const other = join('b');
    expect(begun).toHaveLength(2);
    begun[0]!.end('one');
    begun[1]!.end('two');
    expect(await both).toEqual(['one', 'one']);
    expect(await other).toBe('two');
    const again = join('a');
    expect(begun).toHaveLength(3);
    begun[2]!.end('three');
    expect(await again).toBe('three');
  });

  test('goes on when its caller leaves, and who comes back in time gets the result', async () => {
    const { begun, join } = workshop();
    const window = new AbortController();
    const first = join('a', window.signal);
    window.abort();
    await expect(first).rejects.toThrow(/aborted/);
    vi.advanceTimersByTime(900);
    expect(begun[0]!.signal.aborted).toBe(false);
    const second = join('a', new AbortController().signal);
    vi.advanceTimersByTime(5000);
    begun[0]!.end('done');
    expect(await second).toBe('done');
    expect(begun).toHaveLength(1);
  });

  test('keeps a result that nobody waited for, for that moment', async () => {
    const { begun, join } = workshop();
    const window = new AbortController();
    const first = join('a', window.signal);
    window.abort();
    await expect(first).rejects.toThrow(/aborted/);
    begun[0]!.end('done');
    vi.advanceTimersByTime(500);
    expect(await join('a')).toBe('done');
    void join('a');
    expect(begun).toHaveLength(2);
  });

  test('is stopped when nobody comes back', async () => {
    const { begun, join } = workshop();
    const window = new AbortController();
    const first = join('a', window.signal);
    window.abort();
    await expect(first).rejects.toThrow(/aborted/);
    vi.advanceTimersByTime(1000);
    expect(begun[0]!.signal.aborted).toBe(true);
    void join('a');
    expect(begun).toHaveLength(2);
  });

  test('is stopped at once by the last caller that cancels', async () => {
    const { begun, join } = workshop();
    const [one, other] = [new AbortController(), new AbortController()];
    const both = [join('a', one.signal), join('a', other.signal)];
    one.abort(new Error('not wanted'));
    await expect(both[0]).rejects.toThrow('not wanted');
    expect(begun[0]!.signal.aborted).toBe(false);
    other.abort(new Error('not wanted either'));
    await expect(both[1]).rejects.toThrow('not wanted either');
    expect(begun[0]!.signal.aborted).toBe(true);
    void join('a');
    expect(begun).toHaveLength(2);
  });

  test('a failure is everybody’s, and is forgotten', async () => {
    const shared = createSharedWork<string>(1000);
    const fail = () => Promise.reject(new Error('no set'));
    await expect(shared.join('a', fail)).rejects.toThrow('no set');
    expect(await shared.join('a', async () => 'well')).toBe('well');
  });
});
