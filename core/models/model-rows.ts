// Models as rows of the catalog: what is stored, how it is read back into the contract's shapes. Used by the files of this feature only.
import { z } from 'zod';
import type { Catalog } from '../catalog/catalog.ts';
import { type Sql, sql } from '../catalog/sql.ts';
import { notFound } from '../contract/errors.ts';
import { Check, type Model, type ModelDetail } from '../contract/models.ts';
import { PromptTemplate } from '../contract/reward.ts';
import { isTrainable } from './geometry.ts';
import { AdapterManifest, manifestSha256, stackIds } from './manifest.ts';

/** Turns of a model's prompts. */
export type Family = z.infer<typeof PromptTemplate>['family'];

export const ModelFile = z.object({ name: z.string(), sha256: z.string(), bytes: z.number() });
export type ModelFile = z.infer<typeof ModelFile>;

/** Kept in the column `manifest` of a base; an adapter keeps its own manifest there. */
export const BaseFacts = z.object({
  family: PromptTemplate.shape.family,
  /** Tokens that end a completion, explicit for every family. */
  stopTokens: z.array(z.int()),
});
export type BaseFacts = z.infer<typeof BaseFacts>;

export const Norms = z.object({
  backend: z.string(),
  layers: z.array(z.object({ layer: z.int(), target: z.string(), relativeNorm: z.number() })),
});
export type Norms = z.infer<typeof Norms>;

const json = <S extends z.ZodType>(schema: S) =>
  z.string().transform((text): z.infer<S> => schema.parse(JSON.parse(text)));

export const StoredModel = z.object({
  id: z.string(),
  kind: z.enum(['base', 'adapter']),
  name: z.string(),
  architecture: z.string(),
  parameters: z.number().nullable(),
  bytes: z.number(),
  identity: z.string(),
  licence: z.string().nullable(),
  state: z.enum(['arriving', 'ready', 'refused']),
  reason: z.string().nullable(),
  parent_id: z.string().nullable(),
  job_id: z.string().nullable(),
  rank: z.number().nullable(),
  alpha: z.number().nullable(),
  step: z.number().nullable(),
  template: z.string(),
  context_length: z.number().nullable(),
  /**
   * Of a base, relative to the models folder; not null: it has the files that a trainer wants. Of an adapter: where it came from, as long
   * as its files are not in the blobs.
   */
  folder: z.string().nullable(),
  /** SHA-256 of the GGUF blob; empty while there is none. */
  gguf: z.string(),
  files: json(z.array(ModelFile)),
  manifest: z.string().nullable(),
  update_norms: z.string().nullable(),
  created_at: z.number(),
});
export type StoredModel = z.infer<typeof StoredModel>;

export function findModels(catalog: Catalog, where: Sql): StoredModel[] {
  return catalog.all(
    StoredModel,
    sql`SELECT * FROM models WHERE ${where} ORDER BY kind DESC, created_at, id`,
  );
}

/** Throws `not-found`. */
export function modelById(catalog: Catalog, id: string): StoredModel {
  const found = findModels(catalog, sql`id = ${id}`)[0];
  if (!found) throw notFound('model', id, 'models list');
  return found;
}

export function saveModel(catalog: Catalog, m: StoredModel): void {
  catalog.run(sql`INSERT INTO models (id, kind, name, architecture, parameters, bytes, identity, licence, state, reason, parent_id,
      job_id, rank, alpha, step, template, context_length, folder, gguf, files, manifest, update_norms, created_at)
    VALUES (${m.id}, ${m.kind}, ${m.name}, ${m.architecture}, ${m.parameters}, ${m.bytes}, ${m.identity}, ${m.licence},
      ${m.state}, ${m.reason}, ${m.parent_id}, ${m.job_id}, ${m.rank}, ${m.alpha}, ${m.step}, ${m.template},
      ${m.context_length}, ${m.folder}, ${m.gguf}, ${JSON.stringify(m.files)}, ${m.manifest}, ${m.update_norms}, ${m.created_at})
    ON CONFLICT (id) DO UPDATE SET name = excluded.name, architecture = excluded.architecture, parameters = excluded.parameters,
      bytes = excluded.bytes, identity = excluded.identity, licence = excluded.licence, state = excluded.state,
      reason = excluded.reason, parent_id = excluded.parent_id, job_id = excluded.job_id, rank = excluded.rank,
      alpha = excluded.alpha, step = excluded.step, template = excluded.template, context_length = excluded.context_length,
      folder = excluded.folder, gguf = excluded.gguf, files = excluded.files, manifest = excluded.manifest,
      update_norms = excluded.update_norms`);
}

