// Version 3: how many damaged lines of a run's log came right before the offset that it is read to.
export const badLines = {
  version: 3,
  name: 'bad-lines',
  sql: 'ALTER TABLE jobs ADD COLUMN bad_lines INTEGER NOT NULL DEFAULT 0;',
};
