// Reward suites in the lab: what ships, what a person makes, and what completions earn under them. The scoring itself is
// core/rewards; made and served by create-core.ts.
import { resolve } from 'node:path';
import type { Activities, Work } from '../catalog/activities.ts';
import type { Catalog } from '../catalog/catalog.ts';
import type { Changes } from '../catalog/changes.ts';
import { CoreError } from '../contract/errors.ts';
import type { Handlers } from '../contract/handlers.ts';
import type { ScoreResult, Suite } from '../contract/reward.ts';
import type { KeptSuite, SuiteCheck, SuiteInfo, SuiteRef, TryReport } from '../contract/rewards.ts';
import type { Row } from '../contract/row.ts';
import type { Settings } from '../contract/settings.ts';
import { isObject } from '../rewards/check-suite.ts';
import type { Executor, Judge } from '../rewards/evidence.ts';
import { createGrader } from '../rewards/grade.ts';
import { parseCompletion } from '../rewards/parse.ts';
import type { Measured } from '../rewards/parts/part.ts';
import { referenceOf } from '../rewards/parts/reference-overlap.ts';
import { questionOf } from '../rewards/parts/rubric.ts';
import { fourStep } from '../rewards/structure.ts';
import { compileSuite, type RowKind } from '../rewards/suite.ts';
import { canonicalJson } from '../rewards/suite-identity.ts';
import { shippedSuites, suiteKey } from '../rewards/suites/shipped.ts';
import { attackReport } from './attack-report.ts';
import { checkDraft, SUITE_NAME } from './check-draft.ts';
import { createPythonCheck } from './check-python.ts';
import { openSet } from './completion-set.ts';
import { atBorder } from './core-errors.ts';
import { diffSuites } from './diff.ts';
import { completionToScore, explain, readRowFile, rowOf } from './explain.ts';
import { createJudge } from './judge.ts';
import { judgePair } from './judge-pair.ts';
import { partCatalogue } from './part-catalogue.ts';
import { createSharedWork } from './shared-work.ts';
import { type CompiledSuite, createSuiteBook, draftOf, isFile, type KnownSuite } from './suite-book.ts';
import { readSuiteFile, writeSuiteFile } from './suite-file.ts';
import { insertSuite, removedSuites, removeSuite, suiteUses } from './suite-store.ts';
import { trialKey } from './trial-key.ts';
import { tryOnSet } from './try-on-set.ts';

export interface SuitesService {
  /** For a run: its name is `name@version`. Throws `not-found`. */
  forRun(name: string): Promise<{
    name: string;
    version: number;
    hash: string;
    max: number;
    min: number;
    suite: Suite;
    onlyForm(kind: RowKind): boolean;
  }>;
  /** For an evaluation; programs run in the sandbox, judged items are not judged, as in training. Throws `not-found`. */
  forEvaluation(name: string): Promise<{
    name: string;
    hash: string;
    score(
      row: Row,
      completion: string,
      measured: Measured & { prompt: string | null },
      signal?: AbortSignal,
    ): Promise<ScoreResult>;
  }>;
}

export interface SuitesDeps {
  catalog: Catalog;
  changes: Changes;
  activities: Activities;
  now: () => number;
  settings(): Settings;
  /** The bundle that runs on hosts; its bytes are part of every suite's identity. */
  bundlePath: string;
  rowById(id: string): Row;
  /** Where answers that are programs run. */
  executor: Executor;
}

