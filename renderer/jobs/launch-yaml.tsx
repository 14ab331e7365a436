// The run as YAML: the same settings as the fields, to read, to edit and to paste.
import { useEffect, useState } from 'react';
import { Card } from '../ui/card.tsx';
import { CopyButton } from '../ui/copy-button.tsx';
import { TextArea } from '../ui/text-area.tsx';
import type { LaunchDraft, launchInput } from './launch-draft.ts';
import { readYaml, yamlOf } from './launch-text.ts';
import styles from './launch-yaml.module.css';
import type { Settings } from './setting-fields.ts';

interface LaunchYamlProps {
  input: ReturnType<typeof launchInput>;
  settings: Settings;
  onChange(change: Partial<LaunchDraft>): void;
}

export function LaunchYaml({ input, settings, onChange }: LaunchYamlProps) {
  const written = yamlOf(input, settings);
  const [text, setText] = useState(written);
  const { problem, ...read } = readYaml(text);
  // Another preset or base writes it anew; what a person is typing stays.
  const ahead = problem !== null || yamlOf(input, read.settings ?? settings) === written;
  useEffect(() => {
    if (!ahead) setText(written);
  }, [ahead, written]);
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
          setText(event.target.value);
          const { problem: wrong, ...next } = readYaml(event.target.value);
          if (wrong === null) onChange(next);
        }}
      />
      <p className={problem ? styles.problem : styles.hint}>
        {problem ??
          'Preset, base, questions and suite are chosen above; everything else can be changed here.'}
      </p>
    </Card>
  );
}
