// What runs inside of a sandboxed Deno process: one Python interpreter, restored from a snapshot, that answers lines. The reward
// bundle starts itself in this role (server.ts); interpreter.ts holds the other end. Nothing here is trusted once a program runs.
import { candidatePython } from './candidate-python.ts';
import { judgePython } from './judge-python.ts';
import { standInPython } from './stand-in-python.ts';
import { valuesPython } from './values-python.ts';

/** As much of Deno as a guest uses. */
export interface GuestDeno {
  stdin: { readSync(into: Uint8Array): number | null };
  stdout: { writeSync(bytes: Uint8Array): number };
  stderr: { writeSync(bytes: Uint8Array): number };
  readFileSync(path: string): Uint8Array;
  readTextFileSync(path: string): string;
  writeFileSync(path: string, bytes: Uint8Array): void;
  renameSync(from: string, to: string): void;
  mkdirSync(path: string, options: { recursive: boolean }): void;
  statSync(path: string): { size: number };
}

interface Pyodide {
  runPython(source: string): unknown;
  pyimport(name: string): { handle(...args: unknown[]): string };
  makeMemorySnapshot(): Uint8Array;
  setStdin(options: { stdin(): null }): void;
  setStdout(options: { write(bytes: Uint8Array): number }): void;
  setStderr(options: { write(bytes: Uint8Array): number }): void;
}

const modules = {
  forethought_values: valuesPython,
  forethought_candidate: candidatePython,
  forethought_stand_ins: standInPython,
  forethought_judge: judgePython,
};

/** Requests that the judging module answers; the candidate's answers all others. */
const judging = ['check', 'setup', 'judge'];

/** Imported before the snapshot is taken, so that a program which wants them does not wait. */
const warmImports =
  'array, bisect, cmath, collections, copy, dataclasses, datetime, enum, functools, hashlib, heapq, ' +
  'inspect, itertools, json, math, operator, random, re, statistics, string, sys, textwrap, traceback, typing';

async function load(pyodideFolder: string, options: object): Promise<Pyodide> {
  const { loadPyodide } = await import(encodeURI(`file://${pyodideFolder}/pyodide.mjs`));
  // Python's `js` module shows these globals: none.
  return loadPyodide({ indexURL: pyodideFolder, jsglobals: Object.create(null), ...options });
}

/**
 * Makes the snapshot in `folder` unless it is there, and an empty folder to live in beside it. Prints the snapshot's path.
 * Its name holds Pyodide's version and the hash of our Python, so that it is made once for each version.
 */
export async function freezeInterpreter(deno: GuestDeno, pyodideFolder: string, folder: string) {
  const { version } = JSON.parse(deno.readTextFileSync(`${pyodideFolder}/package.json`));
  const text = JSON.stringify([modules, warmImports]);
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)));
  const hash = Array.from(digest.subarray(0, 6), (byte) => byte.toString(16).padStart(2, '0')).join('');
  const path = `${folder}/pyodide-${version}-${hash}.snapshot`;
  deno.mkdirSync(`${folder}/empty`, { recursive: true });
  if (!exists(deno, path)) {
    const python = await load(pyodideFolder, { _makeSnapshot: true });
    python.runPython(`import ${warmImports}`);
    for (const [name, source] of Object.entries(modules))
      python.runPython(
        `import sys, types\nmodule = sys.modules[${JSON.stringify(name)}] = types.ModuleType(${JSON.stringify(name)})\n` +
          `exec(compile(${JSON.stringify(source)}, "${name}.py", "exec"), module.__dict__)\ndel module`,
      );
    const part = `${path}.${crypto.randomUUID()}`;
    deno.writeFileSync(part, python.makeMemorySnapshot());
    deno.renameSync(part, path);
  }
  deno.stdout.writeSync(new TextEncoder().encode(`${path}\n`));
}

function exists(deno: GuestDeno, path: string): boolean {
  try {
    return deno.statSync(path).size > 0;
  } catch {
    return false;
  }
}

/**
 * Restores an interpreter, says `ready`, and answers requests until its input ends. A request is `<nonce> <kind> <JSON>`; the
 * answer is `<nonce> done <JSON>`, or `<nonce> dead <reason>` when the interpreter is gone. While judging,
 * `<nonce> ask <JSON>` asks for something and waits for one line.
 */
export async function serveGuest(
  deno: GuestDeno,
  pyodideFolder: string,
  snapshot: string,
  outputBytes: number,
) {
  const { stdin, stdout, stderr } = deno;
  const readLine = lineReader((into) => stdin.readSync(into));
  const write = (text: string) => writeAll((bytes) => stdout.writeSync(bytes), encoder.encode(`${text}\n`));
  const python = await load(pyodideFolder, { _loadSnapshot: deno.readFileSync(snapshot) });
  python.setStdin({ stdin: () => null });
  let room = outputBytes;
  const print = (bytes: Uint8Array) => {
    if (room > 0) writeAll((part) => stderr.writeSync(part), bytes.slice(0, room));
    room -= bytes.length;
    return bytes.length;
  };
  python.setStdout({ write: print });
  python.setStderr({ write: print });
  const candidate = python.pyimport('forethought_candidate');
  const judge = python.pyimport('forethought_judge');
  // Belt and braces: the permissions of the process are the wall.
  const globals = globalThis as Record<string, unknown>;
  for (const name of ['Deno', 'Worker']) delete globals[name];
  globals.process = {}; // Pyodide notes an exit code there
  globals.console = new Proxy({}, { get: () => () => {} });
  write('ready');
  for (let line = readLine(); line !== null; line = readLine()) {
    const [nonce, kind, payload] = words(line);
    const exchange = (question: string) => {
      write(`${nonce} ask ${question}`);
      return readLine() ?? '';
    };
    try {
      const answer = judging.includes(kind)
        ? judge.handle(kind, payload, exchange)
        : candidate.handle(kind, payload);
      write(`${nonce} done ${answer}`);
    } catch (error) {
      write(
        `${nonce} dead ${String(error instanceof Error ? error.message : error).replaceAll(/\s+/g, ' ')}`,
      );
    }
  }
}

/** Splits at the first two spaces. */
export function words(line: string): [string, string, string] {
  const first = line.indexOf(' ');
  const second = line.indexOf(' ', first + 1);
  if (first === -1 || second === -1) return [line, '', ''];
  return [line.slice(0, first), line.slice(first + 1, second), line.slice(second + 1)];
}

const encoder = new TextEncoder();

function writeAll(write: (bytes: Uint8Array) => number, bytes: Uint8Array): void {
  for (let sent = 0; sent < bytes.length; ) sent += write(bytes.subarray(sent));
}

/** Whole lines of a source that is read synchronously; null at its end. */
function lineReader(read: (into: Uint8Array) => number | null): () => string | null {
  const decoder = new TextDecoder();
  const chunk = new Uint8Array(65_536);
  let text = '';
  return () => {
    for (;;) {
      const end = text.indexOf('\n');
      if (end !== -1) {
        const line = text.slice(0, end);
        text = text.slice(end + 1);
        return line;
      }
      const length = read(chunk);
      if (length === null) return null;
      text += decoder.decode(chunk.subarray(0, length), { stream: true });
    }
  };
}
