// Several lines of text.
import type { ComponentProps } from 'react';
import { classNames } from './class-names.ts';
import styles from './text-area.module.css';

export function TextArea({ code, className, ...rest }: ComponentProps<'textarea'> & { code?: boolean }) {
  return (
    <textarea
      spellCheck={false}
      {...rest}
      className={classNames(styles.area, code && styles.code, className)}
    />
  );
}
