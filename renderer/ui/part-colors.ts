// The colour of each part of a suite in its bar and its table, by its place among the parts that apply.

/** As many as the longest shipped suite has parts, neighbours far apart; more parts begin again. */
const COLORS = ['3', '4', '2', '1', '5', '6', '7', '8'].map((number) => `var(--c${number})`);

export function partColor(place: number): string {
  return COLORS[place % COLORS.length]!;
}
