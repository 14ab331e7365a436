// Suites of a person's own as rows of the catalog: immutable versions, and what in the lab was scored by them. Used by
// suite-book.ts and suites.ts.
import { z } from 'zod';
import type { Catalog } from '../catalog/catalog.ts';
import { type Sql, sql } from '../catalog/sql.ts';
import { Suite } from '../contract/reward.ts';

export interface StoredSuite {
  suite: Suite;
  note: string | null;
  createdAt: number;
}

const Stored = z.object({
  json: z.string().transform((text) => Suite.parse(JSON.parse(text))),
  note: z.string().nullable(),
  created_at: z.number(),
});

/** All that are there by name, of one name the newest version first. */
export function ownSuites(catalog: Catalog): StoredSuite[] {
  return stored(
    catalog,
    sql`SELECT json, note, created_at FROM suites WHERE removed_at IS NULL ORDER BY name, version DESC`,
  );
}

/** Versions of a name that were removed, the newest first. Their numbers are not given to other contents. */
export function removedSuites(catalog: Catalog, name: string): StoredSuite[] {
  return stored(
    catalog,
    sql`SELECT json, note, created_at FROM suites
      WHERE name = ${name} AND removed_at IS NOT NULL ORDER BY version DESC`,
  );
}

function stored(catalog: Catalog, query: Sql): StoredSuite[] {
  return catalog
    .all(Stored, query)
    .map(({ json, note, created_at }) => ({ suite: json, note, createdAt: created_at }));
}

/** A new version, or one that was removed and comes back as it was. */
export function insertSuite(catalog: Catalog, { suite, note, createdAt }: StoredSuite): void {
  catalog.run(sql`INSERT INTO suites (name, version, json, note, created_at)
    VALUES (${suite.name}, ${suite.version}, ${JSON.stringify(suite)}, ${note}, ${createdAt})
    ON CONFLICT (name, version) DO UPDATE SET removed_at = NULL, note = excluded.note, created_at = excluded.created_at`);
}

export function removeSuite(catalog: Catalog, suite: { name: string; version: number }, at: number): void {
  catalog.run(
    sql`UPDATE suites SET removed_at = ${at} WHERE name = ${suite.name} AND version = ${suite.version}`,
  );
}

const Use = z.object({
  feature: z.enum(['evaluations', 'runs']),
  name: z.string(),
  hash: z.string(),
  n: z.int(),
});

/** How many evaluations and runs were scored by each suite. */
export function suiteUses(catalog: Catalog) {
  const uses = catalog.all(
    Use,
    sql`SELECT 'evaluations' AS feature, suite_name AS name, suite_hash AS hash, count(*) AS n
        FROM evaluations GROUP BY suite_name, suite_hash
      UNION ALL SELECT 'runs', suite_name, suite_hash, count(*) FROM jobs GROUP BY suite_name, suite_hash`,
  );
  /** By its hash; by its key too, because the hash of one suite is another one under another release of the code. */
  return (key: string, hash: string) => {
    const count = (feature: 'evaluations' | 'runs') =>
      uses
        .filter((use) => use.feature === feature && (use.hash === hash || use.name === key))
        .reduce((sum, use) => sum + use.n, 0);
    return { evaluations: count('evaluations'), runs: count('runs') };
  };
}
