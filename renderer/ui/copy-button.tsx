// Copies a text and says so for two seconds.
import { Check, Copy } from 'lucide-react';
import { useEffect, useState } from 'react';
import { Button, IconButton } from './button.tsx';
import { clipboard } from './clipboard.ts';

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
    void clipboard.write(text);
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
