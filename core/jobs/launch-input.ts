// What a person, or another feature, says to have a run made. The contract's input of `launch` is the part of it that a person can say.
import type { PresetFile } from './presets.ts';

export interface LaunchInput {
  /** Id of a preset, or one given whole. */
  preset?: string | PresetFile | undefined;
  /** A base, or an adapter to train upon: its base with it and all that it was trained on merged into it. */
  baseId?: string | undefined;
  /** An adapter whose training goes on, in place of a new one. */
  startAdapterId?: string | undefined;
  /** Sources in place of the preset's: ids, or data set and split, each with `=count` or without: tiny-tasks:train=500. */
  sources?: readonly string[] | undefined;
  /** What sft and dpo learn from: a JSONL file, or the id of a run whose traces are home. */
  data?: string | undefined;
  /** Reward suite; the preset's without one. */
  suite?: string | undefined;
  template?: string | undefined;
  seed: number;
  name?: string | undefined;
  steps?: number | undefined;
  learningRate?: number | undefined;
  /** Settings in place of the preset's, as a document says them: what is missing in them is off, or at its default. */
  own?: Record<string, unknown> | undefined;
  /** Laid over those, or over the preset's: objects field by field, everything else as a whole. */
  settings?: Record<string, unknown> | undefined;
  /** Train on so many rows only. */
  rows?: number | undefined;
  /** Id made by the caller (a UUID v7): the same id a second time starts nothing and returns the run that is there. */
  id?: string | undefined;
}
