// Commands as a person types them in a shell: one spelling wherever the program names one.

/** As `npx forethought` runs in the folder of the clone, with nothing on the PATH. */
const program = ['npx', 'forethought'];

/** `npx forethought jobs launch …`; `lab` where it has to be named. */
export function forethoughtCommand(words: readonly string[], lab?: string): string {
  return shellLine([...program, ...words, ...(lab === undefined ? [] : ['--lab', lab])]);
}

/** Words as one line that a shell reads back as the same words. */
export function shellLine(words: readonly string[]): string {
  return words.map(quoted).join(' ');
}

function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
