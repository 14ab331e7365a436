// The one table of verbs. Palette, shortcuts, key hints and the list of shortcuts all read it; nothing else binds a key.
import { go, type Screen } from './route.ts';
import { type DialogName, openDialog, setPalette, useView } from './view.ts';

export type Scope = 'global' | Screen;

export interface Action {
  id: string;
  title: string;
  group: 'Go to' | 'Do' | 'Look' | 'Read';
  /** "mod+k", "shift+?", "j"; `mod` is ⌘ on a Mac and Ctrl elsewhere. */
  shortcut?: string;
  /** Where the shortcut counts and the verb is offered. */
  scope: Scope;
  /** More words that find it. */
  words?: string;
  /** Absent: the screen in front runs it, and it is offered only while that screen offers it. */
  run?: () => void;
  /** Also while a person types or a dialog is open. */
  always?: boolean;
}

const screenTitles: readonly (readonly [Screen, string, string])[] = [
  ['home', 'Home', 'start next loop demo'],
  ['data', 'Data', 'datasets rows sources questions'],
  ['rewards', 'Rewards', 'suites playground score parts weights attacks hacks'],
  ['train', 'Train', 'runs jobs grpo curves rollouts'],
  ['models', 'Models', 'bases adapters lora lineage checks'],
  ['evaluate', 'Evaluate', 'evaluations accuracy held-out'],
  ['compare', 'Compare', 'flips gained lost mcnemar side by side'],
];

const dialog = (name: DialogName) => () => openDialog(name);

export const actions: readonly Action[] = [
  ...screenTitles.map(
    ([screen, title, words], i): Action => ({
      id: `go.${screen}`,
      title,
      words,
      group: 'Go to',
      shortcut: String(i + 1),
      scope: 'global',
      run: () => go(screen),
    }),
  ),
  {
    id: 'demo.start',
    title: 'Run the demo',
    group: 'Do',
    scope: 'global',
    words: 'loop proof tiny',
    shortcut: 'shift+d',
  },
  {
    id: 'data.import',
    title: 'Import questions',
    group: 'Do',
    scope: 'global',
    shortcut: 'i',
    words: 'gsm8k arc jsonl parquet dataset add',
    run: dialog('import-data'),
  },
  {
    id: 'train.new',
    title: 'Start a training run',
    group: 'Do',
    scope: 'global',
    shortcut: 't',
    words: 'launch grpo new run',
    run: () => go('train', { id: 'new' }),
  },
  {
    id: 'evaluate.new',
    title: 'Evaluate a model',
    group: 'Do',
    scope: 'global',
    shortcut: 'e',
    words: 'measure held-out accuracy',
    run: dialog('start-evaluation'),
  },
  {
    id: 'models.add',
    title: 'Add a base model',
    group: 'Do',
    scope: 'global',
    shortcut: 'b',
    words: 'gguf import',
    run: dialog('add-model'),
  },
  {
    id: 'models.import',
    title: 'Bring in an adapter',
    group: 'Do',
    scope: 'global',
    words: 'lora peft import folder',
    run: dialog('import-adapter'),
  },
  {
    id: 'rewards.playground',
    title: 'Playground of rewards',
    group: 'Do',
    scope: 'rewards',
    shortcut: 'p',
    words: 'score a completion',
  },
  {
    id: 'rewards.suites',
    title: 'Reward suites',
    group: 'Do',
    scope: 'rewards',
    shortcut: 's',
    words: 'versions diff parts weights',
  },
  {
    id: 'rewards.try',
    title: 'Two suites on a set',
    group: 'Do',
    scope: 'rewards',
    shortcut: 'o',
    words: 'try histogram correlation disagreement',
  },
  {
    id: 'rewards.attacks',
    title: 'Attack list',
    group: 'Do',
    scope: 'rewards',
    shortcut: 'a',
    words: 'hacks cheating margin pays',
  },
  { id: 'rewards.row', title: 'Choose the question', group: 'Do', scope: 'rewards', shortcut: 'q' },
  { id: 'rewards.explain', title: 'Explain as a table', group: 'Do', scope: 'rewards', shortcut: 'x' },
  {
    id: 'rewards.run',
    title: 'Score the set with both suites',
    group: 'Do',
    scope: 'rewards',
    shortcut: 'r',
  },
  {
    id: 'rewards.edit',
    title: 'Make a new version of this suite',
    group: 'Do',
    scope: 'rewards',
    shortcut: 'n',
  },
  { id: 'train.stop', title: 'Stop this run', group: 'Do', scope: 'train' },
  { id: 'train.resume', title: 'Resume this run where it was cut', group: 'Do', scope: 'train' },
  {
    id: 'evaluate.pause',
    title: 'Pause or resume this evaluation',
    group: 'Do',
    scope: 'evaluate',
    shortcut: 'p',
  },
  {
    id: 'evaluate.compare',
    title: 'Compare the chosen evaluations',
    group: 'Do',
    scope: 'evaluate',
    shortcut: 'c',
  },
  { id: 'models.recheck', title: 'Check this adapter again', group: 'Do', scope: 'models', shortcut: 'r' },
  { id: 'compare.swap', title: 'Swap left and right', group: 'Do', scope: 'compare', shortcut: 's' },
  { id: 'item.next', title: 'Next item', group: 'Read', scope: 'global', shortcut: 'j' },
  { id: 'item.previous', title: 'Previous item', group: 'Read', scope: 'global', shortcut: 'k' },
  { id: 'item.close', title: 'Back to the list', group: 'Read', scope: 'global', shortcut: 'escape' },
  { id: 'search.focus', title: 'Search in this list', group: 'Read', scope: 'global', shortcut: '/' },
  { id: 'fold.toggle', title: 'Fold or unfold the reasoning', group: 'Read', scope: 'global', shortcut: 'f' },
  {
    id: 'palette',
    title: 'Find anything',
    group: 'Look',
    scope: 'global',
    shortcut: 'mod+k',
    always: true,
    run: () => setPalette(!useView.getState().palette),
  },
  {
    id: 'settings',
    title: 'Settings',
    group: 'Look',
    scope: 'global',
    shortcut: 'mod+,',
    always: true,
    words: 'theme dark light threads',
    run: dialog('settings'),
  },
  {
    id: 'shortcuts',
    title: 'Keyboard shortcuts',
    group: 'Look',
    scope: 'global',
    shortcut: '?',
    words: 'keys help',
    run: dialog('shortcuts'),
  },
  {
    id: 'theme.toggle',
    title: 'Light or dark',
    group: 'Look',
    scope: 'global',
    shortcut: 'mod+shift+l',
    words: 'theme appearance night',
  },
];

