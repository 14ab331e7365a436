// Base models and adapters: the registry, arrivals, and what the other features may know of a model. Served by create-core.
import { sql } from '../catalog/sql.ts';
import { CoreError } from '../contract/errors.ts';
import type { Handlers } from '../contract/handlers.ts';
import { modelsNamed } from '../contract/model-name.ts';
import { addBase } from './add-base.ts';
import { WEIGHTS } from './arrival-checks.ts';
import { type Arrived, arrive, recheck } from './arrive.ts';
import { type Chain, resolveParent } from './chain.ts';
import type { ModelsDeps } from './deps.ts';
import { blobOf } from './export-files.ts';
import { exportModel } from './export-model.ts';
import { type Geometry, geometryOf } from './geometry.ts';
import { readGgufHeader } from './gguf-header.ts';
import { type NeededLora, neededLora } from './going-on.ts';
import { importAdapter } from './import-adapter.ts';
import { manifestSha256 } from './manifest.ts';
import {
  type Family,
  factsOf,
  findModels,
  manifestOf,
  modelById,
  modelDetail,
  type StoredModel,
  saveModel,
  shownModel,
} from './model-rows.ts';
import { adapterFolder, trainingFiles } from './training-folder.ts';
import { updateNorms } from './update-norms.ts';

export interface Base {
  modelId: string;
  name: string;
  /** What a trainer reads: the folder with config.json, safetensors and tokenizer, or the GGUF; null when it can only answer. */
  path: string | null;
  /** Of what lies there. */
  identity: string;
  /** What lies in it before training begins, from the base up, as a job's spec names it. */
  adapters: { name: string; path: string; manifestSha256: string }[];
  ggufPath: string;
  stopTokens: number[];
  /** Prompt template to use with it first. */
  template: string;
  /** How its turns are marked, whatever the template says. */
  family: Family;
  contextLength: number;
}

/** An adapter that training goes on from; `sha256` is that of its weights. */
export interface Start {
  name: string;
  path: string;
  sha256: string;
}

/** What inference needs of a model and an adapter on it. */
export interface Loadable extends Omit<Base, 'path' | 'identity' | 'adapters'> {
  ggufSha256: string;
  /** In the order in which they are stacked; the last one is what was asked for, the others are what it was trained on. */
  adapters: { id: string; name: string; path: string; sha256: string }[];
}

export interface ModelsExtras {
  /**
   * Takes an adapter folder in and checks it. What a check refuses is in the registry too, with its reason. Throws `damaged`
   * when the manifest cannot be read, or is not the one that the run announced.
   */
  arrive(from: { folder: string; jobId: string | null; manifestSha256?: string }): Promise<Arrived>;
  /** What a run begins with: a base; or for an adapter its base, with it and all that it was trained on in it. Throws `not-found`, `conflict`. */
  base(id: string): Promise<Base>;
  /**
   * What a run begins with that goes on from an adapter: what that one was trained on, and itself as a job's spec names it. Throws
   * `not-found`, `conflict`, `damaged`.
   */
  start(id: string): Promise<{ base: Base; start: Start; lora: NeededLora }>;
  /**
   * Id of what a text names: a base or an adapter by its id, or the base whose id begins with it: `gemma-2-2b-it`. Throws `not-found`,
   * or `bad-input` for several.
   */
  resolveBase(text: string): string;
  /** The base in numbers. Throws as `base` does, or `damaged`. */
  geometry(id: string): Promise<Geometry>;
  /** Throws `not-found`, or `conflict` when the adapter is not ready or belongs to another base. */
  loadable(modelId: string, adapterId: string | null): Loadable;
}

