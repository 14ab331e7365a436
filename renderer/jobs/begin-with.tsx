// What a run's adapter begins with: nothing, or an adapter of this lab that it goes on from.
import type { Model } from '../../core/contract/models.ts';
import { Field } from '../ui/field.tsx';
import type { Note } from '../ui/notes.tsx';
import { Select } from '../ui/select.tsx';

interface BeginWithProps {
  adapters: readonly Model[];
  /** Null: a new adapter. */
  value: string | null;
  notes: readonly Note[];
  onChange(startAdapterId: string | null): void;
}

const NEW = 'new';

export function BeginWith({ adapters, value, notes, onChange }: BeginWithProps) {
  const options = adapters.map(({ id, name, rank }) => ({
    value: id,
    label: name,
    detail: `goes on from it, rank ${rank}`,
  }));
  return (
    <Field
      label="Begin with"
      name="startAdapterId"
      notes={notes}
      hint="A new adapter changes nothing at first; another one trains on from where it is."
    >
      {({ id }) => (
        <Select
          id={id}
          label="Begin with"
          options={[{ value: NEW, label: 'A new adapter' }, ...options]}
          value={value ?? NEW}
          onChange={(chosen) => onChange(chosen === NEW ? null : chosen)}
        />
      )}
    </Field>
  );
}
