// A button that presses an act of the table: its title, key and whether it can be run come from there.
import type { LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';
import { actionOf, printShortcut } from './actions.ts';
import { isMac } from './bridge.ts';
import { useRoute } from './route.ts';
import { Button } from './ui/button.tsx';
import { useView } from './view.ts';

interface ActionButtonProps {
  action: string;
  kind?: 'usual' | 'primary' | 'quiet' | 'danger';
  icon?: LucideIcon;
  reason?: string | undefined;
  busy?: boolean;
  /** Instead of the table's title, where the place says more. */
  children?: ReactNode;
}

export function ActionButton({ action: id, children, ...rest }: ActionButtonProps) {
  const action = actionOf(id);
  const screen = useRoute((route) => route.screen);
  const offered = useView((view) => view.handlers[id]);
  const run = (action.scope === 'global' || action.scope === screen ? offered : undefined) ?? action.run;
  return (
    <Button {...rest} keys={keysOf(id)} onClick={() => run?.()}>
      {children ?? action.title}
    </Button>
  );
}

/** An act's key as it is printed, or undefined. */
export function keysOf(id: string): string | undefined {
  const { shortcut } = actionOf(id);
  return shortcut && printShortcut(shortcut, isMac);
}
