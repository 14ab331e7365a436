// Settings of the lab: one row per name, so that a new setting needs no migration.
import { z } from 'zod';
import type { Catalog } from '../catalog/catalog.ts';
import type { Changes } from '../catalog/changes.ts';
import { sql } from '../catalog/sql.ts';
import type { Handlers } from '../contract/handlers.ts';
import { Settings } from '../contract/settings.ts';

const Stored = z.object({ name: z.string(), value: z.string() });

export function createSettings(deps: {
  catalog: Catalog;
  changes: Changes;
}): Handlers['settings'] & { current(): Settings } {
  const current = (): Settings => {
    const stored = deps.catalog.all(Stored, sql`SELECT name, value FROM settings`);
    return Settings.parse(Object.fromEntries(stored.map((s) => [s.name, JSON.parse(s.value)])));
  };
  return {
    current,
    get: () => current(),
    set: (input) => {
      deps.catalog.transaction(() => {
        for (const [name, value] of Object.entries(input))
          deps.catalog.run(
            sql`INSERT INTO settings (name, value) VALUES (${name}, ${JSON.stringify(value)})
                ON CONFLICT (name) DO UPDATE SET value = excluded.value`,
          );
      });
      deps.changes.announce('settings');
      return current();
    },
  };
}
