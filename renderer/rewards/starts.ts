// Texts to start from: an honest completion and a way to cheat, written in the form of the suite that is chosen. Pure.
import type { SuiteInfo } from '../../core/contract/rewards.ts';
import { inFormOf } from '../../core/rewards/attacks/in-form-of.ts';
import { attacks } from '../../core/rewards/attacks/list.ts';
import { compileSuite } from '../../core/rewards/suite.ts';
import { inlineRow, type Playground } from './playground-state.ts';

/** The ways to cheat that say most at a first look. */
const SHOWN = ['wrong-then-right', 'nested-think', 'step-words', 'loop', 'preamble'];

export interface Start {
  title: string;
  change: Partial<Playground>;
}

export function startsFor({ suite }: SuiteInfo): Start[] {
  const scorer = compileSuite(suite);
  const [first] = attacks;
  const chosen = SHOWN.flatMap((id) => attacks.find((attack) => attack.id === id) ?? []);
  const start = (title: string, { row }: (typeof attacks)[number], text: string): Start => ({
    title,
    change: {
      subject: { row: inlineRow(row) },
      completion: inFormOf(scorer, row, text),
      tokens: null,
      truncated: false,
    },
  });
  return [
    ...(first ? [start('An honest completion', first, first.honest)] : []),
    ...chosen.map((attack) => start(`An attack: ${lower(attack.title)}`, attack, attack.hack)),
  ];
}

const lower = (text: string) => text.charAt(0).toLowerCase() + text.slice(1);
