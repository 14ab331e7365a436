// One value as a short text, by what its name says that it is: a time, a duration, bytes, a hash, a share. Used by print.ts.
import type { StopRule } from '../contract/job-blocks.ts';
import { type Moment, momentInWords } from '../contract/moment.ts';
import type { Proportion } from '../contract/procedure.ts';
import type { ExamScore } from '../contract/run-views.ts';

/** Name of a field as a heading: "context length", "created", "rows". */
export function heading(key: string): string {
  const words = key.replace(/[A-Z]/g, (c) => ` ${c.toLowerCase()}`);
  return words.replace(/ (at|ms)$/, '').replace(/ count$/, 's');
}

/** Any value in one line. */
export function cell(key: string, value: unknown): string {
  if (value === null || value === undefined || value === '') return '–';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value === 'number') return numberCell(key, value);
  if (Array.isArray(value)) return listCell(key, value);
  if (typeof value === 'object') {
    if (isStopRule(value)) return ruleAsWord(value);
    if (isMoment(value)) return momentInWords(value);
    if (isScore(value)) return scoreInWords(value);
    return isProportion(value) ? proportion(value) : JSON.stringify(value);
  }
  const text = String(value).replace(/\s+/g, ' ');
  return isHash(text) ? `${text.slice(0, 12)}…` : text;
}

function numberCell(key: string, value: number): string {
  if (isTime(key)) return localTime(value);
  if (key === 'ms' || key.endsWith('Ms')) return duration(value);
  if (key === 'bytes') return bytes(value);
  return Number.isInteger(value) ? String(value) : value.toPrecision(4);
}

/** Texts are listed; of many numbers the ends tell the way that they took. */
function listCell(key: string, values: readonly unknown[]): string {
  if (values.length === 0) return 'none';
  const one = key.replace(/s$/, '');
  if (values.length > 8 && values.every((v) => typeof v === 'number' || v === null))
    return `${cell(one, values[0])} → ${cell(one, values.at(-1))} (${values.length})`;
  return values.map((value) => cell(one, value)).join(', ');
}

function isTime(key: string): boolean {
  return key === 'at' || key.endsWith('At');
}

function isHash(text: string): boolean {
  return /^[0-9a-f]{64}$/.test(text);
}

/** "2026-11-24 01:46" where this machine is. */
function localTime(unixMs: number): string {
  const t = new Date(unixMs);
  const two = (n: number) => String(n).padStart(2, '0');
  const day = `${t.getFullYear()}-${two(t.getMonth() + 1)}-${two(t.getDate())}`;
  return `${day} ${two(t.getHours())}:${two(t.getMinutes())}`;
}

/** "85 ms", "1.2 s", "3 min 20 s", "2 h 05 min" */
export function duration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${(ms / 1000).toFixed(1)} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  return `${Math.floor(seconds / 3600)} h ${String(Math.floor((seconds % 3600) / 60)).padStart(2, '0')} min`;
}

/** "6.6 MB", in powers of ten as file managers count. */
function bytes(value: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const power = Math.min(units.length - 1, value < 1 ? 0 : Math.floor(Math.log10(value) / 3));
  return `${(value / 1000 ** power).toFixed(power === 0 ? 0 : 1)} ${units[power]}`;
}

export function isStopRule(value: object): value is StopRule {
  return 'metric' in value && 'forSteps' in value;
}

/** As `--settings stopWhen=[…]` takes it, without the bounds that it does not have. */
function ruleAsWord(rule: StopRule): string {
  return JSON.stringify(Object.fromEntries(Object.entries(rule).filter(([, bound]) => bound !== null)));
}

export function isProportion(value: object): value is Proportion {
  return 'share' in value && 'low' in value && 'high' in value && 'n' in value;
}

export function isMoment(value: object): value is Moment {
  return 'stage' in value && 'step' in value && 'steps' in value && Object.keys(value).length === 3;
}

export function isScore(value: object): value is ExamScore {
  return 'set' in value && 'n' in value && 'mean' in value && 'correct' in value;
}

/** "73.0 % right of 100, reward 3.92 (held-out)"; "loss 0.412, n 32 (held-out)" */
function scoreInWords({ set, n, checked, mean, correct, loss }: ExamScore): string {
  const measured = [
    correct === null
      ? []
      : `${(correct * 100).toFixed(1)} % right${checked === null ? '' : ` of ${checked}`}`,
    mean === null ? [] : `reward ${mean.toFixed(2)}`,
    loss === null ? [] : `loss ${loss.toFixed(3)}`,
    correct === null ? `n ${n}` : [],
  ];
  return `${measured.flat().join(', ')} (${set})`;
}

/** "87.3 % (83.1–90.6, n 300)" */
export function proportion(p: Proportion): string {
  const percent = (x: number) => (x * 100).toFixed(1);
  return `${percent(p.share)} % (${percent(p.low)}–${percent(p.high)}, n ${p.n})`;
}
