// What evaluations need from the rest of the core, as arguments of createEvals. create-core.ts gives them.
import type { Activities } from '../catalog/activities.ts';
import type { Catalog } from '../catalog/catalog.ts';
import type { Changes } from '../catalog/changes.ts';
import type { PromptTemplate, ScoreResult } from '../contract/reward.ts';
import type { Row } from '../contract/row.ts';

/** A model, or a model with adapters, as inference loads it. */
export interface EvalModel {
  modelId: string;
  name: string;
  ggufPath: string;
  ggufSha256: string;
  stopTokens: readonly number[];
  /** Prompt template when none is named. */
  template: string;
  /** How its turns are marked. */
  family: PromptTemplate['family'];
  contextLength: number;
  /** In the order in which they are stacked. */
  adapters: readonly { id: string; name: string; path: string; sha256: string }[];
}

export interface EvalSession {
  readonly info: { readonly contextLength: number };
  /** Throws CoreError `bad-input` with `detail.needed` (tokens) for a prompt that does not fit, `detail.crashed` when the process died. */
  generate(
    request: {
      prompt: string;
      maxTokens: number;
      temperature: number;
      seed: number;
      stopTokens: readonly number[];
      stopTexts?: readonly string[];
    },
    signal?: AbortSignal,
  ): Promise<{ text: string; tokens: number; truncated: boolean; ms: number }>;
  close(): Promise<void>;
}

export interface EvalInference {
  open(
    what: {
      modelPath: string;
      sha256?: string;
      adapters: readonly { path: string; scale: number; sha256?: string }[];
      contextLength: number;
      threads: number;
    },
    signal?: AbortSignal,
  ): Promise<EvalSession>;
}

/** What is known of an answer beside its text, as a training run tells it to its rewards. */
export interface EvalMeasured {
  tokens: number;
  truncated: boolean;
  /** Completions of the examples in the prompt; empty for a template without examples. */
  examples: readonly string[];
  /** As the model saw it; null for a row that could not be asked. */
  prompt: string | null;
}

export interface SuiteScorer {
  /** `name@version` */
  name: string;
  hash: string;
  /** Throws when the sandbox fails as a whole, or `signal` aborts. */
  score(
    row: Row,
    completion: string,
    measured: EvalMeasured,
    signal?: AbortSignal,
  ): ScoreResult | Promise<ScoreResult>;
}

export interface EvalsDeps {
  catalog: Catalog;
  changes: Changes;
  activities: Activities;
  now: () => number;
  inference: EvalInference;
  /** Threads for a new evaluation. */
  threads: () => number;
  /** Throws `not-found`, or `conflict` for a model or adapter that is not ready. */
  loadable(modelId: string, adapterId: string | null): EvalModel;
  /** A source by id, or by `dataset:split`. Throws `not-found`, `bad-input`. */
  resolveSource(text: string): { id: string; dataset: string; split: string };
  /** Ids of its rows in the order of a seed. */
  rowIds(sourceId: string, options: { limit?: number | undefined; seed: number }): Promise<string[]>;
  /** Throws `not-found`. */
  rowById(id: string): Row;
  /** Throws `not-found`. */
  scorer(suite: string): Promise<SuiteScorer>;
  /** Throws `not-found`. */
  template(id: string): PromptTemplate;
}
