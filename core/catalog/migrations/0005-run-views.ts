// Version 5: what a run has published and where it is now, and the orders in which a hundred thousand rollouts are read.
export const runViews = {
  version: 5,
  name: 'run-views',
  sql: `
-- state: announced (it lies on the host), home, refused (it is home, a check did not hold), gone (it could not be brought home).
CREATE TABLE job_artifacts (
  job TEXT NOT NULL REFERENCES jobs(id) ON DELETE CASCADE,
  name TEXT NOT NULL, kind TEXT NOT NULL, step INTEGER NOT NULL,
  path TEXT NOT NULL, manifest_sha256 TEXT NOT NULL, score TEXT,
  state TEXT NOT NULL, model_id TEXT, reason TEXT, files TEXT NOT NULL, at INTEGER NOT NULL,
  PRIMARY KEY (job, name)
) STRICT, WITHOUT ROWID;

INSERT INTO job_artifacts (job, name, kind, step, path, manifest_sha256, score, state, model_id, reason, files, at)
  SELECT e.job, json_extract(e.body, '$.name'), COALESCE(json_extract(e.body, '$.artifact'), 'lora-adapter'),
    json_extract(e.body, '$.step'), json_extract(e.body, '$.path'), json_extract(e.body, '$.manifestSha256'), NULL,
    CASE WHEN m.state = 'ready' THEN 'home' WHEN m.state = 'refused' THEN 'refused' ELSE 'announced' END,
    m.id, m.reason, '[]', e.wall
  FROM job_events e JOIN jobs j ON j.id = e.job LEFT JOIN models m ON m.id = j.adapter_id
  WHERE e.kind = 'artifact.ready' AND json_extract(e.body, '$.name') IS NOT NULL
    AND e.seq = (SELECT MAX(seq) FROM job_events l WHERE l.job = e.job AND l.kind = 'artifact.ready');

CREATE INDEX rollouts_newest ON rollouts(job, step DESC, group_index, sample);
CREATE INDEX rollouts_by_row ON rollouts(job, row_id, step, sample, total);
CREATE INDEX rollouts_suspicious ON rollouts(job, (verdict = 'correct'), total DESC, step DESC);
`,
};
