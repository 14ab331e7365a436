// What stands in the playground: a question, a completion, the suite. Kept while the window lives, so that the other tabs
// come back to it and the editor of a suite can show what a change does to it.
import { create } from 'zustand';
import type { InlineRow } from '../../core/contract/rewards.ts';
import type { Row } from '../../core/contract/row.ts';
import { attacks } from '../../core/rewards/attacks/list.ts';

export type Subject = { rowId: string } | { row: InlineRow };

export interface Playground {
  subject: Subject;
  completion: string;
  /** Length in the model's own tokens; null when nobody counted. */
  tokens: number | null;
  truncated: boolean;
  /** `name@version`; null: the newest think-first. */
  suite: string | null;
}

/** What a row brings along when it stands in no source. */
export function inlineRow({
  question,
  answer,
  answerType,
  choices,
  domain,
  context,
  verifier,
}: Row): InlineRow {
  return { question, answer, answerType, choices, domain, context, verifier };
}

/** An honest completion, so that the first look shows what one earns. */
function firstLook(): Playground {
  const [attack] = attacks;
  if (!attack) throw new Error('The attack list is empty.');
  return {
    subject: { row: inlineRow(attack.row) },
    completion: attack.honest,
    tokens: null,
    truncated: false,
    suite: null,
  };
}

export const usePlayground = create<Playground>(firstLook);

/** A text that was typed: nobody has counted its tokens. Letters that follow each other quickly are undone together. */
export function writeCompletion(completion: string): void {
  const typed = Date.now();
  if (typed - lastTyped > TYPING_PAUSE) remember();
  else future = [];
  lastTyped = typed;
  usePlayground.setState({ completion, tokens: null, truncated: false });
}

/** What was there before comes back by `undo`. */
export function setPlayground(change: Partial<Playground>): void {
  remember();
  usePlayground.setState(change);
}

const TYPING_PAUSE = 1000;
const MOST_REMEMBERED = 200;

let past: Playground[] = [];
let future: Playground[] = [];
let lastTyped = 0;

function remember(): void {
  past = [...past.slice(1 - MOST_REMEMBERED), usePlayground.getState()];
  future = [];
  lastTyped = 0;
}

export function undo(): void {
  const before = past.pop();
  if (!before) return;
  future.push(usePlayground.getState());
  lastTyped = 0;
  usePlayground.setState(before, true);
}

export function redo(): void {
  const next = future.pop();
  if (!next) return;
  past.push(usePlayground.getState());
  lastTyped = 0;
  usePlayground.setState(next, true);
}
