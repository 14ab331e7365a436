// Reward suites in the lab: what ships, with identity, and one completion scored for a person. The scoring itself is core/rewards.
import { readFileSync } from 'node:fs';
import { CoreError } from '../contract/errors.ts';
import type { Handlers } from '../contract/handlers.ts';
import type { SuiteInfo } from '../contract/rewards.ts';
import type { Row } from '../contract/row.ts';
import type { Executor } from '../rewards/evidence.ts';
import { createGrader } from '../rewards/grade.ts';
import { RewardsError } from '../rewards/rewards-error.ts';
import { compileSuite, type Scorer } from '../rewards/suite.ts';
import { sha256Hex, suiteIdentity } from '../rewards/suite-identity.ts';
import { findSuite, shippedSuites, suiteKey } from '../rewards/suites/shipped.ts';

export interface SuitesService {
  /** The compiled suite and its identity. Throws `not-found`. */
  suite(name: string): Promise<SuiteInfo & { scorer: Scorer }>;
}

export interface SuitesDeps {
  /** The bundle that runs on hosts; its bytes are part of every suite's identity. */
  bundlePath: string;
  rowById(id: string): Row;
  /** Where answers that are programs run. */
  executor: Executor;
}

export function createSuites(deps: SuitesDeps): Handlers['rewards'] & SuitesService {
  const compiled = new Map<string, SuiteInfo & { scorer: Scorer }>();
  let code: Promise<string> | undefined;
  const suite = async (name: string) => {
    code ??= sha256Hex(readBundle(deps.bundlePath));
    const definition = named(name);
    const key = suiteKey(definition);
    const found = compiled.get(key);
    if (found) return found;
    const scorer = compileSuite(definition);
    const info = {
      name: definition.name,
      version: definition.version,
      hash: await suiteIdentity(definition, await code),
      max: scorer.max,
      min: scorer.min,
      suite: definition,
      shipped: true,
      createdAt: null,
      note: null,
      warnings: [...scorer.warnings],
      uses: { evaluations: 0, runs: 0 },
      scorer,
    };
    compiled.set(key, info);
    return info;
  };
  return {
    suite,
    suites: async () => {
      const all = await Promise.all(shippedSuites.map((s) => suite(suiteKey(s))));
      return all.map(({ scorer: _, ...info }) => info);
    },
    show: notYet,
    parts: notYet,
    score: async (input, { signal }) => {
      if (typeof input.suite !== 'string' || input.rowId === undefined) return notYet();
      const { name, version, hash, scorer } = await suite(input.suite);
      const row = deps.rowById(input.rowId);
      const measured = { tokens: input.tokens ?? null, truncated: input.truncated };
      const item = { row, completion: input.completion, measured };
      const [result] = await createGrader({ scorer, executor: deps.executor }).grade([item], signal);
      const { structure } = scorer;
      return { ...result!, suite: { name, version, hash }, structure, ...scorer.rangeOf(row), outcomes: [] };
    },
    try: notYet,
    attack: notYet,
    diff: notYet,
    check: notYet,
    save: notYet,
    remove: notYet,
    export: notYet,
    import: notYet,
  };
}

async function notYet(): Promise<never> {
  throw new CoreError('unavailable', 'This is not there yet.');
}

/** `name@version`, or a name for its newest version. */
function named(name: string) {
  try {
    return findSuite(name);
  } catch (error) {
    if (error instanceof RewardsError) throw new CoreError('not-found', error.message, { name }, error);
    throw error;
  }
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
