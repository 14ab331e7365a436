// The reward server and a client that sends without reading: it takes no more than it can answer, and loses nothing.
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildRewardBundle } from '../../fixtures/sandbox.ts';
import { tempFolder } from '../../fixtures/temp-folder.ts';
import { row, strict } from './rows.ts';

const root = resolve(import.meta.dirname, '../../..');
const deno = globSync(join(root, 'node_modules/@deno/*/deno{,.exe}'))[0]!;
const REQUESTS = 4000;
/** A long id comes back with its answer: 120 MB in all, of little work. */
const PADDING = 'x'.repeat(30_000);
const MB = 1024 * 1024;

let bundle = '';
const running: ChildProcessWithoutNullStreams[] = [];
beforeAll(() => {
  bundle = buildRewardBundle(tempFolder());
});
afterAll(() => {
  for (const child of running) child.kill();
});

/** Resident memory of a process in bytes, where the system tells it. */
function memoryOf({ pid }: ChildProcessWithoutNullStreams): number | null {
  if (process.platform !== 'linux') return null;
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)![1]) * 1024;
}

describe.each(['Node', 'Deno'])('the server in %s, whose client does not read', (name) => {
  it('stops taking requests, and answers them all in order once it is read', async () => {
    const command = name === 'Node' ? [process.execPath] : [deno, 'run', `--allow-read=${bundle}`];
    const child = spawn(command[0]!, [...command.slice(1), bundle], { env: {}, stdio: 'pipe' });
    running.push(child);
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    child.stdin.write('{"op":"load","suite":"think-first"}\n');
    expect(JSON.parse((await lines.next()).value!)).toMatchObject({ ok: true });
    const before = memoryOf(child);

    // From here on nobody reads: readline has been told to wait, and takes what it has already asked for.
    child.stdout.pause();
    let sent = 0;
    const items = [{ row: row(), completion: strict('18') }];
    const requests = function* () {
      for (; sent < REQUESTS; sent += 1)
        yield `${JSON.stringify({ op: 'score', id: `${sent} ${PADDING}`, items })}\n`;
    };
    Readable.from(requests()).pipe(child.stdin);
    await settled(child, () => sent);
    expect(sent).toBeGreaterThan(1);
    expect(sent).toBeLessThan(REQUESTS / 10);
    const after = memoryOf(child);
    if (before !== null && after !== null) expect(after - before).toBeLessThan(64 * MB);

    child.stdout.resume();
    for (let i = 0; i < REQUESTS; i += 1) {
      const { id, results } = JSON.parse((await lines.next()).value!);
      expect(id.split(' ')[0]).toBe(String(i));
      expect(results).toMatchObject([{ verdict: 'correct' }]);
    }
    expect(await lines.next()).toMatchObject({ done: true });
  });
});

/** Waits until a count has stood still for a while, in which the server had nothing to do, rather than no processor to do it on. */
async function settled(server: ChildProcessWithoutNullStreams, count: () => number): Promise<void> {
  for (let [last, still] = [-1, 0]; still < 50; still += 1) {
    if (count() !== last || isBusy(server)) [last, still] = [count(), 0];
    await sleep(10);
  }
}

/** Whether a thread of a process runs or waits for a processor or a disk; false where the system does not tell it. */
function isBusy({ pid }: ChildProcessWithoutNullStreams): boolean {
  if (process.platform !== 'linux') return false;
  try {
    return globSync(`/proc/${pid}/task/*/stat`).some((stat) => /\) [RD] /.test(readFileSync(stat, 'utf8')));
  } catch {
    // A thread ended while it was looked at.
    return true;
  }
}
