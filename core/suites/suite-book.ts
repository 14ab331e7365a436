// Finds what a person means by a suite (a name, a version, a file, a draft) and makes it ready to score. Used by suites.ts.
import { readFileSync } from 'node:fs';
import type { Catalog } from '../catalog/catalog.ts';
import { CoreError } from '../contract/errors.ts';
import type { Suite } from '../contract/reward.ts';
import type { SuiteRef } from '../contract/rewards.ts';
import { isObject } from '../rewards/check-suite.ts';
import { compileSuite, type Scorer } from '../rewards/suite.ts';
import { sha256Hex, suiteIdentity } from '../rewards/suite-identity.ts';
import { shippedSuites, suiteKey } from '../rewards/suites/shipped.ts';
import { atBorder } from './core-errors.ts';
import { readSuiteFile } from './suite-file.ts';
import { ownSuites, type StoredSuite } from './suite-store.ts';

/** A suite of this lab; what ships has neither note nor date. */
export interface KnownSuite {
  suite: Suite;
  shipped: boolean;
  note: string | null;
  createdAt: number | null;
}

export interface CompiledSuite {
  suite: Suite;
  hash: string;
  scorer: Scorer;
}

export interface SuiteBook {
  /** What ships first, then a person's own by name, of one name the newest first. */
  all(): KnownSuite[];
  /** By `name@version`, or by name for its newest version. Throws `not-found`. */
  find(text: string): KnownSuite;
  /** Throws `not-found`; `bad-input` for a draft that is none; `too-new`, `damaged` for a file; `unavailable` without the bundle. */
  compile(ref: SuiteRef): Promise<CompiledSuite>;
  /** The definition behind a reference, as it stands there. */
  definition(ref: SuiteRef): unknown;
}

export function createSuiteBook(catalog: Catalog, bundlePath: string): SuiteBook {
  let code: Promise<string> | undefined;
  const all = (): KnownSuite[] => [
    ...shippedSuites.map((suite) => ({ suite, shipped: true, note: null, createdAt: null })),
    ...ownSuites(catalog).map((own: StoredSuite) => ({ ...own, shipped: false })),
  ];
  const find = (text: string): KnownSuite => {
    const known = all();
    const found = known.find(({ suite }) => suite.name === text || suiteKey(suite) === text);
    if (found) return found;
    const names = known.map(({ suite }) => suiteKey(suite)).join(', ');
    throw new CoreError('not-found', `There is no reward suite "${text}". Known: ${names}.`, { suite: text });
  };
  const definition = (ref: SuiteRef): unknown => {
    if (typeof ref !== 'string') return ref;
    return isFile(ref) ? readSuiteFile(ref).suite : find(ref).suite;
  };
  return {
    all,
    find,
    definition,
    async compile(ref) {
      code ??= sha256Hex(readBundle(bundlePath));
      try {
        const scorer = compileSuite(draftOf(definition(ref)));
        return { suite: scorer.suite, hash: await suiteIdentity(scorer.suite, await code), scorer };
      } catch (error) {
        throw atBorder(error);
      }
    },
  };
}

/** Names of suites hold no dot. */
export function isFile(ref: string): boolean {
  return ref.toLowerCase().endsWith('.json');
}

/** A draft has the name "draft" and version 1 until it says otherwise. */
export function draftOf(value: unknown): unknown {
  if (!isObject(value)) return value;
  const { name, version, ...rest } = value;
  return { ...rest, name: name === undefined || name === '' ? 'draft' : name, version: version ?? 1 };
}

function readBundle(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new CoreError(
      'unavailable',
      `The reward bundle ${path} is missing: without it a suite has no identity. Run: npm run build:rewards`,
      { path },
      error,
    );
  }
}
