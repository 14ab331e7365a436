// What a run of SFT or on preferences learns from: a file of this machine, or an earlier run whose traces are home.
import { FolderOpen } from 'lucide-react';
import { bridge } from '../bridge.ts';
import { Button } from '../ui/button.tsx';
import { Field } from '../ui/field.tsx';
import type { Note } from '../ui/notes.tsx';
import { TextField } from '../ui/text-field.tsx';
import styles from './texts-field.module.css';

interface TextsFieldProps {
  what: 'completions' | 'pairs';
  /** What is taken of a file, in a sentence. */
  mix: string | null;
  value: string;
  notes: readonly Note[];
  onChange(value: string): void;
}

const words = {
  completions: {
    label: 'Completions to learn from',
    line: '{"question": …, "completion": …}',
    run: ', or the id of a run whose traces are home',
  },
  // Traces are single answers: no run writes pairs.
  pairs: { label: 'Preference pairs', line: '{"question": …, "chosen": …, "rejected": …}', run: '' },
} as const;

export function TextsField({ what, mix, value, notes, onChange }: TextsFieldProps) {
  const { label, line, run } = words[what];
  const choose = async () => {
    const path = await bridge.openFile({ title: label, filters: [{ name: label, extensions: ['jsonl'] }] });
    if (path) onChange(path);
  };
  return (
    <Field
      label={label}
      name="data"
      notes={notes}
      hint={`A JSONL file with ${line} a line${run}. ${mix ?? ''}`}
      className={styles.field}
    >
      {(ids) => (
        <div className={styles.row}>
          <TextField {...ids} value={value} onChange={(event) => onChange(event.target.value)} />
          <Button icon={FolderOpen} onClick={() => void choose()}>
            Choose…
          </Button>
        </div>
      )}
    </Field>
  );
}
