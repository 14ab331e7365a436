// The catalog's history: every step has a data test, versions rise, a newer file is refused unchanged, a failing step changes nothing.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openCatalog } from '../../../core/catalog/catalog.ts';
import { migrate } from '../../../core/catalog/migrate.ts';
import { catalogVersion, migrations } from '../../../core/catalog/migrations.ts';
import { openSqlite } from '../../../core/catalog/sqlite.ts';
import { tempFolder } from '../../fixtures/temp-folder.ts';

test('every step file is listed, versions rise by one, and each has a data test', () => {
  const files = readdirSync('core/catalog/migrations');
  expect(files).toHaveLength(migrations.length);
  migrations.forEach((step, i) => {
    const name = `${String(step.version).padStart(4, '0')}-${step.name}`;
    expect(step.version).toBe(i + 1);
    expect(files).toContain(`${name}.ts`);
    expect(existsSync(`test/core/catalog/migrations/${name}.test.ts`), `${name} has no data test`).toBe(true);
  });
});

test('a catalog of a newer version is refused and not touched', () => {
  const path = join(tempFolder(), 'catalog.db');
  const db = openSqlite(path);
  db.pragma(`user_version = ${catalogVersion + 1}`);
  db.close();
  const before = readFileSync(path);
  expect(() => openCatalog(path)).toThrow(/newer Forethought/);
  expect(readFileSync(path).equals(before)).toBe(true);
});

test('a file that is no database gives a sentence', () => {
  const path = join(tempFolder(), 'catalog.db');
  writeFileSync(
    path,
    'this is a letter, not a database, and it is long enough to be read as a header '.repeat(20),
  );
  expect(() => openCatalog(path)).toThrow(/not a readable catalog/);
});

test('pending steps run in one transaction, with a copy of the old file first', () => {
  const folder = tempFolder();
  const path = join(folder, 'catalog.db');
  const db = openSqlite(path);
  const one = { version: 1, name: 'one', sql: 'CREATE TABLE t (x INTEGER) STRICT; INSERT INTO t VALUES (7)' };
  migrate(db, path, [one]);
  const broken = [
    one,
    { version: 2, name: 'two', sql: 'ALTER TABLE t ADD y TEXT' },
    { version: 3, name: 'three', sql: 'NONSENSE' },
  ];
  expect(() => migrate(db, path, broken)).toThrow(/syntax error/);
  expect(db.pragma('user_version', { simple: true })).toBe(1);
  expect(db.prepare('SELECT * FROM t').all()).toEqual([{ x: 7 }]);
  const copies = readdirSync(folder).filter((f) => f.includes('before-v3'));
  expect(copies).toHaveLength(1);
  db.close();
});
