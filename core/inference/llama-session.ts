// One model (with its adapters) in one context: prompt in, tokens out. Runs inside the inference process; worker.ts makes it.
// It drives llama.cpp's batch calls itself: the library's own token generator adds 12-22 % to a token of a 1M-parameter model
// (locks, generators and a timer per token), and with its options every draw at a temperature above 0 sorts the vocabulary.
import { turnMarks } from '../rewards/prompt-template.ts';
import type { Generated, GenerateRequest, Logits } from './protocol.ts';

/** The part of node-llama-cpp's native context that is used here (3.22.1, pinned exactly). */
export interface NativeContext {
  initBatch(size: number): void;
  addToBatch(
    sequence: number,
    firstIndex: number,
    tokens: Uint32Array,
    logitIndexes: Uint32Array,
  ): Uint32Array;
  decodeBatch(): Promise<void>;
  sampleToken(logitIndex: number, sampler: NativeSampler): Promise<number>;
  sampleToken(
    logitIndex: number,
    sampler: NativeSampler,
    probabilities: boolean,
    confidence: boolean,
    logits: boolean | [tokens: number[], max: boolean, min: boolean, selected: boolean, top: number],
  ): Promise<[token: number, probabilities: unknown, confidence: unknown, logits: number[] | undefined]>;
  disposeSequence(sequence: number): void;
  removeTokenCellsFromSequence(sequence: number, start: number, end: number): boolean;
  getSequenceKvCacheMinPosition(sequence: number): number;
}

export interface NativeSampler {
  applyConfig(config: { temperature: number; seed?: number }): void;
  dispose(): void;
}

/** What a session needs of a loaded model. */
export interface Vocabulary {
  readonly bos: number | null;
  readonly addsBos: boolean;
  /** `special` reads the texts of control tokens as those tokens. */
  tokenize(text: string, special: boolean): number[];
  detokenize(ids: readonly number[], before: readonly number[]): string;
  isEnd(token: number): boolean;
}

export interface Context {
  readonly native: NativeContext;
  readonly contextLength: number;
  readonly batchSize: number;
  /** Native calls run one after the other in the order in which they were made, so the next may be made before the last has ended. */
  readonly inOrder: boolean;
  sampler(): NativeSampler;
}

export interface Progress {
  /** Throws when the request was aborted. */
  check(): void;
  alive(): void;
}

/** A prompt that does not fit; `needed` counts prompt and one token. */
export class PromptTooLong extends Error {
  readonly needed: number;
  constructor(needed: number, contextLength: number) {
    super(`The prompt has ${needed - 1} tokens; the context holds ${contextLength} with the answer.`);
    this.needed = needed;
  }
}

/** Splits a text into what is between marks and, at odd places, the marks. */
const TURN_MARK = new RegExp(`(${turnMarks.map((mark) => mark.replaceAll('|', '\\|')).join('|')})`);
/** A common beginning shorter than this is evaluated again: it saves nothing. */
const WORTH_KEEPING = 32;
const SEQUENCE = 0;
/** Tokens looked at when a stop text is searched; stop texts are short. */
const STOP_TEXT_WINDOW = 24;

export class LlamaSession {
  readonly #context: Context;
  readonly #vocabulary: Vocabulary;
  /** Tokens whose keys and values are in the cache. */
  #cached: number[] = [];

  constructor(context: Context, vocabulary: Vocabulary) {
    this.#context = context;
    this.#vocabulary = vocabulary;
  }

