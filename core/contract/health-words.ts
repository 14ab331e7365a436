// What is said of a run or a stage that the health rules cannot judge: the same in the window and in the terminal.

/** `what`: as the beginning of a sentence. */
export const endedTooEarly = (what = 'The run'): string =>
  `${what} ended before there was enough to judge it by.`;
