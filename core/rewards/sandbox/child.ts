// A child process for the sandbox, started the same way from Node and from Deno: lines out, text in, an end. Used by interpreter.ts.

export interface Child {
  write(text: string): void;
  kill(): void;
}

export interface ChildOptions {
  folder: string;
  onOutput(text: string): void;
  onComplaint(text: string): void;
  /** Once, after the last output. A program that cannot be started ends with its reason. */
  onEnd(how: { code: number | null; signal: string | null; reason: string | null }): void;
}

/** Starts a program with an empty environment. */
export function startChild(command: readonly string[], options: ChildOptions): Child {
  const { Deno: deno, process: node } = globalThis as unknown as { Deno?: DenoLike; process?: NodeLike };
  if (deno) return startInDeno(deno, command, options);
  if (node) return startInNode(node, command, options);
  throw new Error('Programs can be started in Deno or Node only.');
}

interface NodeStream {
  setEncoding(encoding: 'utf8'): NodeStream;
  on(event: 'data', listener: (text: string) => void): void;
}

interface NodeChild {
  stdin: { write(text: string): void; on(event: 'error', listener: () => void): void };
  stdout: NodeStream;
  stderr: NodeStream;
  kill(signal: 'SIGKILL'): void;
  on(event: 'error', listener: (error: Error) => void): void;
  on(event: 'close', listener: (code: number | null, signal: string | null) => void): void;
}

interface NodeLike {
  getBuiltinModule(name: 'child_process'): {
    spawn(
      file: string,
      args: string[],
      options: { cwd: string; env: object; stdio: 'pipe'; windowsHide: boolean },
    ): NodeChild;
  };
}

function startInNode(node: NodeLike, [file, ...args]: readonly string[], options: ChildOptions): Child {
  const child = node
    .getBuiltinModule('child_process')
    .spawn(file ?? '', args, { cwd: options.folder, env: {}, stdio: 'pipe', windowsHide: true });
  let reason: string | null = null;
  child.on('error', (error) => {
    reason = error.message;
  });
  child.on('close', (code, signal) => options.onEnd({ code, signal, reason }));
  child.stdin.on('error', () => {}); // it died: its end is told by 'close'
  child.stdout.setEncoding('utf8').on('data', options.onOutput);
  child.stderr.setEncoding('utf8').on('data', options.onComplaint);
  return { write: (text) => child.stdin.write(text), kill: () => child.kill('SIGKILL') };
}

interface DenoChild {
  stdin: WritableStream<Uint8Array>;
  stdout: ReadableStream<Uint8Array>;
  stderr: ReadableStream<Uint8Array>;
  status: Promise<{ code: number; signal: string | null }>;
  kill(signal: 'SIGKILL'): void;
}

interface DenoLike {
  Command: new (file: string, options: object) => { spawn(): DenoChild };
}

function startInDeno(deno: DenoLike, [file, ...args]: readonly string[], options: ChildOptions): Child {
  const piped = { stdin: 'piped', stdout: 'piped', stderr: 'piped' };
  let child: DenoChild;
  try {
    child = new deno.Command(file ?? '', { args, cwd: options.folder, clearEnv: true, ...piped }).spawn();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    queueMicrotask(() => options.onEnd({ code: null, signal: null, reason }));
    return { write: () => {}, kill: () => {} };
  }
  const input = child.stdin.getWriter();
  const read = async (stream: ReadableStream<Uint8Array>, take: (text: string) => void) => {
    const decoder = new TextDecoder();
    for await (const bytes of stream) take(decoder.decode(bytes, { stream: true }));
  };
  void Promise.all([
    child.status,
    read(child.stdout, options.onOutput),
    read(child.stderr, options.onComplaint),
  ]).then(([{ code, signal }]) => options.onEnd({ code, signal, reason: null }));
  return {
    write: (text) => void input.write(new TextEncoder().encode(text)).catch(() => {}),
    kill() {
      try {
        child.kill('SIGKILL');
      } catch {
        // it has ended by itself
      }
    },
  };
}
