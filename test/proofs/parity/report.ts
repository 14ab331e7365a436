// The figures of the parity proof in a terminal: a table, and one line that sums them up.
import { type Figure, missed } from './round.ts';

export const holds = (figure: Figure): boolean => missed(figure).length === 0;

const HEAD = ['model', 'between', 'max |Δlogit|', 'at the ends', 'same first choice', 'same texts', ''];

export function tableOf(figures: readonly Figure[]): string {
  const rows = figures.map((figure) => {
    const { what, between, difference, texts } = figure;
    return [
      what,
      between,
      shown(difference.largest),
      shown(difference.largestAtEnds),
      `${difference.sameFirst}/${difference.positions}`,
      texts === null ? '' : `${texts.same}/${texts.of}`,
      figure.bound === null ? 'stated' : holds(figure) ? 'holds' : `MISSED: ${missed(figure).join(', ')}`,
    ];
  });
  const all = [HEAD, ...rows];
  const widths = HEAD.map((_, column) => Math.max(...all.map((row) => row[column]!.length)));
  return all
    .map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** "40 of 40 comparisons hold. Largest |Δlogit| … " */
export function summaryOf(figures: readonly Figure[]): string {
  const bound = figures.filter((figure) => figure.bound !== null);
  const sides = [...new Set(figures.map(({ between }) => between))].filter((name) =>
    name.startsWith('tunix | '),
  );
  const against = sides.map((between) => {
    const found = figures.filter((figure) => figure.between === between);
    const most = (at: 'largest' | 'largestAtEnds') =>
      shown(Math.max(...found.map(({ difference }) => difference[at])));
    const limit = Math.max(...found.map((figure) => figure.bound ?? 0));
    const side = between.replace('tunix | ', '');
    if (limit === 0) return `${side} ${most('largest')}`;
    return found.some(({ boundIsForEnds }) => boundIsForEnds)
      ? `${side} ${most('largestAtEnds')} at the ends (bound ${limit}) and ${most('largest')} anywhere`
      : `${side} ${most('largest')} (bound ${limit})`;
  });
  const sum = (key: 'same' | 'of') => figures.reduce((total, { texts }) => total + (texts?.[key] ?? 0), 0);
  return (
    `${bound.filter(holds).length} of ${bound.length} comparisons hold. Largest |Δlogit| between Tunix and ${against.join('; ')}. ` +
    `Greedy texts: ${sum('same')} of ${sum('of')} the same.`
  );
}

const shown = (value: number): string => value.toExponential(1);
