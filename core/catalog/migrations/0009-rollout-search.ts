// Version 9: rollouts are found by words, and their lists are read from indexes alone, which hold what they are filtered by: the texts between
// the columns of a rollout make a look at the row itself slow.
export const rolloutSearch = {
  version: 9,
  name: 'rollout-search',
  sql: `
-- Which rollout holds a word is all that is asked: places of words would take five times the room.
CREATE VIRTUAL TABLE rollouts_text USING fts5(prompt, completion, content='rollouts', content_rowid='rowid', tokenize='unicode61', detail=none);
CREATE TRIGGER rollouts_text_insert AFTER INSERT ON rollouts BEGIN
  INSERT INTO rollouts_text(rowid, prompt, completion) VALUES (new.rowid, new.prompt, new.completion);
END;
CREATE TRIGGER rollouts_text_delete AFTER DELETE ON rollouts BEGIN
  INSERT INTO rollouts_text(rollouts_text, rowid, prompt, completion) VALUES ('delete', old.rowid, old.prompt, old.completion);
END;
CREATE TRIGGER rollouts_text_update AFTER UPDATE OF prompt, completion ON rollouts BEGIN
  INSERT INTO rollouts_text(rollouts_text, rowid, prompt, completion) VALUES ('delete', old.rowid, old.prompt, old.completion);
  INSERT INTO rollouts_text(rowid, prompt, completion) VALUES (new.rowid, new.prompt, new.completion);
END;
INSERT INTO rollouts_text(rollouts_text) VALUES ('rebuild');

DROP INDEX rollouts_by_verdict;
DROP INDEX rollouts_newest;
CREATE INDEX rollouts_newest ON rollouts(job, step DESC, group_index, sample, verdict, total);
DROP INDEX rollouts_suspicious;
CREATE INDEX rollouts_suspicious ON rollouts(job, total DESC, step DESC, group_index, sample, verdict)
  WHERE verdict IN ('wrong', 'ambiguous', 'unparsable');
`,
};
