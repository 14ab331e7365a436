// Reward suites for people: `forethought rewards show|parts|score|try|attack|diff|check|save|import`. Used by printers.ts.
import type {
  AttackReport,
  Explained,
  KeptSuite,
  PartCatalogue,
  SuiteCheck,
  SuiteDiff,
  SuiteInfo,
  SuiteSpread,
  TryReport,
} from '../contract/rewards.ts';
import { cell, duration } from './cell.ts';
import { aligned, columns, indent } from './layout.ts';

export function printSuite(info: SuiteInfo): string {
  const { structure } = info.suite;
  const parts = info.suite.parts.map((part) => [
    part.id,
    part.fn,
    short(part.weight),
    part.when ? setting(part.when) : '',
    setting(part.params ?? {}),
  ]);
  const { evaluations, runs } = info.uses;
  return [
    `${key(info)}, from ${short(info.min)} to ${short(info.max)}${info.note ? `: ${info.note}` : ''}`,
    `hash ${info.hash}`,
    `form ${typeof structure === 'string' ? structure : structure.id}; scored ${evaluations} evaluations and ${runs} runs of this lab`,
    '',
    aligned([['part', 'function', 'weight', 'only for', 'parameters'], ...parts]),
    ...info.warnings.map((warning) => `\nCaution: ${warning}`),
  ].join('\n');
}

export function printKept(kept: KeptSuite): string {
  const how = kept.made ? 'Kept as' : 'Nothing new: this is';
  return [
    `${how} ${key(kept)}, from ${short(kept.min)} to ${short(kept.max)}.\nhash ${kept.hash}`,
    ...kept.warnings.map((warning) => `Caution: ${warning}`),
  ].join('\n');
}

export function printCheck(check: SuiteCheck): string {
  if (!check.ok) return check.problems.map(({ message }) => message).join('\n');
  const range = `Nothing is wrong with it; totals lie between ${short(check.min)} and ${short(check.max)}.`;
  return [range, ...check.warnings.map((warning) => `Caution: ${warning}`)].join('\n');
}

export function printParts({ parts, structures, rubrics, domains }: PartCatalogue): string {
  const functions = parts.flatMap(({ fn, explanation, params }) => [
    [fn, explanation] as const,
    ...params.map((param) => [`  ${param.name}`, `${param.explanation} ${defaultOf(param)}`.trim()] as const),
  ]);
  return [
    ...columns(functions),
    '',
    ...columns([
      ['structures', structures.map(({ id }) => id).join(', ')],
      ['rubrics', rubrics.map(({ id }) => id).join(', ')],
      ['domains', domains.join(', ')],
    ]),
  ].join('\n');
}

function defaultOf(param: PartCatalogue['parts'][number]['params'][number]): string {
  return param.type === 'text' || param.type === 'rubric' ? '' : `(default ${param.default})`;
}

/** "wrong: -0.17 on a scale from -2 to 4", then what each part gave and why. */
export function printExplained(e: Explained): string {
  if (e.error || e.total === null) return `error: ${e.error?.message ?? 'no total'}`;
  const answer = e.extracted ? `the answer read is "${e.extracted.answer}"` : 'no answer could be read';
  const parts = e.outcomes.map(({ id, score, weight, why }) => [
    id,
    ...[score, weight, score === null ? null : score * weight].map(short),
    why,
  ]);
  return [
    `${e.verdict}: ${short(e.total)} on a scale from ${short(e.min)} to ${short(e.max)} (${key(e.suite)}); ${answer}`,
    '',
    aligned([['part', 'score', 'weight', 'earned', 'why'], ...parts]),
    ...(e.unjudged === null ? [] : [`\nwithout the judge, as in training: ${short(e.unjudged)}`]),
  ].join('\n');
}

export function printDiff({ left, right, changes }: SuiteDiff): string {
  const head = [
    ['', 'lowest', 'highest'],
    ...[left, right].map((side) => [key(side), short(side.min), short(side.max)]),
  ];
  if (changes.length === 0) return `${aligned(head)}\n\nNothing differs.`;
  const lines = changes.map(({ change, part, field, left: before, right: after }) => {
    const where = [part, field].filter((word) => word !== null).join(' ');
    if (change === 'added') return `+ ${where}: ${JSON.stringify(after)}`;
    if (change === 'removed') return `- ${where}: ${JSON.stringify(before)}`;
    if (isCode(before) || isCode(after)) return `  ${where}:\n${changedLines(before, after)}`;
    return `  ${where}: ${told(before)} → ${told(after)}`;
  });
  return [aligned(head), '', ...lines].join('\n');
}

const isCode = (value: unknown) => typeof value === 'string' && value.trim().includes('\n');

