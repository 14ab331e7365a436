// Version 4: reward suites of a person's own, and what a judge has said, so that it is not asked twice.
export const ownSuites = {
  version: 4,
  name: 'own-suites',
  sql: `
CREATE TABLE suites (
  name TEXT NOT NULL, version INTEGER NOT NULL,
  json TEXT NOT NULL, note TEXT, created_at INTEGER NOT NULL,
  PRIMARY KEY (name, version)
) STRICT, WITHOUT ROWID;

-- key: SHA-256 over the endpoint, the model and the question as it is put.
CREATE TABLE judgements (
  key TEXT PRIMARY KEY, met INTEGER NOT NULL, why TEXT NOT NULL, created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
`,
};
