// Version 7: a demo has several checkpoints, each with its adapter and its evaluations, instead of one adapter and one evaluation.
export const demoCheckpoints = {
  version: 7,
  name: 'demo-checkpoints',
  sql: `
ALTER TABLE demos ADD COLUMN checkpoints TEXT NOT NULL DEFAULT '[]';
UPDATE demos SET checkpoints = json_array(
  json_object('id', 'base', 'adapterId', NULL, 'tasksEvalId', base_eval_id, 'openEvalId', NULL),
  json_object('id', 'grpo', 'adapterId', adapter_id, 'tasksEvalId', adapter_eval_id, 'openEvalId', NULL));
-- Half of an old demo cannot be gone on with as a new one.
UPDATE demos SET state = 'stopped', ended_at = unixepoch() * 1000, error = 'An earlier version of the program began it; this one begins demos anew.'
  || CASE WHEN job_id IS NULL THEN '' ELSE ' What it had launched goes on: forethought jobs get ' || job_id END
  WHERE state = 'running';
UPDATE demos SET stage = 'evaluate' WHERE stage = 'evaluate-adapter';
UPDATE demos SET stage = 'train' WHERE stage = 'arrive';
ALTER TABLE demos DROP COLUMN base_eval_id;
ALTER TABLE demos DROP COLUMN adapter_id;
ALTER TABLE demos DROP COLUMN adapter_eval_id;
`,
};
