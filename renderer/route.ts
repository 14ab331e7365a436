// Where the person is: screen, object, tab and filters, kept in the address so that back, forward and reload work.
import { create } from 'zustand';

export const screens = ['home', 'data', 'rewards', 'train', 'models', 'evaluate', 'compare'] as const;
export type Screen = (typeof screens)[number];

export interface Route {
  screen: Screen;
  /** The opened object, or null for the list. */
  id: string | null;
  tab: string | null;
  params: Readonly<Record<string, string>>;
}

/** `#/train/<id>/rollouts?step=3`; anything unknown is home. */
export function parseRoute(hash: string): Route {
  const [path = '', search = ''] = hash.replace(/^#\/?/, '').split('?');
  const [screen = 'home', id, tab] = path.split('/').map(decodeURIComponent);
  const known = screens.find((each) => each === screen) ?? 'home';
  return {
    screen: known,
    id: id || null,
    tab: tab || null,
    params: Object.fromEntries(new URLSearchParams(search)),
  };
}

export function formatRoute(route: Route): string {
  const parts = [route.screen, route.id ?? '', route.tab ?? ''].map(encodeURIComponent);
  while (parts.at(-1) === '') parts.pop();
  const search = new URLSearchParams(route.params).toString();
  return `#/${parts.join('/')}${search ? `?${search}` : ''}`;
}

export const useRoute = create<Route>(() => parseRoute(globalThis.location?.hash ?? ''));

/** Called once by main.tsx. */
export function followAddress(): void {
  window.addEventListener('hashchange', () => useRoute.setState(parseRoute(window.location.hash), true));
}

/** Opens a place; what is not named is cleared. */
export function go(screen: Screen, to: Partial<Omit<Route, 'screen'>> = {}): void {
  window.location.hash = formatRoute({ screen, id: null, tab: null, params: {}, ...to });
}

/** Changes filters or tab in place, without a step in the history. */
export function adjust(change: {
  tab?: string | null;
  params?: Readonly<Record<string, string | null>>;
}): void {
  const now = useRoute.getState();
  const params: Record<string, string> = { ...now.params };
  for (const [key, value] of Object.entries(change.params ?? {})) {
    if (value === null || value === '') delete params[key];
    else params[key] = value;
  }
  const next = { ...now, tab: change.tab === undefined ? now.tab : change.tab, params };
  window.history.replaceState(null, '', formatRoute(next));
  useRoute.setState(next, true);
}
