// What the registry of models needs from the rest of the core, as arguments of createModels. create-core.ts gives them.
import type { Blobs } from '../blobs/blobs.ts';
import type { Activities } from '../catalog/activities.ts';
import type { Catalog } from '../catalog/catalog.ts';
import type { Changes } from '../catalog/changes.ts';

/** A loaded model, as far as checking one needs it. The inference feature's sessions fit. */
export interface CheckSession {
  readonly info: { readonly vocabularySize: number; readonly contextLength: number };
  encode(text: string): Promise<number[]>;
  logits(ids: readonly number[], top?: number): Promise<{ ids: Int32Array; logits: Float32Array }>;
  generate(request: {
    prompt: string;
    maxTokens: number;
    temperature: number;
    seed: number;
    stopTokens: readonly number[];
  }): Promise<{ ids: number[] }>;
  close(): Promise<void>;
}

export interface CheckInference {
  /** Throws `damaged` for a file that cannot be loaded, even one that kills the process that loads it. */
  open(what: {
    modelPath: string;
    sha256?: string;
    adapters: readonly { path: string; scale: number; sha256?: string }[];
    /** Without rounding on the way, for comparing numbers. */
    exact?: boolean;
    contextLength: number;
    threads: number;
  }): Promise<CheckSession>;
}

export interface ModelsDeps {
  catalog: Catalog;
  blobs: Blobs;
  changes: Changes;
  activities: Activities;
  now: () => number;
  inference: CheckInference;
  /** Where a base's files lie under their own names for the trainer: <lab>/models. */
  folder: string;
  /** Threads for trying a model. */
  threads: () => number;
  /** For what fails beside the point and is not worth an error to a person. */
  log?: (error: unknown) => void;
}
