// Acts that belong to no screen and need the core: start the demo, switch the theme. Also brings the stored theme to the page.
import { useEffect } from 'react';
import { runCommand, useQuery } from '../queries.ts';
import { go } from '../route.ts';
import { tell } from '../ui/toast.tsx';
import { applyTheme, useHandler, useView } from '../view.ts';

export function useGlobalActs(): void {
  const stored = useQuery('settings.get', {});
  const theme = stored.data?.theme;
  useEffect(() => {
    if (theme && theme !== useView.getState().theme) applyTheme(theme);
  }, [theme]);
  useHandler('theme.toggle', () => setTheme(isDark() ? 'light' : 'dark'));

  const latest = useQuery('demo.latest', {});
  const status = useQuery('lab.status', {});
  const startable = latest.data?.state !== 'running' && status.data?.trainer.ready === true;
  useHandler('demo.start', startable ? startDemo : undefined);
}

function isDark(): boolean {
  const { theme } = useView.getState();
  return (
    theme === 'dark' || (theme === 'system' && window.matchMedia('(prefers-color-scheme: dark)').matches)
  );
}

/** Shown at once, then kept in the lab. */
export function setTheme(theme: 'system' | 'light' | 'dark'): void {
  applyTheme(theme);
  runCommand('settings.set', { theme }).catch((error: Error) =>
    tell({ title: 'The theme could not be kept', detail: error.message, tone: 'bad' }),
  );
}

function startDemo(): void {
  go('home');
  runCommand('demo.start', {}).catch((error: Error) =>
    tell({ title: 'The demo did not start', detail: error.message, tone: 'bad' }),
  );
}
