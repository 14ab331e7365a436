// Evaluations over rows in memory and a model that answers by rule, for tests: no file is loaded unless a test brings its own inference.
import { join } from 'node:path';
import { createActivities } from '../../../core/catalog/activities.ts';
import { openCatalog } from '../../../core/catalog/catalog.ts';
import { createChanges } from '../../../core/catalog/changes.ts';
import { sql } from '../../../core/catalog/sql.ts';
import { CoreError } from '../../../core/contract/errors.ts';
import type { Row } from '../../../core/contract/row.ts';
import type { EvalInference, EvalMeasured, EvalModel, EvalsDeps } from '../../../core/evals/deps.ts';
import { createEvals } from '../../../core/evals/evals.ts';
import { findPromptTemplate } from '../../../core/rewards/prompt-template.ts';
import { compileSuite } from '../../../core/rewards/suite.ts';
import { findSuite } from '../../../core/rewards/suites/shipped.ts';
import { tempFolder } from '../../fixtures/temp-folder.ts';

export const context = { signal: undefined };

export function numberRow(index: number, domain = 'math'): Row {
  return {
    id: `sums:main:test:${index}`,
    question: `What is ${index} + ${index}?`,
    answer: String(2 * index),
    answerRaw: `#### ${2 * index}`,
    domain,
    choices: null,
    context: null,
    answerType: 'number',
    verifier: null,
    source: { dataset: 'sums', config: 'main', split: 'test', revision: null, index, licence: null },
    choicePermutation: null,
    flags: [],
    hash: `hash-${index}`,
  };
}

/** A completion in the strict four-step form. */
export const strict = (answer: string): string => `<reasoning>
Analysis & Strategy:
The question asks for a sum, so the two numbers have to be added.
Step-by-Step Execution:
Adding the numbers one after the other gives the total, ${answer}.
Verification & Self-Correction:
Taking one of them away again leaves the other, as it should be.
Final Synthesis:
The total of both numbers therefore is exactly ${answer}.
</reasoning>
<answer>
${answer}
</answer>`;

export interface FakeModel {
  /** What the model says to the n-th prompt (from 0); may throw, and may wait. */
  answer(prompt: string, n: number): string | Promise<string>;
  contextLength?: number;
  template?: string;
}

/** Counts what was opened and asked; a prompt longer than the context is refused as the real one does it. */
export function fakeInference(model: FakeModel) {
  const seen = { opened: [] as number[], prompts: [] as string[], closed: 0 };
  const inference: EvalInference = {
    open: async ({ contextLength }) => {
      seen.opened.push(contextLength);
      return {
        info: { contextLength },
        generate: async ({ prompt, maxTokens }, signal) => {
          if (prompt.length + 1 > contextLength)
            throw new CoreError('bad-input', 'too long', { needed: prompt.length + 1 });
          seen.prompts.push(prompt);
          const text = await model.answer(prompt, seen.prompts.length - 1);
          if (signal?.aborted) throw signal.reason;
          return {
            text,
            tokens: Math.min(maxTokens, text.length),
            truncated: text.length > maxTokens,
            ms: 10,
          };
        },
        close: async () => {
          seen.closed += 1;
        },
      };
    },
  };
  return { inference, seen };
}

export interface EvalLabOptions {
  inference: EvalInference;
  rows?: Row[];
  model?: Partial<EvalModel>;
  folder?: string;
  suiteHash?: string;
  /** Told what every answer is scored with. */
  onScore?: (measured: EvalMeasured) => void;
}

export function openEvalLab(options: EvalLabOptions) {
  const folder = options.folder ?? tempFolder();
  const catalog = openCatalog(join(folder, 'catalog.db'));
  const changes = createChanges();
  const activities = createActivities(changes);
  const rows = options.rows ?? Array.from({ length: 8 }, (_, i) => numberRow(i + 1));
  const byId = new Map(rows.map((row) => [row.id, row]));
  const model: EvalModel = {
    modelId: 'base',
    name: 'Base',
    ggufPath: '/nowhere.gguf',
    ggufSha256: '00'.repeat(32),
    stopTokens: [1],
    template: 'tiny-plain@1',
    family: 'gemma',
    contextLength: 2048,
    adapters: [],
    ...options.model,
  };
  catalog.run(sql`INSERT OR IGNORE INTO models (id, kind, name, architecture, bytes, identity, state, template, gguf, files, created_at)
    VALUES (${model.modelId}, 'base', ${model.name}, 'gemma2', 1, 'x', 'ready', ${model.template}, '', '[]', 1)`);
  const scorer = compileSuite(findSuite('think-first'));
  const deps: EvalsDeps = {
    catalog,
    changes,
    activities,
    now: Date.now,
    inference: options.inference,
    threads: () => 1,
    loadable: () => model,
    resolveSource: (text) => ({ id: `source of ${text}`, dataset: 'sums', split: 'test' }),
    rowIds: async (_, { limit, seed }) => {
      const ids = rows.map((row) => row.id);
      return [...ids.slice(seed % ids.length), ...ids.slice(0, seed % ids.length)].slice(0, limit);
    },
    rowById: (id) => {
      const row = byId.get(id);
      if (!row) throw new CoreError('not-found', `There is no row "${id}".`);
      return row;
    },
    scorer: async () => ({
      name: 'think-first@2',
      hash: options.suiteHash ?? 'suite-hash',
      score(row, completion, measured) {
        options.onScore?.(measured);
        return scorer.score(row, completion, measured);
      },
    }),
    template: findPromptTemplate,
  };
  const evals = createEvals(deps);
  return {
    folder,
    catalog,
    activities,
    evals,
    rows,
    rowById: deps.rowById,
    close: async () => {
      await evals.close();
      catalog.close();
    },
  };
}

export const start = {
  modelId: 'base',
  sourceId: 'sums:test',
  suite: 'think-first',
  maxTokens: 1000,
  temperature: 0,
  seed: 0,
};
