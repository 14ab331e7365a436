// Every setting of a run as a field with its explanation, block by block; blocks that need not be there as switches.
import { useEffect, useRef, useState } from 'react';
import { isBlock } from '../../core/contract/is-block.ts';
import type { SettingPath } from '../../core/contract/setting-words.ts';
import { Card } from '../ui/card.tsx';
import { Checkbox } from '../ui/checkbox.tsx';
import { Field } from '../ui/field.tsx';
import { type Note, Notes } from '../ui/notes.tsx';
import { Select } from '../ui/select.tsx';
import { TextArea } from '../ui/text-area.tsx';
import { TextField } from '../ui/text-field.tsx';
import { ToggleChips } from '../ui/toggle-chips.tsx';
import type { NotesOf } from './finding-notes.ts';
import {
  optionsOfChoice,
  readChoice,
  readSetting,
  type SettingField,
  type SettingGroup,
  type Settings,
  shownChoice,
  withSetting,
  writtenSetting,
} from './setting-fields.ts';
import { SettingStages } from './setting-stages.tsx';
import styles from './settings-editor.module.css';

interface SettingsEditorProps {
  groups: readonly SettingGroup[];
  settings: Settings;
  /** Blocks in which nothing can be changed, each with the reason. */
  fixed?: Readonly<Record<string, string>>;
  notesOf: NotesOf;
  onChange(settings: Settings): void;
}

export function SettingsEditor({ groups, settings, fixed = {}, notesOf, onChange }: SettingsEditorProps) {
  const shown = (group: SettingGroup) => (
    <Group
      key={group.id}
      group={group}
      fixed={fixed[group.id]}
      notesOf={notesOf}
      onChange={(path, value) => onChange(withSetting(settings, path, value))}
    />
  );
  const stages = [...Map.groupBy(groups, ({ stage }) => stage)];
  return stages.length > 1 ? (
    <SettingStages stages={stages}>{shown}</SettingStages>
  ) : (
    groups.map((group) => shown(group))
  );
}

interface GroupProps {
  group: SettingGroup;
  /** Why nothing can be changed here. */
  fixed: string | undefined;
  notesOf: NotesOf;
  onChange(path: SettingPath, value: unknown): void;
}

function Group({ group, fixed, notesOf, onChange }: GroupProps) {
  const { id, title, toggle, fields } = group;
  /** What a person had set in a block comes back when they switch it on again. */
  const kept = useRef<unknown>(undefined);
  if (!toggle && fields.length === 0) return null;
  const change = (isOn: boolean) => {
    if (!toggle) return;
    const back = isOn ? kept.current : undefined;
    kept.current = isBlock(toggle.now) ? toggle.now : undefined;
    onChange(toggle.path, back ?? toggle.value);
  };
  const aside = fixed ?? (toggle && !toggle.isOn ? toggle.hint : undefined);
  return (
    <Card
      title={
        toggle ? (
          // biome-ignore lint/a11y/noLabelWithoutControl: the check box inside is the control
          <label className={styles.toggle}>
            <Checkbox label={title} checked={toggle.isOn} onChange={change} />
            {title}
          </label>
        ) : (
          title
        )
      }
      aside={aside && <span className={styles.hint}>{aside}</span>}
      className={toggle && !toggle.isOn ? styles.off : undefined}
      field={id}
    >
      <Notes notes={notesOf(id)} />
      {fields.length > 0 && (
        <fieldset className={styles.grid} disabled={fixed !== undefined}>
          {fields.map((field) => (
            <Setting
              key={field.id}
              field={field}
              notes={notesOf(field.id)}
              onChange={(value) => onChange(field.path, value)}
            />
          ))}
        </fieldset>
      )}
    </Card>
  );
}

interface SettingProps {
  field: SettingField;
  notes: Note[];
  onChange(value: unknown): void;
}

function Setting({ field, notes, onChange }: SettingProps) {
  const { id, label, hint, value, shape } = field;
  const said = { label, hint, notes, name: id };
  switch (shape.is) {
    case 'choices':
      return (
        <Field {...said} group className={styles.wide}>
          {() => (
            <ToggleChips
              label={label}
              options={optionsOf(shape.options)}
              values={Array.isArray(value) ? value : []}
              onChange={onChange}
            />
          )}
        </Field>
      );
    case 'choice':
      return (
        <Field {...said}>
          {({ id }) => (
            <Select
              id={id}
              label={label}
              options={optionsOf(optionsOfChoice(shape))}
              value={shownChoice(shape, value)}
              onChange={(option) => onChange(readChoice(option))}
            />
          )}
        </Field>
      );
    case 'switch':
      return (
        <Field {...said} group>
          {() => (
            // biome-ignore lint/a11y/noLabelWithoutControl: the check box inside is the control
            <label className={styles.switch}>
              <Checkbox label={label} checked={value === true} onChange={onChange} />
              {value === true ? 'yes' : 'no'}
            </label>
          )}
        </Field>
      );
    default:
      return <TypedSetting field={field} notes={notes} onChange={onChange} />;
  }
}

const optionsOf = (words: readonly string[]) => words.map((word) => ({ value: word, label: word }));

/** Keeps what a person types as it is typed: "1." is the number 1 and still stands there as "1.". */
function TypedSetting({ field, notes, onChange }: SettingProps) {
  const { id, label, hint, value, shape, unit } = field;
  const shown = writtenSetting(value, unit);
  const [text, setText] = useState(shown);
  const isSame = JSON.stringify(readSetting(text, field)) === JSON.stringify(value);
  useEffect(() => {
    if (!isSame) setText(shown);
  }, [isSame, shown]);
  const type = (typed: string) => {
    setText(typed);
    onChange(readSetting(typed, field));
  };
  return (
    <Field
      label={label}
      hint={hint}
      notes={notes}
      name={id}
      className={shape.is === 'texts' ? styles.wide : ''}
    >
      {(ids) =>
        shape.is === 'texts' ? (
          <TextArea
            {...ids}
            code
            rows={Math.max(2, text.split('\n').length)}
            value={text}
            onChange={(event) => type(event.target.value)}
          />
        ) : (
          <TextField
            {...ids}
            inputMode={shape.is === 'number' ? 'decimal' : 'text'}
            after={unit}
            value={text}
            onChange={(event) => type(event.target.value)}
          />
        )
      }
    </Field>
  );
}
