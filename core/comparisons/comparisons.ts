// Two evaluations on the rows that both answered: what was gained, what was lost, whether that can be chance, what else differs. Served by create-core.
import { z } from 'zod';
import type { Catalog } from '../catalog/catalog.ts';
import { type Sql, sql } from '../catalog/sql.ts';
import type { Comparison } from '../contract/comparisons.ts';
import { CoreError, notFound } from '../contract/errors.ts';
import type { Handlers } from '../contract/handlers.ts';
import type { Proportion } from '../contract/procedure.ts';
import type { Row } from '../contract/row.ts';
import { leftRight, listPairs, pairsOf, rightRight } from './pair-rows.ts';

export interface ComparisonsDeps {
  catalog: Catalog;
  /** Throws `not-found`. */
  rowById(id: string): Row;
  statistics: {
    proportion(count: number, n: number): Proportion;
    /** Exact, two-sided. */
    mcnemar(gained: number, lost: number): number;
    /** 95 % interval of right minus left over pairs. */
    pairedDifference(pairs: { bothRight: number; gained: number; lost: number; bothWrong: number }): {
      value: number;
      low: number;
      high: number;
    };
  };
}

/** An evaluation as far as comparing it matters. */
const Side = z.object({
  id: z.string(),
  name: z.string(),
  model_id: z.string(),
  source_id: z.string(),
  template: z.string(),
  suite_name: z.string(),
  suite_hash: z.string(),
  settings: z
    .string()
    .transform((text) =>
      z.object({ maxTokens: z.number(), temperature: z.number(), seed: z.number() }).parse(JSON.parse(text)),
    ),
  state: z.string(),
  total: z.int(),
});
type Side = z.infer<typeof Side>;

const DomainPairs = z.object({
  domain: z.string(),
  n: z.int(),
  bothRight: z.int(),
  gained: z.int(),
  lost: z.int(),
  bothWrong: z.int(),
  leftStrict: z.int(),
  rightStrict: z.int(),
  leftTokens: z.number(),
  rightTokens: z.number(),
});
type DomainPairs = z.infer<typeof DomainPairs>;

export function createComparisons(deps: ComparisonsDeps): Handlers['comparisons'] {
  const { catalog } = deps;
  const side = (id: string): Side => {
    const found = catalog.get(Side, sql`SELECT * FROM evaluations WHERE id = ${id}`);
    if (!found) throw notFound('evaluation', id, 'evals list');
    return found;
  };
  const sides = (input: { left: string; right: string }): [Side, Side] => {
    if (input.left === input.right)
      throw new CoreError('bad-input', 'right: both sides are the same evaluation; name two.', input);
    return [side(input.left), side(input.right)];
  };
  const domainsOf = (left: Side, right: Side): DomainPairs[] => {
    const found = catalog.all(
      DomainPairs,
      sql`SELECT l.domain, count(*) AS n, sum(${leftRight} AND ${rightRight}) AS bothRight,
          sum(NOT ${leftRight} AND ${rightRight}) AS gained, sum(${leftRight} AND NOT ${rightRight}) AS lost,
          sum(NOT ${leftRight} AND NOT ${rightRight}) AS bothWrong, sum(l.strict) AS leftStrict,
          sum(r.strict) AS rightStrict, sum(l.tokens) AS leftTokens, sum(r.tokens) AS rightTokens
        FROM ${pairsOf(left.id, right.id)} GROUP BY l.domain ORDER BY l.domain`,
    );
    if (found.length > 0) return found;
    if (answered(catalog, left, right).shared > 0)
      throw new CoreError(
        'conflict',
        `No row that "${left.name}" and "${right.name}" both answered has an answer that can be checked, so that nothing is gained or lost. Their rewards stand on their own pages.`,
        { left: left.id, right: right.id },
      );
    throw new CoreError(
      'conflict',
      `"${left.name}" and "${right.name}" have no row in common that both answered. Compare evaluations of one source, taken with one seed.`,
      { left: left.id, right: right.id },
    );
  };
  return {
    pair: (input) => {
      const [left, right] = sides(input);
      const domains = domainsOf(left, right);
      return comparison(deps, left, right, domains, answered(catalog, left, right));
    },
    rows: (input) => {
      const [left, right] = sides(input);
      domainsOf(left, right);
      return listPairs(catalog, input, deps.rowById);
    },
  };
}

