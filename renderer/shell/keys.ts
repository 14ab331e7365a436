// Turns key presses into acts of the table. One listener for the whole window.
import { useEffect } from 'react';
import { actions, matchesShortcut, runnerOf } from '../actions.ts';
import { isMac } from '../bridge.ts';
import { useRoute } from '../route.ts';
import { useView } from '../view.ts';

const TYPING = 'input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable=true]';
/** Parts that use letters and arrows themselves while they are open. */
const POPUPS = '[role=listbox], [role=menu]';

export function useKeys(): void {
  useEffect(() => {
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, []);
}

function onKey(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.isComposing) return;
  const target = event.target instanceof HTMLElement ? event.target : null;
  const { dialog, palette } = useView.getState();
  const busy = dialog !== null || palette || target?.matches(TYPING) || target?.closest(POPUPS) !== null;
  const screen = useRoute.getState().screen;
  for (const action of actions) {
    if (!action.shortcut || (busy && !action.always)) continue;
    if (!matchesShortcut(action.shortcut, event, isMac)) continue;
    const run = runnerOf(action, screen);
    if (!run) continue;
    event.preventDefault();
    run();
    return;
  }
}
