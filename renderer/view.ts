// View state that is not in the address: open palette and dialogs, theme, and what the screen in front offers to the keys.
import { useEffect, useRef } from 'react';
import { create } from 'zustand';
import { bridge } from './bridge.ts';

export type Theme = 'system' | 'light' | 'dark';

/** Dialogs that can be opened from anywhere by name. */
export type DialogName =
  | 'import-data'
  | 'add-model'
  | 'import-adapter'
  | 'start-evaluation'
  | 'stop-run'
  | 'pick-row'
  | 'pick-completion'
  | 'settings'
  | 'shortcuts';

interface View {
  palette: boolean;
  dialog: { name: DialogName; about: Readonly<Record<string, string>> } | null;
  theme: Theme;
  /** Acts of the screen in front, by action id. */
  handlers: Readonly<Record<string, () => void>>;
}

export const useView = create<View>(() => ({
  palette: false,
  dialog: null,
  theme: 'system',
  handlers: {},
}));

export function openDialog(name: DialogName, about: Readonly<Record<string, string>> = {}): void {
  useView.setState({ dialog: { name, about }, palette: false });
}

export function closeDialog(): void {
  useView.setState({ dialog: null });
}

export function setPalette(open: boolean): void {
  useView.setState({ palette: open });
}

/** Shows the theme at once; the settings query brings the stored one. */
export function applyTheme(theme: Theme): void {
  useView.setState({ theme });
  if (theme === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  void bridge.setTheme(theme);
}

/** Offers an act of the action table while this component is shown; undefined withdraws it. */
export function useHandler(actionId: string, run: (() => void) | undefined): void {
  const latest = useRef(run);
  latest.current = run;
  const offered = run !== undefined;
  useEffect(() => {
    if (!offered) return;
    const handler = () => latest.current?.();
    useView.setState(({ handlers }) => ({ handlers: { ...handlers, [actionId]: handler } }));
    return () =>
      useView.setState(({ handlers }) => {
        if (handlers[actionId] !== handler) return {};
        const { [actionId]: _, ...rest } = handlers;
        return { handlers: rest };
      });
  }, [actionId, offered]);
}
