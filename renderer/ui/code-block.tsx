// Text in code type that can be long: it scrolls by itself and can be reached by keyboard.
import { classNames } from './class-names.ts';
import styles from './code-block.module.css';

interface CodeBlockProps {
  label: string;
  text: string;
  className?: string | undefined;
}

/** A region that scrolls must take the focus, or only a pointer could read its end. */
const REGION = { tabIndex: 0 } as const;

export function CodeBlock({ label, text, className }: CodeBlockProps) {
  return (
    <section {...REGION} aria-label={label} className={classNames(styles.region, className)}>
      <pre>{text}</pre>
    </section>
  );
}
