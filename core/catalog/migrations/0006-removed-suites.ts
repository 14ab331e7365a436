// Version 6: a version of a suite that was removed keeps its number, so that no other contents are ever given it.
export const removedSuites = {
  version: 6,
  name: 'removed-suites',
  sql: `
-- Null: it is there.
ALTER TABLE suites ADD COLUMN removed_at INTEGER;
`,
};
