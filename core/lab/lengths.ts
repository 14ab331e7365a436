// How long texts are to a base, in tokens: its own tokenizer reads them in llama.cpp. Made by create-core for the runs; answers about prompts are
// kept, because a form asks again with every key.
import { CoreError } from '../contract/errors.ts';

/** Enough to see how long prompts get; the trainer looks at every one. */
const SAMPLE = 2000;
/** The context that a session needs to tokenize only. */
const CONTEXT = 64;

export interface TokenCounter {
  count(text: string): Promise<number>;
  close(): Promise<void>;
}

export interface LengthsDeps {
  inference: {
    open(what: {
      modelPath: string;
      adapters: readonly [];
      contextLength: number;
      threads: number;
    }): Promise<{ encode(text: string): Promise<number[]>; close(): Promise<void> }>;
  };
  models: { loadable(modelId: string, adapterId: null): { ggufPath: string; ggufSha256: string } };
  datasets: {
    resolveSource(text: string): { id: string; sha256: string; rowCount: number };
    somePrompts(sourceIds: readonly string[], template: string, most: number): Promise<string[]>;
  };
}

export function createLengths({ inference, models, datasets }: LengthsDeps) {
  const known = new Map<string, Promise<number[] | null>>();
  const tokenCounter = async (baseId: string): Promise<TokenCounter> => {
    const { ggufPath: modelPath } = models.loadable(baseId, null);
    const session = await inference.open({ modelPath, adapters: [], contextLength: CONTEXT, threads: 1 });
    return {
      count: async (text) => (await session.encode(text)).length,
      close: () => session.close(),
    };
  };
  const count = async (baseId: string, sourceIds: readonly string[], template: string) => {
    const prompts = await datasets.somePrompts(sourceIds, template, SAMPLE);
    const counter = await tokenCounter(baseId);
    try {
      const lengths: number[] = [];
      for (const prompt of prompts) lengths.push(await counter.count(prompt));
      return lengths;
    } finally {
      await counter.close();
    }
  };
  const promptLengths = async (
    baseId: string,
    sourceIds: readonly string[],
    template: string,
  ): Promise<number[] | null> => {
    const sources = sourceIds.map((id) => datasets.resolveSource(id)).map(({ id, sha256 }) => [id, sha256]);
    const key = JSON.stringify([models.loadable(baseId, null).ggufSha256, sources, template]);
    const found = known.get(key) ?? count(baseId, sourceIds, template);
    known.set(key, found);
    try {
      return await found;
    } catch (error) {
      known.delete(key);
      // A prompt that cannot be made is told when rows are frozen; a base that cannot be loaded tells nothing about lengths.
      if (error instanceof CoreError) return null;
      throw error;
    }
  };
  return { tokenCounter, promptLengths };
}
