// Copies a text and says so for two seconds.
import { Check, Copy } from 'lucide-react';
import { useEffect, useState } from 'react';
import { Button, IconButton } from './button.tsx';

interface CopyProps {
  text: string;
  label: string;
  /** With words instead of only a sign. */
  wide?: boolean;
}

export function CopyButton({ text, label, wide }: CopyProps) {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), 2000);
    return () => clearTimeout(timer);
  }, [copied]);
  const copy = () => {
    copyText(text);
    setCopied(true);
  };
  if (wide)
    return (
      <Button icon={copied ? Check : Copy} onClick={copy}>
        {copied ? 'Copied' : label}
      </Button>
    );
  return <IconButton icon={copied ? Check : Copy} label={copied ? 'Copied' : label} onClick={copy} />;
}

/** The clipboard's asynchronous way needs a permission that the window does not have; the selection's way does not. */
function copyText(text: string): void {
  const holder = document.createElement('textarea');
  holder.value = text;
  holder.className = 'visually-hidden';
  const before = document.activeElement as HTMLElement | null;
  (before?.closest('[role=dialog]') ?? document.body).append(holder);
  holder.select();
  document.execCommand('copy');
  holder.remove();
  before?.focus();
}
