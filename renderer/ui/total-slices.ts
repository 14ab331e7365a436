// Where the parts of a total lie on the bar of its range. Pure; used by total-bar.tsx.

export interface Slice {
  id: string;
  color: string;
  /** Shares of the bar. */
  from: number;
  width: number;
  lost: boolean;
}

/** Gains stack from zero to the right, losses from zero to the left. An empty range is all zeros. */
export function slicesOn(
  parts: readonly { id: string; earned: number; color: string }[],
  min: number,
  max: number,
  total: number | null,
): { slices: Slice[]; zero: number; at: number | null } {
  const [low, high] = [Math.min(0, min), Math.max(0, max)];
  const size = high - low;
  const share = (value: number) => (size === 0 ? 0 : Math.max(0, Math.min(1, (value - low) / size)));
  let [gained, lost] = [0, 0];
  const slices = parts
    .filter(({ earned }) => earned !== 0)
    .map(({ id, earned, color }): Slice => {
      const [from, to] = earned > 0 ? [gained, gained + earned] : [lost + earned, lost];
      if (earned > 0) gained = to;
      else lost = from;
      return { id, color, from: share(from), width: share(to) - share(from), lost: earned < 0 };
    });
  return { slices, zero: share(0), at: total === null ? null : share(total) };
}
