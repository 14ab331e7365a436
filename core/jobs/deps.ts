// What the runs need from the rest of the core, as arguments of createJobs. create-core.ts gives them.
import type { z } from 'zod';
import type { Blobs } from '../blobs/blobs.ts';
import type { Catalog } from '../catalog/catalog.ts';
import type { Changes } from '../catalog/changes.ts';
import type { LoraSettings, Platform } from '../contract/job-blocks.ts';
import type { Proportion } from '../contract/procedure.ts';
import type { PromptTemplate, Suite } from '../contract/reward.ts';
import type { RowKind } from '../rewards/suite.ts';

/** A machine as a run sees it; all paths are absolute paths on that machine. See core/hosts/host.ts for the promises. */
export interface RunHost {
  readonly id: string;
  path(...parts: string[]): string;
  exists(path: string): Promise<boolean>;
  read(path: string, offset: number, maxBytes: number): Promise<{ bytes: Buffer; size: number } | null>;
  readText(path: string): Promise<string | null>;
  write(path: string, content: string | Uint8Array): Promise<void>;
  putFile(from: string, path: string): Promise<void>;
  makeFolder(path: string): Promise<boolean>;
  rename(from: string, to: string): Promise<void>;
  remove(path: string): Promise<void>;
  run(
    argv: readonly string[],
    options: { timeoutMs: number },
  ): Promise<{ code: number | null; stdout: string; stderr: string; timedOut: boolean }>;
  isAlive(identity: { bootId: string; pid: number; startTime: string }): Promise<boolean>;
}

export type RunTrainer =
  /** `lockSha256` names the lock file that its packages were installed from; null when nobody knows. */
  | { ready: true; python: string; version: string; lockSha256: string | null }
  | { ready: false; detail: string; fix: string };

export interface RunHosts {
  /**
   * What JAX computes on there, how many devices it finds of it without being told to play more, and the memory that a run can have; null when
   * nobody knows.
   */
  facts(id: string): { platform: Platform; devices: number; memoryBytes: number | null };
  host(id: string): RunHost | undefined;
  trainer(id: string): Promise<RunTrainer>;
  compileCacheFolder: string;
}

export interface RunBase {
  modelId: string;
  name: string;
  /** Folder with config.json, safetensors and tokenizer, or a GGUF; null when the model can only answer, not be trained. */
  path: string | null;
  /** SHA-256 of what lies there, as the trainer knows it. */
  identity: string;
  /** What lies in it before training begins, from the base up. */
  adapters: { name: string; path: string; manifestSha256: string }[];
}

/** An adapter that training goes on from: what it was trained on, itself as a spec names it, and the LoRA that it fits into. */
export interface RunStart {
  base: RunBase;
  start: { name: string; path: string; sha256: string };
  lora: z.infer<typeof LoraSettings>;
}

/** A base in numbers; see core/models/geometry.ts. */
export interface RunGeometry {
  architecture: string;
  parameters: number;
  layers: number;
  width: number;
  vocabulary: number;
  context: number;
  kvHeads: number;
  window: number | null;
  projections: Readonly<Record<string, readonly (readonly [outputs: number, inputs: number])[]>>;
}

/** A file of texts on this machine, with the name that a person knows it by. */
export interface TextFile {
  path: string;
  name: string;
}

/** Tokens as the base reads them; to be closed. */
export interface TokenCounter {
  /** With BOS. */
  count(text: string): Promise<number>;
  close(): Promise<void>;
}

/** Which of some lines are kept. */
export type Keep = (lines: readonly { prompt: string; texts: readonly string[] }[]) => Promise<boolean[]>;

export interface FrozenRows {
  sha256: string;
  count: number;
  /** Rows of each data set, by the name that the rows say. */
  datasets: Record<string, number>;
}

export interface Aside {
  rows: number;
  part: 'aside' | 'rest';
}

export interface RunSuite {
  name: string;
  version: number;
  hash: string;
  max: number;
  min: number;
  suite: Suite;
  /** Whether rows of a kind earn by their form alone, while the suite judges others. */
  onlyForm(kind: RowKind): boolean;
}

export interface ArrivingArtifact {
  jobId: string;
  /** The folder of the artifact on this machine. */
  folder: string;
  name: string;
  manifestSha256: string;
}

