// The demo's report: one HTML file without scripts or links, to keep or to send. Written by the last stage.
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Comparison, PairRow } from '../contract/comparisons.ts';
import type { CheckpointScores, Demo, DemoResult, MeanScore } from '../contract/demo.ts';
import { diskError } from '../contract/errors.ts';
import type { Proportion } from '../contract/procedure.ts';
import type { Series } from '../contract/run-views.ts';
import { curveSvg } from './curve-svg.ts';

export interface Report
  extends Pick<DemoResult, 'checkpoints' | 'best' | 'shown' | 'comparison' | 'meaning'> {
  demo: Demo;
  curves: readonly Series[];
  /** A few rows side by side: gained first, then lost, then both right. */
  examples: readonly PairRow[];
}

/** Writes `demo-seed-N-<id>.html` and returns its path. Throws `disk` where it cannot be written; nothing is left of it then. */
export async function writeReport(folder: string, report: Report): Promise<string> {
  const path = join(folder, `demo-seed-${report.demo.seed}-${report.demo.id.slice(0, 8)}.html`);
  try {
    await mkdir(folder, { recursive: true });
    await writeFile(`${path}.tmp`, reportHtml(report));
    await rename(`${path}.tmp`, path);
  } catch (error) {
    await rm(`${path}.tmp`, { force: true });
    throw diskError(error, `Writing the report ${path}`);
  }
  return path;
}

