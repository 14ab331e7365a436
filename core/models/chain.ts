// What an adapter was trained on, from the bottom up: a base and the adapters in it, each by hash. On anything else it would load and be
// wrong without a word, so the chain is compared before a byte of the weights is read. The trainer's spec/adapters.py forms the same one.
import { createHash } from 'node:crypto';
import type { Catalog } from '../catalog/catalog.ts';
import { sql } from '../catalog/sql.ts';
import { adapterId } from '../contract/model-name.ts';
import { chainOf, hashIn, manifestSha256, type Parent } from './manifest.ts';
import { findModels, manifestOf, type StoredModel } from './model-rows.ts';

/** A chain that this lab holds: the base, and the adapters on it in the order in which they are stacked. */
export interface Chain {
  base: StoredModel;
  stack: StoredModel[];
}

/** What a chain is known by: the base's own hash, or with adapters in it the hash of the chain, a line each. */
export function chainIdentity(chain: readonly string[]): string {
  if (chain.length === 1) return hashIn(chain[0]!);
  return createHash('sha256')
    .update(chain.map((line) => `${line}\n`).join(''))
    .digest('hex');
}

/** The parent that a manifest names; or a sentence on what of it this lab does not hold, or what does not fit together. */
export function resolveParent(catalog: Catalog, parent: Parent): Chain | string {
  const listed = parent.chain ?? [`base ${parent.sha256}`];
  if (chainIdentity(listed) !== parent.sha256)
    return `The manifest names the parent ${short(parent.sha256)}, but the chain that it lists is ${short(chainIdentity(listed))}: it was changed by hand.`;
  const merged = parent.mergedFrom;
  const isHere = merged !== undefined && baseOf(catalog, hashIn(listed[0]!)) !== undefined;
  if (merged?.exact === false && !isHere)
    return `It was trained on merged weights of "${parent.modelId}" that were rounded when they were written (identity ${short(hashIn(listed[0]!))}), and this lab does not hold those. What they were made of is not quite the same. Train upon the adapters instead, or merge to float32.`;
  return isHere
    ? resolveChain(catalog, parent.modelId, listed)
    : resolveChain(catalog, parent.modelId, chainOf(parent));
}

function resolveChain(catalog: Catalog, modelId: string, chain: readonly string[]): Chain | string {
  const identity = hashIn(chain[0]!);
  const base = baseOf(catalog, identity);
  if (!base)
    return `It was trained on the base "${modelId}" (identity ${short(identity)}), which this lab does not hold. On another base it would load and be wrong without a word. Add that base, then check again.`;
  const stack: StoredModel[] = [];
  for (const [i, line] of chain.slice(1).entries()) {
    const found = adapterOf(catalog, hashIn(line));
    if (!found)
      return `It was trained on "${base.name}" with the adapter ${short(hashIn(line))} in it, which this lab does not hold. Without that one it would load and be wrong without a word. Bring that adapter in, then check again.`;
    if (found.state !== 'ready')
      return `It was trained on "${base.name}" with "${found.name}" in it, which is ${found.state} here${found.reason ? `: ${found.reason}` : '.'}`;
    const under = chainIdentity(chain.slice(0, i + 1));
    const { parent } = manifestOf(found);
    if (parent.sha256 !== under && chainIdentity(chainOf(parent)) !== under)
      return `Its manifest puts "${found.name}" on ${short(under)}, but that one was trained on ${short(parent.sha256)}: the chain is not one that was ever trained.`;
    stack.push(found);
  }
  return { base, stack };
}

/** By the identity of its weight files, or by its GGUF: what llama.cpp runs is one of the things a trainer can train on. */
function baseOf(catalog: Catalog, sha256: string): StoredModel | undefined {
  return findModels(
    catalog,
    sql`kind = 'base' AND state = 'ready' AND (identity = ${sha256} OR gguf = ${sha256})`,
  )[0];
}

function adapterOf(catalog: Catalog, sha256: string): StoredModel | undefined {
  const found = findModels(catalog, sql`id = ${adapterId(sha256)} AND kind = 'adapter'`)[0];
  return found && manifestSha256(found.manifest ?? '') === sha256 ? found : undefined;
}

export const short = (sha256: string): string => `${sha256.slice(0, 12)}…`;
