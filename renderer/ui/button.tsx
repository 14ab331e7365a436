// The button: usual, primary (one per view), quiet and apart-standing danger. Says why when it cannot be pressed.
import type { LucideIcon } from 'lucide-react';
import type { ComponentProps, ReactNode } from 'react';
import styles from './button.module.css';
import { classNames } from './class-names.ts';
import { KeyHint } from './key-hint.tsx';
import { Tooltip } from './tooltip.tsx';

interface ButtonProps extends Omit<ComponentProps<'button'>, 'type' | 'disabled'> {
  kind?: 'usual' | 'primary' | 'quiet' | 'danger';
  icon?: LucideIcon;
  keys?: string | undefined;
  /** Why it cannot be pressed now; undefined when it can. The button stays in the tab order so that the reason can be read. */
  reason?: string | undefined;
  busy?: boolean;
  submit?: boolean;
  children?: ReactNode;
}

export function Button(props: ButtonProps) {
  const {
    kind = 'usual',
    icon: Icon,
    keys,
    reason,
    busy,
    submit,
    className,
    children,
    onClick,
    ...rest
  } = props;
  const off = reason !== undefined || busy === true;
  const button = (
    <button
      {...rest}
      type={submit ? 'submit' : 'button'}
      className={classNames(styles.button, styles[kind], className)}
      aria-disabled={off || undefined}
      data-busy={busy || undefined}
      onClick={(event) => {
        if (off) event.preventDefault();
        else onClick?.(event);
      }}
    >
      {Icon && <Icon size={15} strokeWidth={1.75} aria-hidden="true" />}
      {children}
      {keys && <KeyHint keys={keys} />}
    </button>
  );
  return reason ? <Tooltip text={reason}>{button}</Tooltip> : button;
}

interface IconButtonProps extends Omit<ComponentProps<'button'>, 'type'> {
  icon: LucideIcon;
  /** Its name for screen readers and its tooltip. */
  label: string;
  pressed?: boolean;
}

/** A square button that is only a sign; its words are in the tooltip. */
export function IconButton({ icon: Icon, label, pressed, className, ...rest }: IconButtonProps) {
  return (
    <Tooltip text={label}>
      <button
        {...rest}
        type="button"
        className={classNames(styles.iconButton, className)}
        aria-label={label}
        aria-pressed={pressed}
      >
        <Icon size={16} strokeWidth={1.75} aria-hidden="true" />
      </button>
    </Tooltip>
  );
}