export function createSuites(deps: SuitesDeps): Handlers['rewards'] & SuitesService {
  const { catalog, executor } = deps;
  const book = createSuiteBook(catalog, deps.bundlePath);
  const info = async (known: KnownSuite, uses = suiteUses(catalog)): Promise<SuiteInfo> => {
    return told(await book.compile(suiteKey(known.suite)), known, uses);
  };
  const python = createPythonCheck(executor);
  const checkWhole = async (draft: unknown, signal?: AbortSignal): Promise<SuiteCheck> => {
    const check = checkDraft(draft);
    return check.ok ? python.look(check, compileSuite(draftOf(draft)).suite, signal) : check;
  };
  /** A judge for one piece of work; null where none is set. */
  const judge = (): Judge | null => judgeOf(deps);
  /** Work that the strip shows, and that ends when its caller leaves or a person stops it. */
  const asActivity = async <T>(
    title: string,
    place: 'try' | 'attacks',
    caller: AbortSignal | undefined,
    run: (work: Work, signal: AbortSignal) => Promise<T>,
  ): Promise<T> => {
    const about = { feature: 'rewards', id: place };
    const work = deps.activities.begin({ kind: 'scoring', title, about });
    const signal = caller ? AbortSignal.any([caller, work.signal]) : work.signal;
    try {
      return await run(work, signal);
    } finally {
      work.end();
    }
  };
  const trials = createSharedWork<TryReport>();
  const keep = async (suite: Suite, note: string | null): Promise<KeptSuite> => {
    insertSuite(catalog, { suite, note, createdAt: deps.now() });
    deps.changes.announce('rewards');
    return { ...(await info(book.find(suiteKey(suite)))), made: true };
  };
  const saveDraft = async (
    definition: unknown,
    note: string | null,
    signal?: AbortSignal,
  ): Promise<KeptSuite> => {
    const check = await checkWhole(definition, signal);
    const draft = sound(definition, check);
    const known = book.all().filter((each) => each.suite.name === draft.name);
    refuseShipped(draft.name);
    const newest = known[0];
    if (newest && sameParts(newest.suite, draft)) return { ...(await info(newest)), made: false };
    const gone = removedSuites(catalog, draft.name).map((each) => each.suite);
    const back = gone.find((suite) => sameParts(suite, draft));
    const last = Math.max(0, ...[...known.map((each) => each.suite), ...gone].map((each) => each.version));
    const kept = await keep(back ?? { ...draft, version: last + 1 }, note);
    return { ...kept, warnings: check.warnings };
  };
  return {
    suites: async () => {
      const uses = suiteUses(catalog);
      return Promise.all(book.all().map((known) => info(known, uses)));
    },
    show: async ({ suite }) => {
      if (!isFile(suite)) return info(book.find(suite));
      const { note } = readSuiteFile(suite);
      const compiled = await book.compile(suite);
      return told(compiled, { shipped: false, note, createdAt: null }, suiteUses(catalog));
    },
    parts: () => partCatalogue(),
    score: async (
      { rowId, row, completion, completionFile, suite, tokens = null, truncated },
      { signal },
    ) => {
      const compiled = await book.compile(suite);
      const item = {
        row: rowToScore(deps, rowId, row),
        completion: completionToScore(completion, completionFile),
        measured: { tokens, truncated },
      };
      return explain(compiled, item, { executor, judge: judge() }, signal);
    },
    pair: async ({ rowId, left, right }, { signal }) => {
      const asked = judge();
      if (!asked)
        throw new CoreError(
          'unavailable',
          'No judge is set. Name one by: `npx forethought settings set --judge-url URL --judge-model NAME`.',
        );
      const row = deps.rowById(rowId);
      const pair = { question: questionOf(row), reference: referenceOf(row) };
      return judgePair(asked, { ...pair, left: answerOf(left), right: answerOf(right) }, signal);
    },
    try: async (asked, { signal: caller }) => {
      const { set, limit, ...sides } = asked;
      const begin = async (left: AbortSignal) => {
        const suites = { left: await book.compile(sides.left), right: await book.compile(sides.right) };
        const source = await openSet(deps, set);
        const title = `${suiteKey(suites.left.suite)} and ${suiteKey(suites.right.suite)} on ${source.title}`;
        const helpers = { executor, judge: judge() };
        return asActivity(title, 'try', left, (work, signal) =>
          tryOnSet({ source, ...suites, limit, helpers, work, signal }),
        );
      };
      return trials.join(trialKey(asked), begin, caller);
    },
    attack: async ({ suite }, { signal: caller }) => {
      const compiled = await book.compile(suite);
      return asActivity(`attacks on ${suiteKey(compiled.suite)}`, 'attacks', caller, (work, signal) =>
        attackReport(compiled, executor, work, signal),
      );
    },
    diff: async (input) => {
      const [left, right] = [await book.compile(input.left), await book.compile(input.right)];
      return { left: side(left), right: side(right), changes: diffSuites(left.suite, right.suite) };
    },
    check: async ({ suite }, { signal }) => {
      const draft = draftToCheck(book.definition, suite);
      const check = await checkWhole(draft, signal);
      const named = typeof suite === 'string' && !isFile(suite);
      const objection = named || !isObject(draft) ? null : objectToName(draft.name);
      if (objection === null) return check;
      const problem = { part: null, field: 'name', message: objection };
      return { ok: false, min: null, max: null, warnings: [], problems: [...check.problems, problem] };
    },
    save: async ({ suite, note = null }, { signal }) => saveDraft(book.definition(suite), note, signal),
    remove: async (input) => {
      const known = book.find(input.suite);
      const key = suiteKey(known.suite);
      if (input.suite !== key)
        throw new CoreError('bad-input', `suite: name the version too, for example ${key}.`, {
          suite: input.suite,
        });
      const { shipped, uses } = await info(known);
      if (shipped)
        throw new CoreError('conflict', `"${key}" comes with the program and stays.`, { suite: key });
      if (uses.evaluations + uses.runs > 0)
        throw new CoreError(
          'conflict',
          `"${key}" stays: ${uses.evaluations} evaluations and ${uses.runs} runs of this lab were scored by it.`,
          { suite: key, ...uses },
        );
      removeSuite(catalog, known.suite, deps.now());
      deps.changes.announce('rewards');
      return { removed: key };
    },
    export: async ({ suite, to }) => {
      const known = book.find(suite);
      const path = resolve(to);
      const { hash } = await book.compile(suiteKey(known.suite));
      writeSuiteFile(path, known.suite, known.note);
      return { suite: suiteKey(known.suite), path, hash };
    },
    import: async ({ from }, { signal }) => {
      const file = readSuiteFile(resolve(from));
      if (!file.exported) {
        if (isObject(file.suite) && Array.isArray(file.suite.parts))
          return saveDraft(file.suite, null, signal);
        throw new CoreError(
          'bad-input',
          `from: ${from} was not written by an export, and it is no draft of a suite: it lists no "parts".`,
        );
      }
      const suite = sound(file.suite);
      const known = book.all().filter((each) => each.suite.name === suite.name);
      const same = known.find((each) => canonicalJson(each.suite) === canonicalJson(suite));
      if (same) return { ...(await info(same)), made: false };
      refuseShipped(suite.name);
      const gone = removedSuites(catalog, suite.name).map((each) => each.suite);
      const taken = [...known.map((each) => each.suite), ...gone];
      if (taken.some((each) => each.version === suite.version && !sameParts(each, suite)))
        throw new CoreError(
          'conflict',
          `This lab has, or had, a "${suiteKey(suite)}" with other contents, and versions never change. Nothing was taken. Change the name in ${from}.`,
          { suite: suiteKey(suite) },
        );
      return keep(suite, file.note);
    },
    forRun: async (name) => {
      const { suite, hash, scorer } = await book.compile(name);
      const { max, min, onlyForm } = scorer;
      return { name: suiteKey(suite), version: suite.version, hash, max, min, suite, onlyForm };
    },
    forEvaluation: async (name) => {
      const { suite, hash, scorer } = await book.compile(name);
      const grader = createGrader({ scorer, executor });
      return {
        name: suiteKey(suite),
        hash,
        async score(row, completion, { prompt, ...measured }, signal) {
          const item = { row, completion, measured, ...(prompt !== null && { prompt }) };
          try {
            return (await grader.grade([item], signal))[0]!;
          } catch (error) {
            throw atBorder(error);
          }
        },
      };
    },
  };
}

