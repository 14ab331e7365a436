// The reward server: JSONL over stdin and stdout, in Deno or Node, without any package. Entry point of dist/reward-server.js,
// which the trainer starts on its host and the core on this machine. The same file is the program inside of the sandbox.
import type { Executor } from './evidence.ts';
import { createProtocol } from './protocol.ts';
import { createExecutor } from './sandbox/executor.ts';
import { freezeInterpreter, type GuestDeno, serveGuest } from './sandbox/guest.ts';
import { sha256Hex } from './suite-identity.ts';

interface Platform {
  name: string;
  args: readonly string[];
  input: AsyncIterable<Uint8Array>;
  /** Resolves when all bytes are handed over, so that a slow reader slows this server down. */
  write(bytes: Uint8Array): Promise<void>;
  readFile(url: string): Uint8Array;
  exit(code: number): never;
  complain(message: string): void;
}

interface DenoLike {
  args: string[];
  version: { deno: string };
  stdin: { readable: ReadableStream<Uint8Array> };
  stdout: { write(bytes: Uint8Array): Promise<number> };
  readFileSync(url: URL): Uint8Array;
  exit(code: number): never;
}

interface NodeLike {
  argv: string[];
  version: string;
  stdin: AsyncIterable<Uint8Array>;
  stdout: { write(bytes: Uint8Array, done: (error?: Error | null) => void): boolean };
  getBuiltinModule(name: 'fs'): { readFileSync(url: URL): Uint8Array };
  exit(code: number): never;
}

function denoPlatform(deno: DenoLike): Platform {
  return {
    name: `Deno ${deno.version.deno}`,
    args: deno.args,
    input: deno.stdin.readable,
    async write(bytes) {
      for (let sent = 0; sent < bytes.length; ) sent += await deno.stdout.write(bytes.subarray(sent));
    },
    readFile: (url) => deno.readFileSync(new URL(url)),
    exit: (code) => deno.exit(code),
    complain: (message) => console.error(message),
  };
}

function nodePlatform(node: NodeLike): Platform {
  return {
    name: `Node ${node.version}`,
    args: node.argv.slice(2),
    input: node.stdin,
    write: (bytes) =>
      new Promise((resolve, reject) => {
        node.stdout.write(bytes, (error) => (error ? reject(error) : resolve()));
      }),
    readFile: (url) => node.getBuiltinModule('fs').readFileSync(new URL(url)),
    exit: (code) => node.exit(code),
    complain: (message) => console.error(message),
  };
}

function detectPlatform(): Platform {
  // Deno has a `process` too, so it is asked first.
  const { Deno: deno, process: node } = globalThis as unknown as { Deno?: DenoLike; process?: NodeLike };
  if (deno) return denoPlatform(deno);
  if (node) return nodePlatform(node);
  throw new Error('The reward server runs in Deno or Node only.');
}

const NEWLINE = 10;
const MAX_LINE_BYTES = 256 * 1024 * 1024;

/** Lines of a byte stream, without their ends; the last one may lack an end. A line over the limit ends the stream by throwing. */
async function* readLines(input: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let pieces: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of input) {
    let from = 0;
    for (let at = chunk.indexOf(NEWLINE); at !== -1; at = chunk.indexOf(NEWLINE, from)) {
      pieces.push(chunk.subarray(from, at));
      yield join(pieces);
      pieces = [];
      length = 0;
      from = at + 1;
    }
    if (from === chunk.length) continue;
    pieces.push(chunk.slice(from));
    length += chunk.length - from;
    if (length > MAX_LINE_BYTES) throw new Error(`A line is longer than ${MAX_LINE_BYTES} bytes.`);
  }
  if (length > 0) yield join(pieces);
}

function join(pieces: Uint8Array[]): Uint8Array {
  if (pieces.length === 1) return pieces[0]!;
  const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

async function serve(platform: Platform): Promise<void> {
  const own = import.meta.url;
  if (own.endsWith('.ts'))
    throw new Error(
      'Run the bundle dist/reward-server.js: the identity of a suite is the hash of that one file.',
    );
  const executor = executorOf(platform, own);
  const answer = createProtocol({ codeSha256: await sha256Hex(platform.readFile(own)), executor });
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const encoder = new TextEncoder();
  const write = (line: string) => platform.write(encoder.encode(`${line}\n`));
  try {
    for await (const bytes of readLines(platform.input)) {
      let line: string;
      try {
        line = decoder.decode(bytes);
      } catch {
        line = '\u0000'; // not UTF-8, so not JSON either: gets the same answer
      }
      if (line.trim() === '') continue;
      // Running code may take long. Whoever waits hears that this server is alive, and can give up one that is not.
      const alive = setInterval(() => void write('{"working":true}'), WORKING_MS);
      const said = await answer(line).finally(() => clearInterval(alive));
      await write(said);
    }
  } finally {
    await executor?.close();
  }
}

const WORKING_MS = 5000;

/** Arguments `serve <deno> <pyodide folder> <cache folder>` give it a sandbox; without them code cannot be scored here. */
function executorOf({ args }: Platform, own: string): Executor | null {
  const [role, denoPath, pyodideFolder, cacheFolder] = args;
  if (role !== 'serve' || !denoPath || !pyodideFolder || !cacheFolder) return null;
  const workers = Math.max(1, Math.min(MOST_WORKERS, navigator.hardwareConcurrency));
  const bundlePath = decodeURIComponent(new URL(own).pathname);
  const places = { denoPath, pyodideFolder, cacheFolder, bundlePath };
  return createExecutor({ ...places, workers, spares: Math.max(4, workers) });
}

const MOST_WORKERS = 8;

/** The roles of this program: the sandbox starts it as `freeze` or `guest`, everyone else as the server. */
async function play(platform: Platform): Promise<void> {
  const [role, ...args] = platform.args;
  const { Deno: deno } = globalThis as unknown as { Deno?: GuestDeno };
  const [pyodideFolder = '', place = '', outputBytes] = args;
  if (deno && role === 'freeze') return freezeInterpreter(deno, pyodideFolder, place);
  if (deno && role === 'guest') return serveGuest(deno, pyodideFolder, place, Number(outputBytes));
  return serve(platform);
}

const platform = detectPlatform();
try {
  await play(platform);
} catch (error) {
  platform.complain(`reward server (${platform.name}): ${error instanceof Error ? error.message : error}`);
  platform.exit(1);
}