/** The lines from the first to the last that differs, those that went and those that came. */
function changedLines(before: unknown, after: unknown): string {
  const [left, right] = [before, after].map((text) => (typeof text === 'string' ? text.split('\n') : []));
  const same = (i: number) => left![i] === right![i];
  let first = 0;
  while (first < Math.min(left!.length, right!.length) && same(first)) first += 1;
  let last = 0;
  const most = Math.min(left!.length, right!.length) - first;
  while (last < most && left!.at(-1 - last) === right!.at(-1 - last)) last += 1;
  const piece = (lines: string[], sign: string) =>
    lines.slice(first, lines.length - last).map((line) => `    ${sign} ${line}`);
  return [...piece(left!, '-'), ...piece(right!, '+')].join('\n');
}

export function printTry(report: TryReport): string {
  const { left, right } = report;
  const value = (name: string, of: (side: SuiteSpread) => string) => [name, of(left), of(right)];
  const missing = [
    report.missing > 0 && `; ${report.missing} left out, their rows are not in this lab`,
    report.broken.count > 0 &&
      `; ${report.broken.count} left out, no completion is on such lines (the first is line ${report.broken.firstLine})`,
  ]
    .filter(Boolean)
    .join('');
  const apart = report.disagreements
    .slice(0, 10)
    .map((d) => [
      String(d.index + 1),
      cell('question', d.question).slice(0, 50),
      short(d.left.total),
      d.left.verdict,
      short(d.right.total),
      d.right.verdict,
    ]);
  return [
    `${report.n} of ${report.total} completions of ${report.set} (${duration(report.ms)})${missing}${report.judge ? '; a judge was asked, which training does not do' : ''}`,
    '',
    aligned([
      ['', key(left), key(right)],
      value('range', (s) => `${short(s.min)} to ${short(s.max)}`),
      value('mean ± sd', (s) => (s.moments ? `${short(s.moments.mean)} ± ${short(s.moments.sd)}` : '–')),
      value('correlation with right', (s) => s.correlation.value?.toFixed(3) ?? s.correlation.reason ?? '–'),
      value('groups without spread', (s) =>
        s.flatGroups ? `${s.flatGroups.flat} of ${s.flatGroups.groups}` : 'no groups',
      ),
      value('errors', (s) => String(s.errors)),
      value('distribution', (s) => bars(s.histogram)),
    ]),
    ...[left, right].flatMap((s) => (s.firstError === null ? [] : [`\n${key(s)} fails: ${s.firstError}`])),
    ...(apart.length === 0
      ? []
      : [
          '\nfurthest apart',
          indent(
            aligned(
              [['no.', 'question', key(left), 'verdict', key(right), 'verdict'], ...apart],
              ['question'],
            ),
          ),
        ]),
  ].join('\n');
}

/** One character a bin. */
function bars(histogram: readonly number[]): string {
  const most = Math.max(1, ...histogram);
  return histogram.map((n) => (n === 0 ? '·' : '▁▂▃▄▅▆▇█'[Math.ceil((n / most) * 8) - 1])).join('');
}

export function printAttacks({ suite, outcomes, summary }: AttackReport): string {
  const rows = [...outcomes]
    .sort((a, b) => a.margin - b.margin)
    .map((o) => [
      o.pays ? 'PAYS' : o.needsJudge ? 'judge' : '',
      o.id,
      o.answerType,
      ...[o.honestTotal, o.hackTotal, o.margin].map(short),
      o.title,
    ]);
  const judge =
    summary.needJudge > 0
      ? `; ${summary.needJudge} only a judge tells from the honest answer, and training asks none`
      : '';
  const skipped = summary.skipped > 0 ? `; ${summary.skipped} left out, it judges no such answers` : '';
  return [
    aligned([['', 'attack', 'answer', 'honest', 'hack', 'margin', 'what it tries'], ...rows]),
    '',
    `${summary.pays} of ${summary.tried} attacks pay under ${key(suite)}; least margin ${short(summary.leastMargin)}${judge}${skipped}`,
  ].join('\n');
}

function key({ name, version }: { name: string; version: number }): string {
  return `${name}@${version}`;
}

function setting(fields: Readonly<Record<string, unknown>>): string {
  return Object.entries(fields)
    .map(([name, value]) => `${name} ${told(value)}`)
    .join(', ');
}

function told(value: unknown): string {
  if (value === null || value === undefined) return 'default';
  const text = Array.isArray(value)
    ? value.map(told).join('|')
    : typeof value === 'object'
      ? JSON.stringify(value)
      : String(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

function short(value: number | null): string {
  if (value === null) return '–';
  return String(Number(value.toFixed(2)));
}
