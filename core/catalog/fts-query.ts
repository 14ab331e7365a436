// What a person types into a search box as a question to a full-text index, the same for every table that has one.
import { openSqlite, type Statement } from './sqlite.ts';

/** Every word must occur, the last one as a prefix; null when the text holds no word. Signs never act as operators. */
export function toFtsQuery(search: string): string | null {
  const words = wordsOf(search);
  if (words.length === 0) return null;
  return words.map((word, i) => `"${word}"${i === words.length - 1 ? '*' : ''}`).join(' AND ');
}

/**
 * A text's words as the indexes have them. Their own tokenizer splits it, beside the catalog: it takes letters by a Unicode of its own, and a
 * word that it splits further is a phrase, which an index without places refuses.
 */
function wordsOf(text: string): string[] {
  split ??= makeSplit();
  split.put.run(text);
  return split.words.all() as string[];
}

let split: { put: Statement; words: Statement } | undefined;

function makeSplit() {
  const db = openSqlite(':memory:');
  db.exec(`CREATE VIRTUAL TABLE typed USING fts5(text, tokenize='unicode61');
    CREATE VIRTUAL TABLE words USING fts5vocab(typed, 'instance');`);
  return {
    put: db.prepare('INSERT OR REPLACE INTO typed (rowid, text) VALUES (1, ?)'),
    words: db.prepare('SELECT term FROM words ORDER BY offset').pluck(),
  };
}
