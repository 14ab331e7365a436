// What each block of a run's settings is called, what it does where it can be switched on and off, and their order. Used by the launch form.
import { namesIn, type SettingPath, type SettingWords } from './setting-words.ts';

/** Blocks, in the order in which they are shown, with a hint where one can be switched on and off. "": what is in none. */
const blocks: Readonly<Record<string, SettingWords>> = {
  stages: { label: 'The stage', hint: '' },
  replayFrom: {
    label: 'Replay of an earlier stage',
    hint: 'What that stage did right is repeated in each batch, against forgetting.',
  },
  training: { label: 'Training', hint: '' },
  lora: { label: 'Adapter', hint: '' },
  rollout: { label: 'Sampling', hint: 'Answers are drawn; off: the likeliest token each time.' },
  sets: { label: 'Questions that are asked', hint: 'One more set of them.' },
  generation: {
    label: 'Answers to held-out questions',
    hint: 'How long they may be: needed wherever held-out questions are asked.',
  },
  keep: { label: 'What is kept', hint: '' },
  heldOut: { label: 'Held-out questions', hint: 'Asked every so many steps, and never trained on.' },
  validation: { label: 'Held-out loss', hint: 'Rows set aside, whose loss is measured every so many steps.' },
  guard: { label: 'Guard against forgetting', hint: 'Keeps what it could before it learned this.' },
  'guard.replay': { label: 'Guard: replay', hint: 'Rows of before are repeated in each batch.' },
  'guard.retention': {
    label: 'Guard: questions of before',
    hint: 'Asked every so many steps; a run that loses too much on them ends with its best adapter.',
  },
  gate: { label: 'Gate', hint: 'What must hold after the stage for the program to go on.' },
  best: { label: 'Best checkpoint', hint: 'The measure by which one of all is named the best.' },
  stopWhen: { label: 'Ends by itself', hint: '' },
  '': { label: 'Further', hint: '' },
  limits: { label: 'Limits', hint: '' },
  mesh: { label: 'Machine', hint: 'Another mesh than the program’s.' },
};

/** null where there is no such block. */
export function wordsForBlock(path: SettingPath): SettingWords | null {
  const names = namesIn(path);
  return blocks[names.slice(-2).join('.')] ?? blocks[names.at(-1) ?? ''] ?? null;
}

const order = Object.keys(blocks);

/** Place of a block on the page. */
export function placeOfBlock(path: SettingPath): number {
  const names = namesIn(path);
  return Math.max(order.indexOf(names.slice(-2).join('.')), order.indexOf(names.at(-1) ?? ''));
}