export function factsOf(base: StoredModel): BaseFacts {
  return BaseFacts.parse(JSON.parse(base.manifest ?? 'null'));
}

/** The manifest that an adapter came with. */
export const manifestOf = (adapter: StoredModel): AdapterManifest =>
  AdapterManifest.parse(JSON.parse(adapter.manifest ?? 'null'));

export function shownModel(m: StoredModel): Model {
  return {
    id: m.id,
    kind: m.kind,
    name: m.name,
    architecture: m.architecture,
    parameters: m.parameters,
    bytes: m.bytes,
    identity: m.identity,
    licence: m.licence,
    state: m.state,
    reason: m.reason,
    parentId: m.parent_id,
    stack: m.kind === 'adapter' ? stackIds(manifestOf(m).parent) : [],
    jobId: m.job_id,
    rank: m.rank,
    alpha: m.alpha,
    step: m.step,
    template: m.template,
    contextLength: m.context_length,
    trainable: isTrainable(m.architecture) && m.state === 'ready',
    createdAt: m.created_at,
  };
}

const Named = z.object({ id: z.string(), name: z.string() });
const StoredCheck = z.object({
  name: Check.shape.name,
  title: z.string(),
  ok: z.number().transform((n) => n !== 0),
  detail: z.string(),
  ms: z.number(),
});

/** A model with its checks and with what it came from and what uses it. */
export function modelDetail(catalog: Catalog, m: StoredModel): ModelDetail {
  const named = (query: Sql, feature: string) =>
    catalog.all(Named, query).map(({ id, name }) => ({ feature, id, label: name }));
  const shown = shownModel(m);
  const ownLine = m.kind === 'adapter' ? `adapter ${manifestSha256(m.manifest ?? '')}` : '';
  const startedFrom = m.kind === 'adapter' ? (manifestOf(m).startedFrom?.sha256 ?? null) : null;
  const norms = m.update_norms === null ? null : Norms.parse(JSON.parse(m.update_norms));
  return {
    ...shown,
    checks: catalog.all(
      StoredCheck,
      sql`SELECT name, title, ok, detail, ms FROM model_checks WHERE model = ${m.id} ORDER BY seq`,
    ),
    files: m.files,
    update: norms?.layers ?? null,
    ...(norms && { updateBackend: norms.backend }),
    madeFrom: [
      ...named(sql`SELECT id, name FROM models WHERE id = ${m.parent_id}`, 'models'),
      ...shown.stack.flatMap((id) => named(sql`SELECT id, name FROM models WHERE id = ${id}`, 'models')),
      ...named(
        sql`SELECT id, name FROM models WHERE kind = 'adapter' AND identity = ${startedFrom}`,
        'models',
      ),
      ...named(sql`SELECT id, name FROM jobs WHERE id = ${m.job_id}`, 'jobs'),
    ],
    usedBy: [
      ...named(sql`SELECT id, name FROM models WHERE parent_id = ${m.id} ORDER BY created_at`, 'models'),
      ...named(
        sql`SELECT id, name FROM models WHERE kind = 'adapter' AND (
          ${ownLine} IN (SELECT value FROM json_each(models.manifest, '$.parent.chain')) OR
          ${ownLine} IN (SELECT value FROM json_each(models.manifest, '$.parent.mergedFrom.chain'))) ORDER BY created_at`,
        'models',
      ),
      ...named(
        sql`SELECT id, name FROM jobs WHERE base_id = ${m.id} OR
          (${m.kind} = 'adapter' AND json_extract(spec, '$.lora.start.sha256') = ${m.identity}) ORDER BY created_at`,
        'jobs',
      ),
      ...named(
        sql`SELECT id, name FROM evaluations WHERE adapter_id = ${m.id} OR (model_id = ${m.id} AND adapter_id IS NULL) ORDER BY created_at`,
        'evals',
      ),
    ],
  };
}

export function saveCheck(catalog: Catalog, model: string, seq: number, check: Check): void {
  catalog.run(sql`INSERT OR REPLACE INTO model_checks (model, seq, name, title, ok, detail, ms)
    VALUES (${model}, ${seq}, ${check.name}, ${check.title}, ${check.ok ? 1 : 0}, ${check.detail}, ${check.ms})`);
}

export function clearChecks(catalog: Catalog, model: string): void {
  catalog.run(sql`DELETE FROM model_checks WHERE model = ${model}`);
}
