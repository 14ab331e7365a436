// Resolves colour tokens for canvas, which cannot read custom properties, and again when the theme changes.
import { useSyncExternalStore } from 'react';

const listeners = new Set<() => void>();
let version = 0;
let watching = false;

function watch(): void {
  if (watching) return;
  watching = true;
  const changed = () => {
    version += 1;
    for (const listener of listeners) listener();
  };
  new MutationObserver(changed).observe(document.documentElement, { attributeFilter: ['data-theme'] });
  window.matchMedia('(prefers-color-scheme: dark)').addEventListener('change', changed);
}

/** A number that changes with the theme: put it into the dependencies of whatever draws on a canvas. */
export function useThemeVersion(): number {
  return useSyncExternalStore(
    (listener) => {
      watch();
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => version,
  );
}

/** The present value of a colour expression such as `var(--c1)`. */
export function resolveColor(expression: string): string {
  const probe = document.createElement('span');
  probe.style.color = expression;
  document.body.append(probe);
  const color = getComputedStyle(probe).color;
  probe.remove();
  return color;
}
