// What travels between the core and its inference process. Read by worker.ts (child) and worker-host.ts (core).

export interface AdapterFile {
  /** Path of a GGUF LoRA. llama.cpp caches adapters by path: the path must name the content. */
  path: string;
  scale: number;
}

export interface OpenRequest {
  op: 'open';
  modelPath: string;
  /** Order matters (by about 1e-3 in logits): it is part of what a run stores. */
  adapters: AdapterFile[];
  /** Nothing is rounded on the way, whatever the size of the model: for numbers that are compared, not for speed. */
  exact: boolean;
  contextLength: number;
  threads: number;
}

export interface SessionInfo {
  session: number;
  architecture: string;
  vocabularySize: number;
  /** What the model was trained for, in tokens. */
  trainContextLength: number;
  /** What this session holds, in tokens: prompt and completion together. */
  contextLength: number;
  bos: number | null;
  /** Whether prompts of this model begin with BOS. */
  addsBos: boolean;
  threads: number;
}

export interface GenerateRequest {
  op: 'generate';
  session: number;
  prompt: string;
  maxTokens: number;
  /** 0 is greedy; above, the model's own distribution over the whole vocabulary at that temperature. */
  temperature: number;
  seed: number;
  /** Beside the model's own end tokens, which always stop. */
  stopTokens: number[];
  /** Texts that end the completion; they are not part of it. */
  stopTexts: string[];
}

export interface Generated {
  text: string;
  /** Generated tokens without the stop token. */
  tokens: number;
  /** True when the token limit or the end of the context cut it. */
  truncated: boolean;
  ids: number[];
  promptTokens: number;
  /** Prompt tokens that were still in the cache from the request before. */
  reusedTokens: number;
  /** Until the first token was known, in milliseconds. */
  promptMs: number;
  /** All of it, in milliseconds. */
  ms: number;
}

export type WorkerRequest =
  | OpenRequest
  | { op: 'encode'; session: number; text: string; bos: boolean }
  | GenerateRequest
  | { op: 'logits'; session: number; ids: number[]; top: number | null }
  | { op: 'close'; session: number };

export interface Logits {
  /** Token ids, highest logit first; all of them, or as many as asked for. */
  ids: Int32Array;
  logits: Float32Array;
}

export type ToWorker = { id: number; request: WorkerRequest } | { abort: number };

/** `kind` tells the core which error to throw; the message is a sentence already. */
export interface WorkerFailure {
  kind: 'damaged' | 'bad-input' | 'cancelled' | 'internal';
  message: string;
  detail: Record<string, unknown>;
}

export type FromWorker =
  | { id: number; value: unknown }
  | { id: number; failure: WorkerFailure }
  /** Sent while a long request makes headway; the core's stall timer starts anew. */
  | { id: number; alive: true };
