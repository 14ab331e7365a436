// Fields of findings as the launch form names them. Pure; used by launch-findings.tsx.
import { wordsForBlock } from '../../core/contract/block-words.ts';
import type { RunFinding } from '../../core/contract/run-views.ts';
import { namesIn, type SettingPath, wordsFor } from '../../core/contract/setting-words.ts';

/** What is chosen beside the settings: the fields of `launch`. */
const choices: Readonly<Record<string, string>> = {
  preset: 'Preset',
  baseId: 'Base model',
  startAdapterId: 'Begin with',
  sources: 'Questions',
  data: 'What it learns from',
  suite: 'Reward suite',
  template: 'Prompt template',
  stages: 'Stages',
};

/** "Training · Steps", "Stage sft · Gate", "Base model": a field of a finding as the form names it; as data spells it where the form does not. */
export function fieldInWords(field: string, stageNames: readonly string[]): string {
  const path = pathOf(field);
  const [block, place, ...inner] = path;
  if (block === 'stages' && typeof place === 'number')
    return [`Stage ${stageNames[place] ?? place + 1}`, ...wordsOnPath(inner)].join(' · ');
  return choices[field] ?? wordsOnPath(path).join(' · ');
}

/** Without the sentences that another finding of the same field has said before: what a lab holds is told once. */
export function saidOnce(findings: readonly RunFinding[]): RunFinding[] {
  const said = new Set<string>();
  return findings.map((finding) => {
    const sentences = finding.message.split(/(?<=\.) /);
    const fresh = sentences.filter((sentence, i) => i === 0 || !said.has(`${finding.field} ${sentence}`));
    for (const sentence of sentences) said.add(`${finding.field} ${sentence}`);
    return { ...finding, message: fresh.join(' ') };
  });
}

function wordsOnPath(path: SettingPath): string[] {
  if (path.length === 0) return [];
  const whole = wordsForBlock(path);
  if (whole) return [whole.label];
  const block = path.length > 1 ? wordsForBlock(path.slice(0, -1)) : null;
  const label = wordsFor(path)?.label ?? namesIn(path).join('.');
  return block ? [block.label, label] : [label];
}

/** "stages[1].training.steps" → `["stages", 1, "training", "steps"]` */
function pathOf(field: string): SettingPath {
  return [...field.matchAll(/[^.[\]]+/g)].map(([part]) => (/^\d+$/.test(part) ? Number(part) : part));
}
