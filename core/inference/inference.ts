// Text in, text out, on this machine: sessions over llama.cpp in a process of its own. create-core makes one; models and evals use it.
import { stat } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { basename } from 'node:path';
import { hashFile } from '../blobs/blobs.ts';
import { CoreError } from '../contract/errors.ts';
import type { Generated, Logits, SessionInfo } from './protocol.ts';
import { createWorkerHost, type WorkerHost } from './worker-host.ts';

export interface OpenSession {
  modelPath: string;
  /** When given, the file must have this SHA-256: damaged weights load without a word and answer nonsense. */
  sha256?: string;
  /** GGUF LoRA files in the order in which they are stacked; paths must name the content (blobs). */
  adapters: readonly { path: string; scale: number; sha256?: string }[];
  /** Nothing is rounded on the way, also for a model that is too large to be run so by itself (precision.ts). */
  exact?: boolean;
  /** Tokens of prompt and completion together; never more than the model was trained for. */
  contextLength: number;
  threads: number;
}

export interface Generate {
  /** Without BOS: exactly one is put in front for models that want it. */
  prompt: string;
  maxTokens: number;
  temperature: number;
  seed: number;
  stopTokens: readonly number[];
  stopTexts?: readonly string[];
}

export interface InferenceSession {
  readonly info: Omit<SessionInfo, 'session'>;
  /** Token ids, turn marks read as such, no BOS. */
  tokenize(text: string): Promise<number[]>;
  /** Token ids as a prompt is evaluated: with exactly one BOS where the model wants one. */
  encode(text: string): Promise<number[]>;
  /** Throws `bad-input` with `detail.needed` (tokens) for a prompt that does not fit. */
  generate(request: Generate, signal?: AbortSignal): Promise<Generated>;
  /** Raw logits after the last id, highest first; of all tokens, or of the `top` highest. */
  logits(ids: readonly number[], top?: number): Promise<Logits>;
  close(): Promise<void>;
}

export interface Inference {
  /** Loads a model. Throws `not-found`, `damaged` (also when loading it killed the process), `cancelled`. */
  open(what: OpenSession, signal?: AbortSignal): Promise<InferenceSession>;
  close(): Promise<void>;
}

/**
 * One less than the cores, for ggml's threads spin while they wait for each other. On two idle cores a second thread makes a
 * 135M model 1.6 times as fast; beside one busy process it makes it 0.6 times as fast, and a 1M model 30 times slower.
 */
export const defaultThreads = (): number => Math.max(1, availableParallelism() - 1);

export function createInference(host: WorkerHost = createWorkerHost()): Inference {
  const verify = fileVerifier();
  return {
    open: async (what, signal) => {
      await verify(what.modelPath, what.sha256);
      for (const adapter of what.adapters) await verify(adapter.path, adapter.sha256);
      const info = (await host.request(
        {
          op: 'open',
          modelPath: what.modelPath,
          adapters: what.adapters.map(({ path, scale }) => ({ path, scale })),
          exact: what.exact ?? false,
          contextLength: what.contextLength,
          threads: what.threads,
        },
        signal ? { signal } : {},
      )) as SessionInfo;
      return session(host, info, host.generation);
    },
    close: () => host.close(),
  };
}

function session(
  host: WorkerHost,
  { session: id, ...info }: SessionInfo,
  generation: number,
): InferenceSession {
  const ask = (request: Parameters<WorkerHost['request']>[0], signal?: AbortSignal) => {
    if (host.generation !== generation)
      throw new CoreError(
        'internal',
        'The inference process died since this session was opened. Open it again.',
        {
          crashed: true,
        },
      );
    return host.request(request, signal ? { signal } : {});
  };
  return {
    info,
    tokenize: async (text) => (await ask({ op: 'encode', session: id, text, bos: false })) as number[],
    encode: async (text) => (await ask({ op: 'encode', session: id, text, bos: true })) as number[],
    generate: async (request, signal) =>
      (await ask(
        {
          op: 'generate',
          session: id,
          prompt: request.prompt,
          maxTokens: request.maxTokens,
          temperature: request.temperature,
          seed: request.seed,
          stopTokens: [...request.stopTokens],
          stopTexts: [...(request.stopTexts ?? [])],
        },
        signal,
      )) as Generated,
    logits: async (ids, top) =>
      (await ask({ op: 'logits', session: id, ids: [...ids], top: top ?? null })) as Logits,
    close: async () => {
      if (host.generation === generation) await host.request({ op: 'close', session: id }).catch(() => {});
    },
  };
}

/** Hashes a file once; remembered by path, size and time of change. */
function fileVerifier(): (path: string, sha256: string | undefined) => Promise<void> {
  const known = new Map<string, string>();
  return async (path, sha256) => {
    const found = await stat(path).catch((error: unknown) => {
      throw new CoreError('not-found', `The model file ${path} is not there.`, { path }, error);
    });
    if (sha256 === undefined) return;
    const key = `${path}\0${found.size}\0${found.mtimeMs}`;
    const actual = known.get(key) ?? (await hashFile(path)).sha256;
    known.set(key, actual);
    if (actual !== sha256)
      throw new CoreError(
        'damaged',
        `${basename(path)} has SHA-256 ${actual}, expected ${sha256}: the file was changed or damaged after it was taken in. Add the model again.`,
        { path, expected: sha256, found: actual },
      );
  };
}