export function createModels(deps: ModelsDeps): Handlers['models'] & ModelsExtras {
  const detail = (id: string) => modelDetail(deps.catalog, modelById(deps.catalog, id));
  const ready = (kind: StoredModel['kind'], id: string): StoredModel => {
    const model = modelById(deps.catalog, id);
    if (model.kind !== kind)
      throw new CoreError(
        'conflict',
        kind === 'base'
          ? `"${model.name}" is an adapter, not a base model. Name its base${model.parent_id === null ? '' : `, ${model.parent_id},`} as the model, and this as the adapter.`
          : `"${model.name}" is a base model, not an adapter.`,
        { id },
      );
    if (model.state !== 'ready')
      throw new CoreError(
        'conflict',
        `"${model.name}" is ${model.state}${model.reason ? `: ${model.reason}` : ''}`,
        { id },
      );
    return model;
  };
  /** What an adapter was trained on. Throws `conflict` when one of them cannot be used. */
  const below = (adapter: StoredModel): Chain => {
    const under = resolveParent(deps.catalog, manifestOf(adapter).parent);
    if (typeof under !== 'string') return under;
    throw new CoreError('conflict', `"${adapter.name}" cannot be used: ${under}`, { id: adapter.id });
  };
  const stackUpTo = (adapter: StoredModel) => [...below(adapter).stack, adapter];
  const describe = (model: StoredModel) => ({
    modelId: model.id,
    name: model.name,
    ggufPath: deps.blobs.path(model.gguf),
    ...factsOf(model),
    template: model.template,
    contextLength: model.context_length ?? 0,
  });

  /** A nicety beside the checks: its failure goes to the log and leaves the adapter ready. */
  const measureUpdate = async (id: string): Promise<void> => {
    const adapter = modelById(deps.catalog, id);
    if (adapter.state !== 'ready' || adapter.parent_id === null || adapter.update_norms !== null) return;
    const norms = await updateNorms(deps, adapter, modelById(deps.catalog, adapter.parent_id));
    if (norms === null) return;
    saveModel(deps.catalog, { ...modelById(deps.catalog, id), update_norms: JSON.stringify(norms) });
    deps.changes.announce('models');
  };
  /** A base with adapters in it, the last of which was trained on exactly the others, and the first on `identity`. */
  const upon = async (base: StoredModel, stack: readonly StoredModel[], identity: string): Promise<Base> => {
    const adapters = await Promise.all(
      stack.map(async (adapter) => ({
        name: adapter.name,
        path: await adapterFolder(deps, adapter),
        manifestSha256: manifestSha256(adapter.manifest ?? ''),
      })),
    );
    const files = await trainingFiles(deps, base);
    const path = identity === files.identity ? files.path : deps.blobs.path(base.gguf);
    const name = [base, ...stack].map((each) => each.name).join(' + ');
    return { ...describe(base), name, path, identity, adapters };
  };
  /** Of the very weights that the first of them was trained on. */
  const identityUnder = (first: StoredModel): string => manifestOf(first).parent.sha256;
  const resolveBase = (text: string): string => {
    const named = modelsNamed(findModels(deps.catalog, sql`TRUE`), text);
    if (named.length > 1)
      throw new CoreError(
        'bad-input',
        `"${text}" fits ${named.length} bases. Name one of: ${named.map(({ id }) => id).join(', ')}.`,
      );
    return named[0]?.id ?? modelById(deps.catalog, text).id;
  };
  const arriving = new Map<string, Promise<Arrived>>();
  /** One at a time per key: a second caller gets the first one's result. */
  const once = (key: string, work: () => Promise<Arrived>): Promise<Arrived> => {
    const known = arriving.get(key);
    if (known) return known;
    const made = work()
      .then(async (arrived) => {
        await measureUpdate(arrived.modelId).catch((error: unknown) => deps.log?.(error));
        return arrived;
      })
      .finally(() => arriving.delete(key));
    arriving.set(key, made);
    return made;
  };

  return {
    list: () => findModels(deps.catalog, sql`TRUE`).map(shownModel),
    get: (input) => detail(input.id),
    add: async (input) => shownModel(await addBase(deps, input)),
    import: async (input) => {
      const base = input.baseId === undefined ? null : ready('base', resolveBase(input.baseId));
      const { modelId, known } = await once(input.path, () => importAdapter(deps, { ...input, base }));
      return { known, ...detail(modelId) };
    },
    recheck: async (input) => {
      await once(input.id, () => recheck(deps, input.id));
      return detail(input.id);
    },
    export: async ({ id, ...how }) => {
      const adapter = ready('adapter', id);
      return exportModel(deps, { ...how, adapter, under: below(adapter) });
    },
    arrive: (from) => once(from.folder, () => arrive(deps, from)),
    base: async (id) => {
      const model = modelById(deps.catalog, id);
      if (model.kind === 'base') {
        return { ...describe(model), ...(await trainingFiles(deps, ready('base', id))), adapters: [] };
      }
      const { base, stack } = below(ready('adapter', id));
      return upon(base, [...stack, model], identityUnder(stack[0] ?? model));
    },
    start: async (id) => {
      const adapter = ready('adapter', id);
      const { base, stack } = below(adapter);
      const weights = {
        path: blobOf(deps, adapter, WEIGHTS),
        rank: adapter.rank ?? 0,
        alpha: adapter.alpha ?? 0,
      };
      return {
        base: await upon(base, stack, identityUnder(stack[0] ?? adapter)),
        start: { name: adapter.name, path: await adapterFolder(deps, adapter), sha256: adapter.identity },
        lora: await neededLora(weights),
      };
    },
    resolveBase,
    geometry: async (id) => geometryOf(await readGgufHeader(deps.blobs.path(ready('base', id).gguf))),
    loadable: (modelId, adapterId) => {
      const model = ready('base', modelId);
      const adapters = adapterId === null ? [] : stackUpTo(ready('adapter', adapterId));
      if (adapters.some((adapter) => adapter.parent_id !== model.id))
        throw new CoreError(
          'conflict',
          `"${adapters.at(-1)?.name}" was trained on another base than "${model.name}": it would load and be wrong without a word.`,
          { modelId, adapterId },
        );
      return {
        ...describe(model),
        ggufSha256: model.gguf,
        adapters: adapters.map(({ id, name, gguf }) => ({
          id,
          name,
          path: deps.blobs.path(gguf),
          sha256: gguf,
        })),
      };
    },
  };
}