function comparison(
  { statistics }: ComparisonsDeps,
  left: Side,
  right: Side,
  domains: readonly DomainPairs[],
  done: { left: number; right: number; shared: number },
): Comparison {
  const sum = (key: Exclude<keyof DomainPairs, 'domain'>) => domains.reduce((whole, d) => whole + d[key], 0);
  const n = sum('n');
  const pairs = {
    bothRight: sum('bothRight'),
    gained: sum('gained'),
    lost: sum('lost'),
    bothWrong: sum('bothWrong'),
  };
  const shown = (which: Side, right: number, strict: number, tokens: number) => ({
    id: which.id,
    name: which.name,
    accuracy: statistics.proportion(right, n),
    format: statistics.proportion(strict, n),
    meanTokens: tokens / n,
  });
  return {
    left: shown(left, pairs.bothRight + pairs.lost, sum('leftStrict'), sum('leftTokens')),
    right: shown(right, pairs.bothRight + pairs.gained, sum('rightStrict'), sum('rightTokens')),
    n,
    ...pairs,
    difference: statistics.pairedDifference(pairs),
    pValue: statistics.mcnemar(pairs.gained, pairs.lost),
    byDomain: domains.map((d) => ({
      domain: d.domain,
      n: d.n,
      left: statistics.proportion(d.bothRight + d.lost, d.n),
      right: statistics.proportion(d.bothRight + d.gained, d.n),
      gained: d.gained,
      lost: d.lost,
    })),
    cautions: cautions(left, right, n, done),
  };
}

/** How many rows each side has answered, and how many both have, judged or not. */
function answered(catalog: Catalog, left: Side, right: Side) {
  const count = (query: Sql) => Number(catalog.column(query)[0]);
  return {
    left: count(sql`SELECT count(*) FROM completions WHERE evaluation = ${left.id}`),
    right: count(sql`SELECT count(*) FROM completions WHERE evaluation = ${right.id}`),
    shared: count(sql`SELECT count(*) FROM completions l JOIN completions r ON r.row_id = l.row_id
      WHERE l.evaluation = ${left.id} AND r.evaluation = ${right.id}`),
  };
}

/** What the two runs do not share besides the model, each as a sentence. */
function cautions(
  left: Side,
  right: Side,
  n: number,
  done: { left: number; right: number; shared: number },
): string[] {
  const found: string[] = [];
  const differs = (what: string, a: string | number, b: string | number, so: string) => {
    if (a !== b) found.push(`${what} differs: ${a} on the left, ${b} on the right. ${so}`);
  };
  differs('The prompt template', left.template, right.template, 'The models were not asked the same thing.');
  differs(
    'The reward suite',
    left.suite_name,
    right.suite_name,
    'The answers were not read by the same rules.',
  );
  if (left.suite_name === right.suite_name && left.suite_hash !== right.suite_hash)
    found.push(
      `The reward suite "${left.suite_name}" changed in between: ${left.suite_hash.slice(0, 12)} on the left, ${right.suite_hash.slice(0, 12)} on the right. The answers were not read by the same rules.`,
    );
  differs(
    'The token limit',
    left.settings.maxTokens,
    right.settings.maxTokens,
    'A cut answer counts as wrong.',
  );
  differs(
    'The temperature',
    left.settings.temperature,
    right.settings.temperature,
    'Drawn answers vary from run to run.',
  );
  for (const { name, state, total } of [left, right])
    if (state !== 'done') found.push(`"${name}" is ${state}; it has not answered all of its ${total} rows.`);
  if (done.shared < Math.max(done.left, done.right))
    found.push(
      `Only the ${done.shared} rows that both answered are compared (${done.left} on the left, ${done.right} on the right).`,
    );
  if (n < done.shared)
    found.push(
      `${done.shared - n} shared rows are left out: their answers could not be judged on one of the sides.`,
    );
  return found;
}
