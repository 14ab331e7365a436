// The reward server: JSONL over stdin and stdout, in Deno or Node, without any package. Entry point of dist/reward-server.js,
// which the trainer starts on its host and the core on this machine. All use of a platform is in this file.
import { createProtocol } from './protocol.ts';
import { sha256Hex } from './suite-identity.ts';

interface Platform {
  name: string;
  input: AsyncIterable<Uint8Array>;
  /** Resolves when all bytes are handed over, so that a slow reader slows this server down. */
  write(bytes: Uint8Array): Promise<void>;
  readFile(url: string): Uint8Array;
  exit(code: number): never;
  complain(message: string): void;
}

interface DenoLike {
  version: { deno: string };
  stdin: { readable: ReadableStream<Uint8Array> };
  stdout: { write(bytes: Uint8Array): Promise<number> };
  readFileSync(url: URL): Uint8Array;
  exit(code: number): never;
}

interface NodeLike {
  version: string;
  stdin: AsyncIterable<Uint8Array>;
  stdout: { write(bytes: Uint8Array, done: (error?: Error | null) => void): boolean };
  getBuiltinModule(name: 'fs'): { readFileSync(url: URL): Uint8Array };
  exit(code: number): never;
}

function denoPlatform(deno: DenoLike): Platform {
  return {
    name: `Deno ${deno.version.deno}`,
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
  const answer = createProtocol({ codeSha256: await sha256Hex(platform.readFile(own)) });
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const encoder = new TextEncoder();
  for await (const bytes of readLines(platform.input)) {
    let line: string;
    try {
      line = decoder.decode(bytes);
    } catch {
      line = '\u0000'; // not UTF-8, so not JSON either: gets the same answer
    }
    if (line.trim() === '') continue;
    await platform.write(encoder.encode(`${await answer(line)}\n`));
  }
}

const platform = detectPlatform();
try {
  await serve(platform);
} catch (error) {
  platform.complain(`reward server (${platform.name}): ${error instanceof Error ? error.message : error}`);
  platform.exit(1);
}