function told(
  compiled: CompiledSuite,
  { shipped, createdAt, note }: Omit<KnownSuite, 'suite'>,
  uses: ReturnType<typeof suiteUses>,
): SuiteInfo {
  const { min, max, warnings, suite } = compiled.scorer;
  return {
    ...identity(compiled),
    ...{ min, max, suite, shipped, createdAt, note },
    warnings: [...warnings],
    uses: uses(suiteKey(suite), compiled.hash),
  };
}

/** The answer block, where there is one that can be read; a judge of answers need not read the thinking. */
function answerOf(completion: string): string {
  const { answer } = parseCompletion(completion, fourStep);
  return answer ? completion.slice(...answer) : completion;
}

function identity({ suite, hash }: CompiledSuite) {
  return { name: suite.name, version: suite.version, hash };
}

function side(compiled: CompiledSuite) {
  const { min, max, warnings } = compiled.scorer;
  return { ...identity(compiled), min, max, warnings: [...warnings] };
}

function judgeOf({ settings, catalog, now }: SuitesDeps): Judge | null {
  const { judgeUrl: url, judgeModel: model, judgeCalls: calls } = settings();
  if (url === null || model === null) return null;
  return createJudge({ url, model, key: process.env.FORETHOUGHT_JUDGE_KEY ?? null, calls, catalog, now });
}

function rowToScore(
  deps: SuitesDeps,
  rowId: string | undefined,
  row: Parameters<typeof rowOf>[0] | string | undefined,
) {
  if ((rowId === undefined) === (row === undefined))
    throw new CoreError('bad-input', 'rowId: name a row of this lab, or give a row, and not both.');
  if (row === undefined) return deps.rowById(rowId!);
  return typeof row === 'string' ? readRowFile(row) : rowOf(row);
}

/** A text that names nothing is an error; anything else is a draft, however odd. */
function draftToCheck(definition: (ref: SuiteRef) => unknown, suite: unknown): unknown {
  if (typeof suite === 'string') return isFile(suite) ? readSuiteFile(suite).suite : definition(suite);
  return suite;
}

/** A suite without problems. Throws `bad-input` with all of them. */
function sound(draft: unknown, { problems } = checkDraft(draft)): Suite {
  if (problems.length > 0)
    throw new CoreError('bad-input', problems.map(({ message }) => message).join(' '), { problems });
  return compileSuite(draftOf(draft)).suite;
}

/** Why a name is not free for a suite of one's own; null where it is. */
function objectToName(name: unknown): string | null {
  if (!shippedSuites.some((shipped) => shipped.name === name)) return null;
  const free = SUITE_NAME.test(`my-${name}`) ? `my-${name}` : 'my-suite';
  return `"${name}" is the name of a suite that comes with the program, whose versions are not yours to add. Name yours otherwise, for example "${free}".`;
}

function refuseShipped(name: string): void {
  const objection = objectToName(name);
  if (objection !== null) throw new CoreError('conflict', objection, { name });
}

function sameParts(left: Suite, right: Suite): boolean {
  return canonicalJson({ ...left, version: 0 }) === canonicalJson({ ...right, version: 0 });
}
