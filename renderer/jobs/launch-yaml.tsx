// The run as YAML: the same settings as the fields, to read, to edit and to keep; `forethought jobs launch --yaml` takes it back.
import { useEffect, useRef, useState } from 'react';
import { Card } from '../ui/card.tsx';
import { CopyButton } from '../ui/copy-button.tsx';
import { TextArea } from '../ui/text-area.tsx';
import type { LaunchDraft } from './launch-draft.ts';
import { readYaml } from './launch-text.ts';
import styles from './launch-yaml.module.css';

interface LaunchYamlProps {
  /** As the core writes the run that is in the form; undefined before its first answer. */
  written: string | undefined;
  onChange(change: Partial<LaunchDraft>): void;
}

export function LaunchYaml({ written, onChange }: LaunchYamlProps) {
  const [text, setText] = useState(written ?? '');
  /** While a person types, the core's own spelling of it does not come in between. */
  const typing = useRef(false);
  useEffect(() => {
    if (written !== undefined && !typing.current) setText(written);
  }, [written]);
  const { problem } = text === '' ? { problem: null } : readYaml(text);
  return (
    <Card title="The run as YAML" figure={<CopyButton text={text} label="Copy" wide />}>
      <TextArea
        code
        aria-label="The run as YAML"
        aria-invalid={problem !== null || undefined}
        className={styles.text}
        rows={Math.min(40, text.split('\n').length + 1)}
        value={text}
        onChange={(event) => {
          typing.current = true;
          setText(event.target.value);
          const { problem: wrong, ...read } = readYaml(event.target.value);
          if (wrong === null) onChange(read);
        }}
        onBlur={() => {
          typing.current = false;
          if (problem === null && written !== undefined) setText(written);
        }}
      />
      <p className={problem ? styles.problem : styles.hint}>
        {problem ??
          'Preset, base, questions and suite are chosen above; everything else can be changed here.'}
      </p>
    </Card>
  );
}
