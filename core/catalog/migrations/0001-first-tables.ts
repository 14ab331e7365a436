// Version 1: every table of the first catalog.
export const firstTables = {
  version: 1,
  name: 'first-tables',
  sql: `
CREATE TABLE sources (
  rowid INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  dataset TEXT NOT NULL, config TEXT NOT NULL, split TEXT NOT NULL,
  revision TEXT, licence TEXT,
  adapter TEXT NOT NULL, origin TEXT NOT NULL, sha256 TEXT NOT NULL,
  row_count INTEGER NOT NULL, reject_count INTEGER NOT NULL,
  locked TEXT,
  imported_at INTEGER NOT NULL
) STRICT;

CREATE TABLE rows (
  rowid INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  source INTEGER NOT NULL REFERENCES sources(rowid) ON DELETE CASCADE,
  question TEXT NOT NULL,
  answer TEXT, answer_raw TEXT NOT NULL,
  domain TEXT NOT NULL, answer_type TEXT NOT NULL,
  choices TEXT, context TEXT, verifier TEXT,
  origin TEXT NOT NULL,
  choice_permutation TEXT, flags TEXT NOT NULL, hash TEXT NOT NULL
) STRICT;
CREATE INDEX rows_by_source ON rows(source, domain, answer_type);
CREATE INDEX rows_by_domain ON rows(domain, answer_type, source);
CREATE INDEX rows_by_answer_type ON rows(answer_type, domain, source);

CREATE VIRTUAL TABLE rows_text USING fts5(question, choices, context, content='rows', content_rowid='rowid', tokenize='unicode61');
CREATE TRIGGER rows_text_insert AFTER INSERT ON rows BEGIN
  INSERT INTO rows_text(rowid, question, choices, context) VALUES (new.rowid, new.question, new.choices, new.context);
END;
CREATE TRIGGER rows_text_delete AFTER DELETE ON rows BEGIN
  INSERT INTO rows_text(rows_text, rowid, question, choices, context) VALUES ('delete', old.rowid, old.question, old.choices, old.context);
END;

CREATE TABLE rejects (
  source INTEGER NOT NULL REFERENCES sources(rowid) ON DELETE CASCADE,
  line INTEGER NOT NULL, reason TEXT NOT NULL, excerpt TEXT NOT NULL,
  PRIMARY KEY (source, line)
) STRICT, WITHOUT ROWID;

CREATE TABLE snapshots (
  sha256 TEXT PRIMARY KEY, name TEXT NOT NULL, count INTEGER NOT NULL,
  sources TEXT NOT NULL, template TEXT NOT NULL, created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE jobs (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL, kind TEXT NOT NULL, host TEXT NOT NULL, state TEXT NOT NULL,
  spec TEXT NOT NULL, spec_sha256 TEXT NOT NULL, command TEXT NOT NULL, folder TEXT NOT NULL,
  base_id TEXT NOT NULL, adapter_id TEXT,
  suite_name TEXT NOT NULL, suite_hash TEXT NOT NULL, suite_max REAL NOT NULL, suite_min REAL NOT NULL,
  phase TEXT NOT NULL DEFAULT '', step INTEGER NOT NULL DEFAULT 0, total_steps INTEGER NOT NULL,
  heard_at INTEGER, first_step_at INTEGER,
  failure_class TEXT, failure_message TEXT,
  log_uuid TEXT, events_offset INTEGER NOT NULL DEFAULT 0, next_seq INTEGER NOT NULL DEFAULT 0,
  launches INTEGER NOT NULL DEFAULT 0,
  recorded INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL, started_at INTEGER, ended_at INTEGER
) STRICT;
CREATE INDEX jobs_by_time ON jobs(created_at);

CREATE TABLE job_transitions (
  job TEXT NOT NULL REFERENCES jobs(id) ON DELETE CASCADE,
  seq INTEGER NOT NULL, from_state TEXT, to_state TEXT NOT NULL, at INTEGER NOT NULL, reason TEXT NOT NULL,
  PRIMARY KEY (job, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE job_events (
  job TEXT NOT NULL REFERENCES jobs(id) ON DELETE CASCADE,
  seq INTEGER NOT NULL, kind TEXT NOT NULL, wall INTEGER NOT NULL, body TEXT NOT NULL,
  PRIMARY KEY (job, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX job_events_by_kind ON job_events(job, kind, seq);

-- What the trainer warned of and what was wrong with its log, in the order in which it was noticed.
CREATE TABLE job_warnings (
  job TEXT NOT NULL REFERENCES jobs(id) ON DELETE CASCADE,
  seq INTEGER NOT NULL, code TEXT NOT NULL, message TEXT NOT NULL, at INTEGER NOT NULL,
  PRIMARY KEY (job, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE metrics (
  job TEXT NOT NULL REFERENCES jobs(id) ON DELETE CASCADE,
  name TEXT NOT NULL, step INTEGER NOT NULL, value REAL,
  PRIMARY KEY (job, name, step)
) STRICT, WITHOUT ROWID;

CREATE TABLE rollouts (
  rowid INTEGER PRIMARY KEY,
  job TEXT NOT NULL REFERENCES jobs(id) ON DELETE CASCADE,
  step INTEGER NOT NULL, group_index INTEGER NOT NULL, sample INTEGER NOT NULL,
  row_id TEXT NOT NULL, prompt TEXT NOT NULL, completion TEXT NOT NULL,
  tokens INTEGER NOT NULL, truncated INTEGER NOT NULL,
  total REAL NOT NULL, parts TEXT NOT NULL, verdict TEXT NOT NULL, answer TEXT, advantage REAL NOT NULL, why TEXT NOT NULL,
  UNIQUE (job, step, group_index, sample)
) STRICT;
CREATE INDEX rollouts_by_verdict ON rollouts(job, verdict, step);

CREATE TABLE models (
  id TEXT PRIMARY KEY, kind TEXT NOT NULL, name TEXT NOT NULL,
  architecture TEXT NOT NULL, parameters REAL, bytes REAL NOT NULL, identity TEXT NOT NULL,
  licence TEXT, state TEXT NOT NULL, reason TEXT,
  parent_id TEXT REFERENCES models(id), job_id TEXT,
  rank INTEGER, alpha REAL, step INTEGER,
  template TEXT NOT NULL, context_length INTEGER,
  folder TEXT, gguf TEXT NOT NULL, files TEXT NOT NULL, manifest TEXT, update_norms TEXT,
  created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX models_by_time ON models(kind, created_at);
CREATE INDEX models_by_parent ON models(parent_id);

CREATE TABLE model_checks (
  model TEXT NOT NULL REFERENCES models(id) ON DELETE CASCADE,
  seq INTEGER NOT NULL, name TEXT NOT NULL, title TEXT NOT NULL, ok INTEGER NOT NULL, detail TEXT NOT NULL, ms REAL NOT NULL,
  PRIMARY KEY (model, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE evaluations (
  id TEXT PRIMARY KEY, name TEXT NOT NULL,
  model_id TEXT NOT NULL REFERENCES models(id), adapter_id TEXT REFERENCES models(id), source_id TEXT NOT NULL,
  template TEXT NOT NULL, suite_name TEXT NOT NULL, suite_hash TEXT NOT NULL, settings TEXT NOT NULL,
  state TEXT NOT NULL, error TEXT, total INTEGER NOT NULL,
  recorded INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL, ended_at INTEGER
) STRICT;
CREATE INDEX evaluations_by_time ON evaluations(created_at);

CREATE TABLE evaluation_rows (
  evaluation TEXT NOT NULL REFERENCES evaluations(id) ON DELETE CASCADE,
  position INTEGER NOT NULL, row_id TEXT NOT NULL,
  PRIMARY KEY (evaluation, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE completions (
  evaluation TEXT NOT NULL REFERENCES evaluations(id) ON DELETE CASCADE,
  position INTEGER NOT NULL, row_id TEXT NOT NULL, domain TEXT NOT NULL,
  text TEXT NOT NULL, tokens INTEGER NOT NULL, truncated INTEGER NOT NULL,
  verdict TEXT NOT NULL, strict INTEGER NOT NULL, total REAL, answer TEXT, result TEXT NOT NULL,
  ms REAL NOT NULL,
  PRIMARY KEY (evaluation, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX completions_by_row ON completions(evaluation, row_id);
CREATE INDEX completions_by_verdict ON completions(evaluation, verdict, position);

CREATE TABLE demos (
  id TEXT PRIMARY KEY, seed INTEGER NOT NULL, state TEXT NOT NULL, stage TEXT NOT NULL, error TEXT,
  base_eval_id TEXT, job_id TEXT, adapter_id TEXT, adapter_eval_id TEXT, report_path TEXT,
  recorded INTEGER NOT NULL DEFAULT 0,
  started_at INTEGER NOT NULL, ended_at INTEGER
) STRICT;

CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
`,
};
