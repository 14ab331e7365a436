// The catalog: one SQLite file, one writer. Opened by create-core, handed to every feature.
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import type { z } from 'zod';
import { CoreError, diskError } from '../contract/errors.ts';
import { migrate, refuseNewer } from './migrate.ts';
import type { Sql } from './sql.ts';
import { openSqlite, type Sqlite, type Statement } from './sqlite.ts';

export interface Catalog {
  readonly path: string;
  /** All rows, each checked by the schema. */
  all<S extends z.ZodType>(schema: S, query: Sql): z.infer<S>[];
  /** The first row, or undefined. */
  get<S extends z.ZodType>(schema: S, query: Sql): z.infer<S> | undefined;
  /** The first column of every row, unchecked: for long lists of ids only. */
  column(query: Sql): (number | string)[];
  /** Runs one statement and says how many rows it changed. */
  run(statement: Sql): number;
  /** All or nothing; nested calls join the outer transaction. Durable when it returns. */
  transaction<T>(work: () => T): T;
  close(): void;
}

/** Opens or makes the catalog, brings it to the current version. Throws `too-new`, `damaged` or `disk`. */
export function openCatalog(path: string): Catalog {
  mkdirSync(dirname(path), { recursive: true });
  const db = connect(path);
  try {
    refuseNewer(db, path);
    db.pragma('journal_mode = WAL');
    db.pragma('synchronous = FULL'); // labels are human work: an acknowledged write survives a power cut
    db.pragma('foreign_keys = ON');
    db.pragma('temp_store = MEMORY');
    migrate(db, path);
  } catch (error) {
    db.close();
    throw readable(error, path);
  }
  return wrap(db, path);
}

function connect(path: string): Sqlite {
  try {
    return openSqlite(path);
  } catch (error) {
    throw readable(error, path);
  }
}

function readable(error: unknown, path: string): unknown {
  const code = (error as { code?: unknown } | null)?.code;
  if (code === 'SQLITE_NOTADB' || code === 'SQLITE_CORRUPT')
    return new CoreError(
      'damaged',
      `${path} is not a readable catalog (${code}). Nothing was changed. Restore it from a copy, or name another folder by --lab.`,
      { path },
      error,
    );
  return diskError(error, `Opening the catalog ${path}`);
}

function wrap(db: Sqlite, path: string): Catalog {
  const statements = new Map<string, Statement>();
  const prepare = (text: string): Statement => {
    const known = statements.get(text);
    if (known) return known;
    const made = db.prepare(text);
    statements.set(text, made);
    return made;
  };
  const guarded = <T>(work: () => T): T => {
    try {
      return work();
    } catch (error) {
      throw diskError(error, 'Writing to the catalog');
    }
  };
  return {
    path,
    all: (schema, query) =>
      prepare(query.text)
        .all(...query.values)
        .map((row) => schema.parse(row)),
    get: (schema, query) => {
      const row = prepare(query.text).get(...query.values);
      return row === undefined ? undefined : schema.parse(row);
    },
    column: (query) =>
      prepare(query.text)
        .pluck(true)
        .all(...query.values) as (number | string)[],
    run: (statement) => guarded(() => prepare(statement.text).run(...statement.values).changes),
    transaction: (work) => guarded(() => (db.inTransaction ? work() : db.transaction(work).immediate())),
    close: () => db.close(),
  };
}
