// The inference process: the only file that knows node-llama-cpp. worker-host.ts starts it; a damaged model file may abort it,
// which is why it is a process of its own. Requests come and go over IPC, one at a time; log lines go to stderr.
import { statSync, writeSync } from 'node:fs';
import { getLlama, type Llama, type LlamaContext, LlamaLogLevel, type LlamaModel } from 'node-llama-cpp';
import {
  type Context,
  LlamaSession,
  type NativeContext,
  type NativeSampler,
  PromptTooLong,
  type Vocabulary,
} from './llama-session.ts';
import { precisionOf } from './precision.ts';
import type {
  FromWorker,
  OpenRequest,
  SessionInfo,
  ToWorker,
  WorkerFailure,
  WorkerRequest,
} from './protocol.ts';

interface Loaded {
  model: LlamaModel;
  uses: number;
}

interface Open {
  session: LlamaSession;
  context: LlamaContext;
  loaded: Loaded;
}

class Aborted extends Error {}

/** Tokens evaluated at once while a prompt is read: llama.cpp's own default. */
const BATCH = 512;
/** Up to this context a sliding-window model keeps every cell, so that the beginning of a prompt can be used again. */
const WHOLE_CACHE_UP_TO = 4096;
const ALIVE_EVERY_MS = 1000;

const models = new Map<string, Loaded>();
const sessions = new Map<number, Open>();
/** Requests that have no answer yet, and whether each was aborted. */
const asked = new Map<number, { aborted: boolean }>();
const recentErrors: string[] = [];
let nextSession = 1;
let llama: Promise<Llama> | undefined;

function library(): Promise<Llama> {
  llama ??= getLlama({
    gpu: process.env.FORETHOUGHT_GPU === 'auto' ? 'auto' : false,
    build: 'never',
    skipDownload: true,
    progressLogs: false,
    logLevel: LlamaLogLevel.warn,
    logger: (level, message) => {
      const line = message.trim();
      if (line === '') return;
      // Synchronously: an abort right after must not lose the reason.
      writeSync(2, `${level}: ${line}\n`);
      if (level === LlamaLogLevel.error || level === LlamaLogLevel.fatal) recentErrors.push(line);
    },
  });
  return llama;
}

async function open(request: OpenRequest): Promise<SessionInfo> {
  const lib = await library();
  const loaded = await load(lib, request.modelPath);
  loaded.uses += 1;
  try {
    const { model } = loaded;
    const contextLength = Math.max(
      8,
      Math.min(request.contextLength, model.trainContextSize || request.contextLength),
    );
    const context = await model.createContext({
      contextSize: contextLength,
      batchSize: Math.min(BATCH, contextLength),
      sequences: 1,
      threads: request.threads,
      ...precisionOf(request.modelPath, request.exact),
      swaFullCache: contextLength <= WHOLE_CACHE_UP_TO,
      failedCreationRemedy: false,
      ...(request.adapters.length > 0 && {
        lora: { adapters: request.adapters.map(({ path, scale }) => ({ filePath: path, scale })) },
      }),
    });
    const session = new LlamaSession(nativeContext(lib, model, context, contextLength), vocabulary(model));
    const id = nextSession++;
    sessions.set(id, { session, context, loaded });
    return {
      session: id,
      architecture: String(model.fileInfo.metadata.general.architecture),
      vocabularySize: model.fileInfo.metadata.tokenizer.ggml.tokens.length,
      trainContextLength: model.trainContextSize,
      contextLength,
      bos: model.tokens.bos,
      addsBos: model.tokens.shouldPrependBosToken,
      threads: request.threads,
    };
  } catch (error) {
    loaded.uses -= 1;
    throw error;
  }
}

/** Keeps a model that no session uses until another one is asked for: base and adapter of a pair share it. */
async function load(lib: Llama, modelPath: string): Promise<Loaded> {
  // A file that was fetched again to the same place is another model.
  const { size, mtimeMs } = statSync(modelPath);
  const key = `${modelPath}\0${size}\0${mtimeMs}`;
  const known = models.get(key);
  if (known) return known;
  for (const [otherKey, other] of models)
    if (other.uses === 0) {
      models.delete(otherKey);
      await other.model.dispose();
    }
  const loaded = {
    model: await lib.loadModel({ modelPath, gpuLayers: lib.gpu === false ? 0 : 'auto' }),
    uses: 0,
  };
  models.set(key, loaded);
  return loaded;
}

