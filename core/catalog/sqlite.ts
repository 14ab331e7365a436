// The only file that knows better-sqlite3. Used by the catalog and the lab's lock.
import Database from 'better-sqlite3';

export type Sqlite = Database.Database;
export type Statement = Database.Statement;

/** Opens or makes an SQLite file; throws SQLite's own error (`code` starts with `SQLITE_`). */
export function openSqlite(path: string, options: { waitMs?: number } = {}): Sqlite {
  return new Database(path, { timeout: options.waitMs ?? 5000 });
}
