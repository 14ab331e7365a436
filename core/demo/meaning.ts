// What the demo's numbers mean, in words. Used by the demo and its report.
import type { CheckpointId, CheckpointScores } from '../contract/demo.ts';

/** What the numbers mean and what they do not; measured values only. Praise only where it is beyond chance. */
export function meaningOf(all: readonly CheckpointScores[]): string {
  const find = (id: CheckpointId) => all.find((each) => each.id === id);
  const [base, grpo, plain, guarded] = [find('base'), find('grpo'), find('plain'), find('guarded')];
  const told: string[] = [];
  if (base && grpo) told.push(aboutGrpo(base, grpo));
  if (grpo && plain) told.push(aboutSft('SFT on open tasks, upon that,', grpo, plain));
  if (grpo && guarded)
    told.push(
      aboutSft('SFT with a guard against forgetting, its rate and length chosen for itself,', grpo, guarded),
    );
  else if (plain) told.push('SFT with a guard against forgetting left no adapter: its run says why.');
  return told.join(' ');
}

/** With a space that no line breaks at. */
const percent = (x: number) => `${(x * 100).toFixed(0)}\u00a0%`;

function aboutGrpo(base: CheckpointScores, grpo: CheckpointScores): string {
  const { kept } = grpo;
  const format = [base, grpo].map((each) => percent(each.format.share));
  const right = [base, grpo].map((each) => percent(each.right.share));
  if (!kept || kept.pValue >= 0.05 || kept.gained <= kept.lost || grpo.format.share <= base.format.share)
    return (
      `This run does not show that thinking first became the habit: ${format[1]} of the answers to held-out questions reason in the four steps ` +
      `(${format[0]} before), and the share of right answers went from ${right[0]} to ${right[1]}.`
    );
  return (
    `GRPO made thinking first the habit: ${format[1]} of the answers to held-out questions now reason in the four steps before answering ` +
    `(${format[0]} before), and being right follows from that (${right[0]} → ${right[1]}). ` +
    `It taught no new facts: the base could already think in steps, it just rarely did.${forgottenBy(base, grpo)}${costOf(base, grpo)}`
  );
}

/** "math (90 % → 70 %)": the domains that have lost right answers; empty where none has, or all have. */
function lossesOf(before: CheckpointScores, after: CheckpointScores): string {
  const { forgotDomains, rightByDomain } = after;
  if (forgotDomains.length === rightByDomain.length) return '';
  const shareIn = ({ rightByDomain }: CheckpointScores, domain: string) =>
    percent(rightByDomain.find((each) => each.domain === domain)?.right.share ?? 0);
  return forgotDomains
    .map((domain) => `${domain} (${shareIn(before, domain)} → ${shareIn(after, domain)})`)
    .join(' and ');
}

function forgottenBy(base: CheckpointScores, grpo: CheckpointScores): string {
  const where = lossesOf(base, grpo);
  return where && ` It lost right answers in ${where}.`;
}

/** What it took from the open tasks, which it was not taught. */
function costOf(base: CheckpointScores, { open, openChange }: CheckpointScores): string {
  if (!base.open || !open || !openChange || openChange.high >= 0) return '';
  return ` On open tasks, which it was not rewarded for, it earns less (${percent(base.open.mean)} → ${percent(open.mean)} of the most).`;
}

function aboutSft(what: string, before: CheckpointScores, after: CheckpointScores): string {
  const { openChange, kept } = after;
  const open = [before, after].map((each) => percent(each.open?.mean ?? 0));
  const learned = openChange !== null && openChange.low > 0;
  const unlearned = openChange !== null && openChange.high < 0;
  const gain =
    learned || unlearned
      ? `took their reward from ${open[0]} to ${open[1]} of the most`
      : 'changed their reward by no more than chance';
  const right = `${percent(before.right.share)} → ${percent(after.right.share)}`;
  const where = lossesOf(before, after);
  const cost = after.forgot
    ? `cost right answers ${where ? `in ${where} (${right} in all)` : `(${right})`}`
    : `cost no right answers beyond chance (${right}; ${kept?.gained ?? 0} gained, ${kept?.lost ?? 0} lost)`;
  return `${what} ${gain}, ${learned && after.forgot ? 'but' : 'and'} ${cost}.`;
}
