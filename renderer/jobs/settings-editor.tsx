// Every setting of a run as a field with its explanation; the rules that end a run by themselves as switches.
import { useEffect, useState } from 'react';
import { Card } from '../ui/card.tsx';
import { Checkbox } from '../ui/checkbox.tsx';
import { Field } from '../ui/field.tsx';
import { Select } from '../ui/select.tsx';
import { TextField } from '../ui/text-field.tsx';
import { ToggleChips } from '../ui/toggle-chips.tsx';
import {
  groupsOf,
  readSetting,
  type SettingField,
  type Settings,
  type SettingValue,
  withSetting,
} from './setting-fields.ts';
import styles from './settings-editor.module.css';

const projections = ['q_proj', 'k_proj', 'v_proj', 'o_proj', 'gate_proj', 'up_proj', 'down_proj'].map(
  (value) => ({
    value,
    label: value,
  }),
);

interface SettingsEditorProps {
  settings: Settings;
  /** Sentence per path, "training.steps". */
  problems: Readonly<Record<string, string>>;
  onChange(settings: Settings): void;
}

export function SettingsEditor({ settings, problems, onChange }: SettingsEditorProps) {
  return groupsOf(settings).map(({ title, fields }) => (
    <Card key={title} title={title}>
      <div className={styles.grid}>
        {fields.map((field) => (
          <Setting
            key={field.path.join('.')}
            field={field}
            problem={problems[field.path.join('.')]}
            onChange={(value) => onChange(withSetting(settings, field.path, value))}
          />
        ))}
      </div>
    </Card>
  ));
}

interface SettingProps {
  field: SettingField;
  problem: string | undefined;
  onChange(value: SettingValue): void;
}

function Setting({ field, problem, onChange }: SettingProps) {
  const { label, hint, value, options } = field;
  if (Array.isArray(value))
    return (
      <Field label={label} hint={hint} error={problem} group className={styles.wide}>
        {() => (
          <ToggleChips label={label} options={projections} values={value as string[]} onChange={onChange} />
        )}
      </Field>
    );
  if (typeof value === 'boolean')
    return (
      <Field label={label} hint={hint} error={problem} group>
        {() => <Checkbox label={label} checked={value} onChange={onChange} />}
      </Field>
    );
  if (options && typeof value === 'string')
    return (
      <Field label={label} hint={hint} error={problem}>
        {({ id }) => (
          <Select
            id={id}
            label={label}
            options={options.map((option) => ({ value: option, label: option }))}
            value={value}
            onChange={onChange}
          />
        )}
      </Field>
    );
  return <TypedSetting field={field} problem={problem} onChange={onChange} />;
}

/** Keeps what a person types until it is a value: "1e-" on the way to "1e-4" is no error to be mended at once. */
function TypedSetting({ field, problem, onChange }: SettingProps) {
  const { label, hint, value } = field;
  const shown = value === null ? '' : String(value);
  const [text, setText] = useState(shown);
  const own = readSetting(text, value);
  useEffect(() => {
    setText((now) => (Object.is(readSetting(now, value), value) ? now : shown));
  }, [shown, value]);
  return (
    <Field label={label} hint={hint} error={own === undefined ? 'A number.' : problem}>
      {(ids) => (
        <TextField
          {...ids}
          inputMode={typeof value === 'number' ? 'decimal' : 'text'}
          value={text}
          placeholder={value === null ? 'none' : ''}
          onChange={(event) => {
            setText(event.target.value);
            const next = readSetting(event.target.value, value);
            if (next !== undefined) onChange(next);
          }}
        />
      )}
    </Field>
  );
}
