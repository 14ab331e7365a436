// Version 8: a run that was cut goes on as another attempt. Where in the log the present one begins, and the first step that it told of; the latter
// is read no more, and first_step_at neither: progress.ts looks in the log.
export const attempts = {
  version: 8,
  name: 'attempts',
  sql: `
ALTER TABLE jobs ADD COLUMN attempt_seq INTEGER NOT NULL DEFAULT 0;
ALTER TABLE jobs ADD COLUMN first_step INTEGER NOT NULL DEFAULT 1;
`,
};