export interface ArrivedAdapter {
  modelId: string;
  state: 'ready' | 'refused';
  /** Which check it failed and how. */
  reason: string | null;
}

export interface RunSource {
  id: string;
  dataset: string;
  split: string;
  /** Why it must not be trained on, or null. */
  locked: string | null;
  rowCount: number;
}

export interface JobsDeps {
  catalog: Catalog;
  blobs: Blobs;
  changes: Changes;
  now: () => number;
  hosts: RunHosts;
  labFolder: string;
  /** The program's own resources/: trainer and presets. */
  resourcesFolder: string;
  /** The commands that bring in what comes with the program and is not in the lab; null for what does not come with it. */
  shipped: {
    base(id: string): string | null;
    /** By `dataset:split`. */
    source(text: string): string | null;
  };
  /** A source by id or by `dataset:split`. Throws `not-found`, or `bad-input` when several fit. */
  resolveSource(text: string): RunSource;
  /** Writes rows of sources as JSONL of {row, prompt} into the blobs; `limit` takes the first rows of a seeded order. */
  freeze(what: {
    sourceIds: readonly string[];
    template: string;
    purpose: 'train' | 'examine';
    limit?: number | undefined;
    aside?: Aside | undefined;
    keep?: Keep | undefined;
  }): Promise<FrozenRows>;
  /** The same of a file of texts to learn from. */
  freezeTexts(what: {
    file: TextFile;
    kind: 'completions' | 'pairs';
    template: string;
    aside?: Aside | undefined;
    keep?: Keep | undefined;
  }): Promise<FrozenRows>;
  /** Lines by data set; throws as `freezeTexts` does. */
  countTexts(file: TextFile, kind: 'completions' | 'pairs'): Promise<Record<string, number>>;
  /** How many rows of one source are in the others too, by content. */
  sharedRows(sourceId: string, others: readonly string[]): number;
  /** The kinds of rows of a source, and how many there are of each. */
  rowKinds(sourceId: string): readonly (RowKind & { rows: number })[];
  /** Throws for a base that cannot be loaded. */
  tokenCounter(baseId: string): Promise<TokenCounter>;
  /** Tokens of prompts of the sources as the base reads them, of at most a few thousand; null where the base cannot be asked. */
  promptLengths(baseId: string, sourceIds: readonly string[], template: string): Promise<number[] | null>;
  /** Id of the base, or of the adapter to train upon, that a text names. Throws `not-found`, or `bad-input` when several fit. */
  resolveBase(text: string): string;
  /** A base; or an adapter's, with it and all that it was trained on in it. Throws `not-found` for an unknown model. */
  base(id: string): RunBase | Promise<RunBase>;
  /** Throws `not-found` for an unknown adapter, `conflict` for one that is not ready. */
  start(id: string): RunStart | Promise<RunStart>;
  geometry(id: string): RunGeometry | Promise<RunGeometry>;
  /** Throws `not-found` for an unknown suite. */
  suite(name: string): RunSuite | Promise<RunSuite>;
  /** Throws `not-found` for an unknown template. */
  template(id: string): PromptTemplate;
  /** A share of right answers with its interval. */
  proportion(count: number, n: number): Proportion;
  /** Program and arguments of the reward server; throws `unavailable` where its bundle is not built. */
  rewardServerCommand(): string[];
  /** Takes an adapter home, checks it, stores it; what the checks find wrong is `refused`. Rejects while it could not be taken in. */
  onArtifact(artifact: ArrivingArtifact): Promise<ArrivedAdapter>;
  timing?: Partial<Timing>;
}

/** Milliseconds. Tests shorten them; nothing else should. */
export interface Timing {
  /** Between two looks at a running job's folder. */
  poll: number;
  /** A process gone for so long without a word in exit.json makes a run LOST. */
  lostAfter: number;
  /** Pauses before bringing the adapter home is tried again; after the last one the run has failed. */
  arrivalRetries: readonly number[];
}

export const defaultTiming: Timing = {
  poll: 500,
  lostAfter: 10_000,
  arrivalRetries: [2_000, 5_000, 15_000, 30_000, 60_000],
};