  /**
   * Token ids of a text. Only turn marks become control tokens: what a question says stays text, whatever the vocabulary holds.
   * With `bos`, one BOS in front where the model wants it.
   */
  encode(text: string, bos: boolean): number[] {
    const ids = text
      .split(TURN_MARK)
      .flatMap((part, i) => (part === '' ? [] : this.#vocabulary.tokenize(part, i % 2 === 1)));
    const first = this.#vocabulary.bos;
    return bos && this.#vocabulary.addsBos && first !== null ? [first, ...ids] : ids;
  }

  async generate(request: GenerateRequest, progress: Progress): Promise<Generated> {
    const startedAt = performance.now();
    const prompt = this.encode(request.prompt, true);
    if (prompt.length + 1 > this.#context.contextLength)
      throw new PromptTooLong(prompt.length + 1, this.#context.contextLength);
    const sampler = this.#context.sampler();
    try {
      sampler.applyConfig(
        request.temperature > 0
          ? { temperature: request.temperature, seed: request.seed }
          : { temperature: 0 },
      );
      const reusedTokens = this.#keepCommonStart(prompt);
      const draw = (logitIndex: number) => this.#context.native.sampleToken(logitIndex, sampler);
      let token = await this.#evaluate(prompt.slice(reusedTokens), progress, draw);
      const promptMs = performance.now() - startedAt;
      const stop = this.#stopRule(request, prompt);
      const ids: number[] = [];
      let truncated = true;
      let text: string | null = null;
      for (;;) {
        if (token < 0) throw new Error('llama.cpp drew no token: the logits of this model are not finite.');
        if (stop.token(token)) {
          truncated = false;
          break;
        }
        ids.push(token);
        text = stop.text(ids);
        if (text !== null) {
          truncated = false;
          break;
        }
        if (ids.length >= request.maxTokens || this.#cached.length + 1 >= this.#context.contextLength) break;
        progress.check();
        token = await this.#evaluate([token], progress, draw);
      }
      return {
        text: text ?? this.#vocabulary.detokenize(ids, prompt.slice(-4)),
        tokens: ids.length,
        truncated,
        ids,
        promptTokens: prompt.length,
        reusedTokens,
        promptMs,
        ms: performance.now() - startedAt,
      };
    } finally {
      sampler.dispose();
    }
  }

  /** Raw logits after the last of `ids`, highest first; `top` limits how many come back. */
  async logits(ids: readonly number[], top: number | null, progress: Progress): Promise<Logits> {
    if (ids.length > this.#context.contextLength)
      throw new PromptTooLong(ids.length + 1, this.#context.contextLength);
    this.#keepCommonStart([]);
    const sampler = this.#context.sampler();
    try {
      sampler.applyConfig({ temperature: 0 });
      const wanted: true | [number[], boolean, boolean, boolean, number] =
        top === null ? true : [[], false, false, false, top];
      const [, , , pairs] = await this.#evaluate(ids, progress, (logitIndex) =>
        this.#context.native.sampleToken(logitIndex, sampler, false, false, wanted),
      );
      if (!pairs) throw new Error('llama.cpp gave no logits for this model.');
      return sortedPairs(pairs);
    } finally {
      sampler.dispose();
    }
  }

  #stopRule(request: GenerateRequest, prompt: readonly number[]) {
    const tokens = new Set(request.stopTokens);
    const texts: string[] = [];
    for (const text of request.stopTexts) {
      const ids = this.#vocabulary.tokenize(text, true);
      if (ids.length === 1) tokens.add(ids[0]!);
      else texts.push(text);
    }
    return {
      token: (token: number) => tokens.has(token) || this.#vocabulary.isEnd(token),
      /** The completion up to a stop text, once there is one; else null. */
      text: (ids: readonly number[]): string | null => {
        if (texts.length === 0) return null;
        const tail = this.#vocabulary.detokenize(ids.slice(-STOP_TEXT_WINDOW), []);
        if (!texts.some((text) => tail.includes(text))) return null;
        const whole = this.#vocabulary.detokenize(ids, prompt.slice(-4));
        const ends = texts.map((text) => whole.indexOf(text)).filter((at) => at >= 0);
        return ends.length > 0 ? whole.slice(0, Math.min(...ends)) : null;
      },
    };
  }

  /** Leaves the cached tokens that `prompt` begins with, at most all but its last; says how many. */
  #keepCommonStart(prompt: readonly number[]): number {
    const { native } = this.#context;
    let common = 0;
    while (common < this.#cached.length && this.#cached[common] === prompt[common]) common += 1;
    common = Math.min(common, prompt.length - 1);
    // A sliding-window cache forgets its beginning; then nothing of it can be used again.
    const whole = common >= WORTH_KEEPING && native.getSequenceKvCacheMinPosition(SEQUENCE) === 0;
    if (whole && native.removeTokenCellsFromSequence(SEQUENCE, common, -1)) {
      this.#cached.length = common;
      return common;
    }
    native.disposeSequence(SEQUENCE);
    this.#cached = [];
    return 0;
  }

  /**
   * Puts tokens behind the cached ones, then reads the last one's logits by `read`. The two calls' ways to their thread and back
   * are what a token costs beside llama.cpp: about 0.15 ms, a quarter for a 1M-parameter model, under a hundredth for 135M.
   */
  async #evaluate<T>(
    tokens: readonly number[],
    progress: Progress,
    read: (logitIndex: number) => Promise<T>,
  ): Promise<T> {
    const { native, batchSize, inOrder } = this.#context;
    for (let from = 0; ; from += batchSize) {
      if (from > 0) progress.check();
      const part = Uint32Array.from(tokens.slice(from, from + batchSize));
      const isLast = from + batchSize >= tokens.length;
      const wanted = isLast ? Uint32Array.of(part.length - 1) : new Uint32Array();
      native.initBatch(part.length);
      const [logitIndex] = native.addToBatch(SEQUENCE, this.#cached.length, part, wanted);
      for (const token of part) this.#cached.push(token);
      progress.alive();
      const decoded = native.decodeBatch();
      // Waking threads twice a token is a tenth of the time of a 1M-parameter model.
      if (!isLast || !inOrder) await decoded;
      if (!isLast) continue;
      const [value] = await Promise.all([read(logitIndex!), decoded]);
      return value;
    }
  }
}

function sortedPairs(pairs: readonly number[]): Logits {
  const count = pairs.length / 2;
  const order = Array.from({ length: count }, (_, i) => i);
  order.sort((a, b) => pairs[2 * b + 1]! - pairs[2 * a + 1]!);
  return {
    ids: Int32Array.from(order, (i) => pairs[2 * i]!),
    logits: Float32Array.from(order, (i) => pairs[2 * i + 1]!),
  };
}
