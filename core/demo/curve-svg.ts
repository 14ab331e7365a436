// A small line chart as SVG text: raw values faint, a moving mean over them. Used by the report.

const width = 320;
const height = 120;
const left = 36;
const bottom = 16;

/** `values[i]` belongs to `steps[i]`; nulls are gaps. */
export function curveSvg(steps: readonly number[], values: readonly (number | null)[]): string {
  const known = values.filter((v): v is number => v !== null);
  if (known.length === 0) return '<p class="note">nothing was recorded</p>';
  const low = Math.min(0, ...known);
  const high = Math.max(...known, low + 1e-9);
  const last = steps.at(-1) ?? 1;
  const first = steps[0] ?? 0;
  const x = (step: number) => left + ((step - first) / Math.max(1, last - first)) * (width - left - 4);
  const y = (value: number) => 4 + (1 - (value - low) / (high - low)) * (height - bottom - 8);
  const path = (points: readonly (number | null)[]) =>
    points
      .flatMap((v, i) => (v === null ? [] : [`${x(steps[i] ?? 0).toFixed(1)},${y(v).toFixed(1)}`]))
      .join(' ');
  const label = (value: number, at: number) =>
    `<text x="${left - 4}" y="${at + 4}" text-anchor="end" font-size="10" fill="var(--soft)">${tick(value)}</text>`;
  return `<svg viewBox="0 0 ${width} ${height}" role="img"><line x1="${left}" x2="${width}" y1="${y(low)}" y2="${y(low)}" stroke="var(--line)"/>
<polyline points="${path(values)}" fill="none" stroke="var(--accent)" stroke-opacity=".3"/>
<polyline points="${path(movingMean(values))}" fill="none" stroke="var(--accent)" stroke-width="1.8"/>
${label(high, y(high))}${label(low, y(low))}<text x="${width - 4}" y="${height - 2}" text-anchor="end" font-size="10" fill="var(--soft)">step ${last}</text></svg>`;
}

function movingMean(values: readonly (number | null)[], window = 7): (number | null)[] {
  return values.map((value, i) => {
    if (value === null) return null;
    const near = values.slice(Math.max(0, i - window + 1), i + 1).filter((v): v is number => v !== null);
    return near.reduce((sum, v) => sum + v, 0) / near.length;
  });
}

function tick(value: number): string {
  return Math.abs(value) >= 100 || Number.isInteger(value) ? value.toFixed(0) : value.toFixed(2);
}
