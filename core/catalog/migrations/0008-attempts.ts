// Version 8: a run that was cut goes on as another attempt. Where in the log the present one begins, and the first step that it told of.
export const attempts = {
  version: 8,
  name: 'attempts',
  sql: `
ALTER TABLE jobs ADD COLUMN attempt_seq INTEGER NOT NULL DEFAULT 0;
ALTER TABLE jobs ADD COLUMN first_step INTEGER NOT NULL DEFAULT 1;
`,
};
