// Numbers, times and sizes as people read them. Every part of the window formats through here; nothing formats in place.

const whole = new Intl.NumberFormat('en-GB', { maximumFractionDigits: 0 });
const THIN = '\u202f';
const MINUS = '−';

/** With a true minus sign, and none before a zero: "−0.0" would say that something fell. */
function withMinus(text: string): string {
  return /[1-9]/.test(text) ? text.replace('-', MINUS) : text.replace('-', '');
}

/** 1319 → "1,319". */
export function formatCount(value: number): string {
  return withMinus(whole.format(value));
}

/** "1 row", "1,319 rows". */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}

/** A share as percent with `digits` decimals and no unit: 0.634 → "63.4". */
export function formatPercent(share: number, digits = 1): string {
  return withMinus((share * 100).toFixed(digits));
}

/** A difference of shares in points, always signed: 0.28 → "+28.0". */
export function formatPoints(difference: number, digits = 1): string {
  const points = (difference * 100).toFixed(digits);
  return Number(points) > 0 ? `+${points}` : withMinus(points);
}

/** Fixed decimals with a true minus sign; an absent value is a dash, never zero. */
export function formatNumber(value: number | null | undefined, digits = 2): string {
  if (value === null || value === undefined) return '–';
  if (!Number.isFinite(value)) return 'not finite';
  return withMinus(value.toFixed(digits));
}

/** Signed: "+0.71", "−1.21"; an absent value is a dash. */
export function formatSigned(value: number | null, digits = 2): string {
  const text = formatNumber(value, digits);
  return value !== null && value > 0 && Number(text) !== 0 ? `+${text}` : text;
}

/** As many decimals as a value of its size needs: axis ticks and read-outs of unknown scale. */
export function formatCompact(value: number | null | undefined): string {
  if (value === null || value === undefined) return '–';
  const size = Math.abs(value);
  if (size >= 10_000) return formatCount(value);
  if (size >= 100) return formatNumber(value, 0);
  if (size >= 10) return formatNumber(value, 1);
  if (size >= 0.1 || size === 0) return formatNumber(value, 2);
  if (size >= 0.001) return formatNumber(value, 4);
  return value.toExponential(1).replace('-', MINUS);
}

/** Milliseconds in the two largest units: 1240 → "1.2 s", 94_000 → "1 m 34 s". */
export function formatDuration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (ms < 1000) return `${Math.max(1, Math.round(ms))} ms`;
  if (ms < 9_950) return `${(ms / 1000).toFixed(1).replace(/\.0$/, '')} s`;
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} m ${seconds % 60} s`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours} h ${minutes % 60} m`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** What a running work still needs: "1 m 34 s left", at the end "nearly done"; of a part of it "sft: 1 m 34 s left". */
export function formatLeft(ms: number, part: string | null = null): string {
  const left = ms < 1000 ? 'nearly done' : `${formatDuration(Math.round(ms / 1000) * 1000)} left`;
  return part === null ? left : `${part}: ${left}`;
}

/** How long ago, in one unit: "2 s ago", "3 h ago". Times in the future count as now. */
export function formatAge(at: number, now: number): string {
  const seconds = Math.max(0, Math.round((now - at) / 1000));
  if (seconds < 1) return 'just now';
  if (seconds < 60) return `${seconds} s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 48 * 3600) return `${Math.floor(seconds / 3600)} h ago`;
  return `${Math.floor(seconds / 86_400)} days ago`;
}

/** When something ended, or for what came with the app, when it was recorded: its age would be read as work done here. */
export function formatEnd(at: number, recorded: boolean, now: number): string {
  return recorded ? `recorded ${formatDay(at)}` : `ended ${formatAge(at, now)}`;
}

/** Day of a moment, in the reader's time zone: "24 Nov 2026". */
export function formatDay(at: number): string {
  return new Date(at).toLocaleDateString('en-GB', { day: 'numeric', month: 'short', year: 'numeric' });
}

/** Day and minute of a moment, in the reader's time zone. */
export function formatMoment(at: number): string {
  return new Date(at).toLocaleString('en-GB', {
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
  });
}

export function formatBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

/** Parameter counts: 1_070_000 → "1.07 M". */
export function formatParameters(count: number): string {
  if (count >= 1e9) return `${(count / 1e9).toFixed(2)} B`;
  if (count >= 1e6) return `${(count / 1e6).toFixed(2)} M`;
  if (count >= 1e3) return `${(count / 1e3).toFixed(0)} k`;
  return String(count);
}

const SUPERSCRIPT = '⁰¹²³⁴⁵⁶⁷⁸⁹';

/** A p value: "0.038", below 0.001 in powers of ten: "6.2 · 10⁻⁹". */
export function formatP(p: number): string {
  if (p >= 0.001) return p.toFixed(p >= 0.1 ? 2 : 3);
  if (p === 0) return '< 10⁻³⁰⁰';
  const [mantissa = '1', exponent = '0'] = p.toExponential(1).split('e');
  const power = [...String(Math.abs(Number(exponent)))].map((digit) => SUPERSCRIPT[Number(digit)]).join('');
  return `${mantissa}${THIN}·${THIN}10⁻${power}`;
}

/** The pieces of one line, without those that are empty: "gsm8k · main · test". */
export function joinPieces(...pieces: readonly (string | false | null | undefined)[]): string {
  return pieces.filter(Boolean).join(' · ');
}

/** A name of the data or of the reader in words: "general-knowledge" → "general knowledge". */
export function nameInWords(name: string): string {
  return name.replaceAll('-', ' ');
}

/** The first characters of a hash, enough to tell two apart on a screen. */
export function shortHash(hash: string): string {
  return hash.length <= 12 ? hash : `${hash.slice(0, 8)}…${hash.slice(-4)}`;
}
