// The run as YAML: the same run as the form, to read, to edit and to keep; `forethought jobs launch --yaml` takes it back.
import { useEffect, useRef, useState } from 'react';
import type { Preset } from '../../core/contract/jobs.ts';
import { Card } from '../ui/card.tsx';
import { CopyButton } from '../ui/copy-button.tsx';
import { TextArea } from '../ui/text-area.tsx';
import type { LaunchDraft } from './launch-draft.ts';
import { readYaml } from './launch-text.ts';
import styles from './launch-yaml.module.css';

interface LaunchYamlProps {
  /** As the core writes the run that is in the form; undefined before its first answer. */
  written: string | undefined;
  /** That answer is of the form as it stands; an older one must not be edited, or it would undo what came after it. */
  current: boolean;
  presets: readonly Preset[];
  onChange(draft: LaunchDraft): void;
  /** Why the text is not what the form holds; null when it is. */
  onProblem(problem: string | null): void;
}

export function LaunchYaml({ written, current, presets, onChange, onProblem }: LaunchYamlProps) {
  const [text, setText] = useState(written ?? '');
  /** While a person types, the core's own spelling of it does not come in between. */
  const typing = useRef(false);
  const { problem } = text === '' && !typing.current ? { problem: null } : readYaml(text, presets);
  const isWrong = useRef(false);
  isWrong.current = problem !== null;
  useEffect(() => {
    if (written !== undefined && !typing.current && !isWrong.current) setText(written);
  }, [written]);
  useEffect(() => {
    onProblem(problem);
    return () => onProblem(null);
  }, [problem, onProblem]);
  const isOld = !current && !typing.current;
  const words = isOld
    ? 'The run is being checked; its YAML follows.'
    : 'All of the form is here and can be changed here. What is left out is as in the preset; but settings are whole: one that is left out of them is off or at its default, and one without a default has to be said.';
  return (
    <Card title="The run as YAML" figure={!isOld && <CopyButton text={text} label="Copy" wide />}>
      <p className={problem ? styles.problem : styles.hint}>{problem ?? words}</p>
      <TextArea
        code
        aria-label="The run as YAML"
        aria-invalid={problem !== null || undefined}
        className={styles.text}
        rows={Math.min(40, text.split('\n').length + 1)}
        value={text}
        readOnly={isOld}
        onChange={(event) => {
          typing.current = true;
          setText(event.target.value);
          const read = readYaml(event.target.value, presets);
          if (read.problem === null) onChange(read.draft);
        }}
        onBlur={() => {
          typing.current = false;
          if (problem === null && written !== undefined) setText(written);
        }}
      />
    </Card>
  );
}
