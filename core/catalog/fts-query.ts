// What a person types into a search box as a question to a full-text index, the same for every table that has one.

/** Every word must occur, the last one as a prefix; null when the text holds no word. Signs never act as operators. */
export function toFtsQuery(search: string): string | null {
  const words = search.match(/[\p{L}\p{N}\p{Co}][\p{L}\p{N}\p{M}\p{Co}]*/gu);
  if (!words) return null;
  return words.map((word, i) => `"${word}"${i === words.length - 1 ? '*' : ''}`).join(' AND ');
}
