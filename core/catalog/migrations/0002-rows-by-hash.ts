// Version 2: rows are found by their content, for what must not be in two sources at once.
export const rowsByHash = {
  version: 2,
  name: 'rows-by-hash',
  sql: 'CREATE INDEX rows_by_hash ON rows(hash);',
};
