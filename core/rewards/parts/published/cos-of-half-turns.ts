// A cosine that is the same number everywhere: engines differ in the last digit of Math.cos, and a reward must not. Used by open-r1.ts.

/** cos(π · halfTurns), from sums, products and quotients alone, whose rounding every engine has from one standard. Within 4e-16. */
export function cosOfHalfTurns(halfTurns: number): number {
  // Each step is exact.
  const inTurn = Math.abs(halfTurns) % 2;
  const upTo1 = inTurn > 1 ? 2 - inTurn : inTurn;
  const upToHalf = upTo1 > 0.5 ? 1 - upTo1 : upTo1;
  const size = upToHalf <= 0.25 ? series(Math.PI * upToHalf, 0) : series(Math.PI * (0.5 - upToHalf), 1);
  return upTo1 > 0.5 ? -size : size;
}

/** The power series of the cosine (`first` 0) or the sine (1) of an angle from 0 to π/4, the smallest terms added first. */
function series(angle: number, first: 0 | 1): number {
  const square = angle * angle;
  let sum = 1;
  for (let at = first + 16; at > first; at -= 2) sum = 1 - (square / (at * (at - 1))) * sum;
  return first === 0 ? sum : angle * sum;
}