export function reportHtml(r: Report): string {
  const { comparison: c } = r;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Forethought demo, seed ${r.demo.seed}</title><style>${css}</style></head><body><main>
<p class="kicker">Forethought demo · seed ${r.demo.seed} · ${new Date(r.demo.startedAt).toISOString().slice(0, 16).replace('T', ' ')} UTC</p>
<h1>Did thinking first help?</h1>
<p class="lead">${escapeHtml(r.meaning)}</p>
${checkpointTable(r)}
${byDomainTable(r)}
<p class="note">Right: share of right answers of questions that can be checked, with 95 % Wilson intervals. Open tasks: reward by computed criteria, as a share of
the most that each can earn, with a 95 % bootstrap interval. Kept: right answers gained and lost against the checkpoint that it was trained from, exact two-sided McNemar test;
in a domain with p adjusted for being read with the others (Holm), shown where it lost beyond chance. A domain has the same intervals. Best: ${escapeHtml(r.best.rule)}</p>
<h2>${escapeHtml(r.shown.name)} against the base</h2>
${proofTable(c, r.shown.name)}
<p class="note">The difference ${signed(c.difference.value)} points (${signed(c.difference.low)} to ${signed(c.difference.high)}) is Newcombe’s paired interval;
p is the exact two-sided McNemar test over ${c.gained + c.lost} discordant of ${c.n} rows. p is over questions, not over training seeds.</p>
${domainTable(c)}
<h2>How the run went</h2><div class="curves">${curves(r.curves)}</div>
<h2>Three answers side by side</h2>${r.examples
    .slice(0, 3)
    .map((pair) => example(pair, r.shown.name))
    .join('\n')}
</main></body></html>
`;
}

function checkpointTable({ checkpoints, best }: Report): string {
  const rows = checkpoints.map((each) => {
    const name = `${escapeHtml(each.name)}${each.id === best.id ? ' <small class="good">best</small>' : ''}`;
    return [
      ...[name, percent(each.right), share(each.format), kept(each)],
      ...[each.open ? mean(each.open) : '–', share(each.openFormat ?? undefined)],
    ];
  });
  return table(['', 'Right', 'Strict', 'Kept', 'Open tasks', 'Strict'], rows);
}

/** A column for each domain: right answers, and the reward of open tasks. */
function byDomainTable({ checkpoints }: Report): string {
  const domains = <T extends { domain: string }>(of: (each: CheckpointScores) => readonly T[]) => [
    ...new Set(checkpoints.flatMap((each) => of(each).map(({ domain }) => domain))),
  ];
  const tasks = domains((each) => each.rightByDomain);
  const open = domains((each) => each.openByDomain);
  const rows = checkpoints.map((each) => [
    escapeHtml(each.name),
    ...tasks.map((name) => taskCell(each, name)),
    ...open.map((name) => {
      const found = each.openByDomain.find(({ domain }) => domain === name);
      return found ? mean(found.score) : '–';
    }),
  ]);
  return table(['By domain', ...[...tasks, ...open].map(escapeHtml)], rows);
}

/** Cells are HTML already; the first of a row is its head. */
function table(titles: readonly string[], rows: readonly string[][]): string {
  const lines = rows.map(
    ([head, ...cells]) => `<tr><th>${head}</th>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`,
  );
  return `<div class="wide"><table><thead><tr>${titles.map((title) => `<th>${title}</th>`).join('')}</tr></thead><tbody>${lines.join('')}</tbody></table></div>`;
}

const share = (p: Proportion | undefined): string => (p ? `${(p.share * 100).toFixed(0)} %` : '–');

/** A domain's share of right answers, and what it lost beyond chance. */
function taskCell({ rightByDomain, kept: k, forgotDomains }: CheckpointScores, name: string): string {
  const found = rightByDomain.find(({ domain }) => domain === name);
  const right = found ? percent(found.right) : '–';
  const flips = k?.byDomain.find(({ domain }) => domain === name);
  if (!flips) return right;
  const lost = forgotDomains.includes(name);
  return `${right}<br><small${lost ? ' class="bad"' : ''}>+${flips.gained} −${flips.lost}${lost ? `, p ${pText(flips.pValue)}` : ''}</small>`;
}

function mean(m: MeanScore): string {
  const f = (x: number) => (x * 100).toFixed(1);
  return `${f(m.mean)} % <small>${f(m.low)}–${f(m.high)}, n ${m.n}</small>`;
}

function kept({ kept: k }: CheckpointScores): string {
  return k ? `+${k.gained} −${k.lost} <small>p ${pText(k.pValue)}</small>` : '–';
}

function proofTable(c: Comparison, name: string): string {
  const row = (name: string, side: Comparison['left']) =>
    `<tr><th>${escapeHtml(name)}</th><td>${percent(side.accuracy)}</td><td>${percent(side.format)}</td><td>${side.meanTokens.toFixed(0)}</td></tr>`;
  return `<table><thead><tr><th></th><th>Accuracy</th><th>Strict format</th><th>Tokens</th></tr></thead><tbody>
${row('Base', c.left)}${row(name, c.right)}</tbody></table>
<p class="headline">wrong → right <b>${c.gained}</b> · right → wrong <b>${c.lost}</b> · p <b>${pText(c.pValue)}</b></p>`;
}

function domainTable(c: Comparison): string {
  const rows = c.byDomain.map(
    (d) =>
      `<tr><th>${escapeHtml(d.domain)}</th><td>${d.n}</td><td>${percent(d.left)}</td><td>${percent(d.right)}</td><td>${d.gained}</td><td>${d.lost}</td></tr>`,
  );
  return `<table><thead><tr><th>Domain</th><th>n</th><th>Before</th><th>After</th><th>Gained</th><th>Lost</th></tr></thead><tbody>${rows.join('')}</tbody></table>`;
}

const shownCurves: readonly [string, string][] = [
  ['reward/total/mean', 'Reward, mean of a step'],
  ['answer/correct_frac', 'Share of right rollouts'],
  ['format/strict_frac', 'Share in strict format'],
  ['completion/length_mean', 'Completion length, tokens'],
];

function curves(all: readonly Series[]): string {
  return shownCurves
    .flatMap(([name, title]) => {
      const series = all.find((s) => s.name === name);
      return series
        ? [`<figure><figcaption>${title}</figcaption>${curveSvg(series.steps, series.values)}</figure>`]
        : [];
    })
    .join('');
}

function example(pair: PairRow, shown: string): string {
  const side = (name: string, s: PairRow['left']) =>
    `<div><h4>${name} <span class="${s.verdict === 'correct' ? 'good' : 'bad'}">${escapeHtml(s.verdict)}</span></h4><pre>${escapeHtml(s.text.trim())}</pre></div>`;
  return `<section><h3>${escapeHtml(pair.left.question)}</h3><p class="note">gold: ${escapeHtml(pair.left.gold ?? '–')} · ${escapeHtml(pair.left.domain)}</p>
<div class="pair">${side('Base', pair.left)}${side(escapeHtml(shown), pair.right)}</div></section>`;
}

/** "0.004", "1.2e-24": never a bare zero. */
export function pText(p: number): string {
  return p >= 0.001 ? p.toFixed(3) : p.toExponential(1);
}

function percent(p: Proportion): string {
  const f = (x: number) => (x * 100).toFixed(1);
  return `${f(p.share)} % <small>${f(p.low)}–${f(p.high)}, n ${p.n}</small>`;
}

function signed(share: number): string {
  const points = share * 100;
  return `${points >= 0 ? '+' : '−'}${Math.abs(points).toFixed(1)}`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
}

const css = `
:root{color-scheme:light dark;--ink:#1f1e1b;--soft:#6b6860;--paper:#f5f4f0;--sheet:#fff;--line:#e2dfd6;--accent:#3451c7;--good:#1c7a4a;--bad:#b3372b}
@media (prefers-color-scheme:dark){:root{--ink:#e9e7e1;--soft:#a29e94;--paper:#191816;--sheet:#22211e;--line:#38352f;--accent:#8ba0ff;--good:#6cc596;--bad:#ef8d82}}
*{box-sizing:border-box}body{margin:0;background:var(--paper);color:var(--ink);font:15px/1.5 Inter,system-ui,sans-serif;font-variant-numeric:tabular-nums}
main{max-width:1080px;margin:0 auto;padding:48px 24px}h1{font-size:28px;margin:0 0 8px}h2{font-size:18px;margin:32px 0 8px}h3{font-size:15px;margin:0}h4{margin:0 0 8px;font-size:13px}
.kicker,.note,small{color:var(--soft);font-size:13px}.lead{font:17px/1.55 "Source Serif 4",Georgia,serif;max-width:68ch}.headline{font-size:17px}
table{width:100%;border-collapse:collapse;background:var(--sheet);border:1px solid var(--line);border-radius:8px;margin:12px 0}th,td{padding:8px 12px;text-align:right;border-top:1px solid var(--line)}th:first-child{text-align:left}thead th{border:0;color:var(--soft);font-weight:500;font-size:13px}
.wide{overflow-x:auto}.curves{display:grid;grid-template-columns:repeat(auto-fit,minmax(260px,1fr));gap:12px}figure,section{margin:0 0 12px;background:var(--sheet);border:1px solid var(--line);border-radius:8px;padding:12px}figcaption{font-size:13px;color:var(--soft)}
.pair{display:grid;grid-template-columns:1fr 1fr;gap:12px}pre{white-space:pre-wrap;font:14px/1.6 "Source Serif 4",Georgia,serif;margin:0}.good{color:var(--good)}.bad{color:var(--bad)}
svg{width:100%;height:auto;display:block}`;