export function actionOf(id: string): Action {
  const action = actions.find((each) => each.id === id);
  if (!action) throw new Error(`The action table has no "${id}".`);
  return action;
}

/** The act to run now, or undefined when nothing in front offers it. */
export function runnerOf(action: Action, screen: Screen): (() => void) | undefined {
  if (action.scope !== 'global' && action.scope !== screen) return undefined;
  return useView.getState().handlers[action.id] ?? action.run;
}

type KeyPress = Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey'>;

/** True when a key press is this shortcut. Shift counts for letters and named keys; where a sign like `/` needs it, keyboards differ. */
export function matchesShortcut(shortcut: string, press: KeyPress, mac: boolean): boolean {
  const parts = shortcut.split('+');
  const key = parts.at(-1) ?? '';
  const mod = parts.includes('mod');
  const shift = parts.includes('shift');
  if (press.altKey) return false;
  if (mod !== (mac ? press.metaKey : press.ctrlKey)) return false;
  if (!mod && (press.ctrlKey || press.metaKey)) return false;
  const letter = /^[a-z0-9]$|^[a-z]{2,}$/.test(key);
  if (letter && shift !== press.shiftKey) return false;
  return press.key.toLowerCase() === key;
}

const KEY_WORDS: Readonly<Record<string, string>> = { escape: 'Esc', enter: '⏎' };

/** A shortcut as it is printed on a button: "⌘K", "Ctrl K", "?". */
export function printShortcut(shortcut: string, mac: boolean): string {
  const parts = shortcut.split('+');
  const key = parts.at(-1) ?? '';
  const printed = KEY_WORDS[key] ?? key.toUpperCase();
  const marks = parts
    .slice(0, -1)
    .map((part) => (part === 'mod' ? (mac ? '⌘' : 'Ctrl') : mac ? '⇧' : 'Shift'));
  return mac ? [...marks, printed].join('') : [...marks, printed].join(' ');
}
