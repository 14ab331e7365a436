// The figures of the parity proof in a terminal: a table, and one line that sums them up.
import { type Figure, missed } from './round.ts';

export const holds = (figure: Figure): boolean => missed(figure).length === 0;

const HEAD = ['model', 'between', 'max |Δlogit|', 'same first choice', 'same texts', ''];

export function tableOf(figures: readonly Figure[]): string {
  const rows = figures.map((figure) => {
    const { what, between, difference, texts } = figure;
    return [
      what,
      between,
      shown(difference.largest),
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
    const most = shown(Math.max(...found.map(({ difference }) => difference.largest)));
    const limits = found.flatMap(({ bound: each }) => each ?? []);
    const limit = limits.length > 0 ? `bound ${Math.max(...limits)}` : 'stated';
    return `${between.replace('tunix | ', '')} ${most} (${limit})`;
  });
  const sum = (key: 'same' | 'of') => figures.reduce((total, { texts }) => total + (texts?.[key] ?? 0), 0);
  const first = (key: 'sameFirst' | 'positions') =>
    figures.reduce((total, { difference }) => total + difference[key], 0);
  return (
    `${bound.filter(holds).length} of ${bound.length} comparisons hold. Largest |Δlogit| between Tunix and ${against.join('; ')}. ` +
    `First choices: ${first('sameFirst')} of ${first('positions')} the same. Greedy texts: ${sum('same')} of ${sum('of')} the same.`
  );
}

const shown = (value: number): string => value.toExponential(1);