function vocabulary(model: LlamaModel): Vocabulary {
  return {
    bos: model.tokens.bos,
    addsBos: model.tokens.shouldPrependBosToken,
    tokenize: (text, special) => [...model.tokenize(text, special)],
    detokenize: (ids, before) => model.detokenize([...ids] as never, true, [...before] as never),
    isEnd: (token) => model.isEogToken(token as never),
  };
}

/** The library's public objects hide these; the version is pinned exactly, and a missing one is noticed here. */
function nativeContext(lib: Llama, model: LlamaModel, context: LlamaContext, contextLength: number): Context {
  const native = (context as unknown as { _ctx?: NativeContext })._ctx;
  const handle = (model as unknown as { _model?: object })._model;
  const Sampler = (lib as unknown as { _bindings?: { AddonSampler?: new (model: object) => NativeSampler } })
    ._bindings?.AddonSampler;
  if (!native || !handle || !Sampler)
    throw new Error(
      'This version of node-llama-cpp has other insides than the one that was tested (3.22.1).',
    );
  // One thread runs all native work of this process (worker-host.ts sets it), so it runs in order.
  const inOrder = process.env.UV_THREADPOOL_SIZE === '1';
  return { native, contextLength, batchSize: context.batchSize, inOrder, sampler: () => new Sampler(handle) };
}

async function handle(id: number, request: WorkerRequest): Promise<unknown> {
  if (request.op === 'open') return open(request);
  const found = sessions.get(request.session);
  if (!found) throw new Error(`There is no session ${request.session} in this process.`);
  let toldAt = performance.now();
  const progress = {
    check: () => {
      if (asked.get(id)?.aborted) throw new Aborted();
    },
    alive: () => {
      if (performance.now() - toldAt < ALIVE_EVERY_MS) return;
      toldAt = performance.now();
      send({ id, alive: true });
    },
  };
  switch (request.op) {
    case 'encode':
      return found.session.encode(request.text, request.bos);
    case 'generate':
      return found.session.generate(request, progress);
    case 'logits':
      return found.session.logits(request.ids, request.top, progress);
    case 'close':
      sessions.delete(request.session);
      await found.context.dispose();
      found.loaded.uses -= 1;
      return null;
  }
}

async function failureOf(error: unknown, request: WorkerRequest): Promise<WorkerFailure> {
  if (error instanceof Aborted) return { kind: 'cancelled', message: 'The request was stopped.', detail: {} };
  if (error instanceof PromptTooLong)
    return { kind: 'bad-input', message: error.message, detail: { needed: error.needed } };
  await new Promise((resolve) => setTimeout(resolve, 20)); // llama.cpp's log lines come by another thread
  const said = recentErrors.splice(0).slice(-4);
  const message = error instanceof Error ? error.message : String(error);
  return {
    kind: request.op === 'open' ? 'damaged' : 'internal',
    message: said.length > 0 ? `${message} (${said.join('; ')})` : message,
    detail: { log: said },
  };
}

function send(message: FromWorker): void {
  if (process.connected) process.send?.(message, () => {});
}

let queue: Promise<void> = Promise.resolve();
process.on('message', (message: ToWorker) => {
  if ('abort' in message) {
    const waiting = asked.get(message.abort);
    if (waiting) waiting.aborted = true; // else its answer is on the way already
    return;
  }
  const { id, request } = message;
  asked.set(id, { aborted: false });
  queue = queue.then(async () => {
    try {
      if (asked.get(id)?.aborted) throw new Aborted();
      recentErrors.length = 0;
      const value = await handle(id, request);
      send({ id, value });
    } catch (error) {
      send({ id, failure: await failureOf(error, request) });
    } finally {
      asked.delete(id);
    }
  });
});
// The core is gone: so is the reason for this process, whatever a native call is doing.
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
