// The few things a person sets for this lab.
import { useCommand, useQuery } from '../queries.ts';
import { Dialog } from '../ui/dialog.tsx';
import { ErrorCard } from '../ui/error-card.tsx';
import { Facts } from '../ui/facts.tsx';
import { Field } from '../ui/field.tsx';
import { Segmented } from '../ui/segmented.tsx';
import { Select } from '../ui/select.tsx';
import { closeDialog, useView } from '../view.ts';
import { setTheme } from './global-acts.ts';
import styles from './settings-dialog.module.css';

const themes = [
  { value: 'system', label: 'As the system' },
  { value: 'light', label: 'Light' },
  { value: 'dark', label: 'Dark' },
] as const;

const threadOptions = ['auto', '1', '2', '3', '4', '6', '8', '12', '16'].map((value) => ({
  value,
  label: value === 'auto' ? 'One less than the cores' : value,
}));

export function SettingsDialog() {
  const settings = useQuery('settings.get', {});
  const status = useQuery('lab.status', {});
  const theme = useView((view) => view.theme);
  const set = useCommand('settings.set');
  const threads = settings.data?.threads;
  return (
    <Dialog title="Settings" onClose={closeDialog}>
      <div className={styles.form}>
        <Field label="Theme" hint="Kept in this lab." group>
          {() => <Segmented label="Theme" options={themes} value={theme} onChange={setTheme} />}
        </Field>
        <Field
          label="Threads for answering"
          hint="More threads than free cores make a model on the CPU many times slower."
        >
          {({ id }) => (
            <Select
              id={id}
              label="Threads for answering"
              options={threadOptions}
              value={threads === undefined ? null : threads === null ? 'auto' : String(threads)}
              onChange={(value) => set.mutate({ threads: value === 'auto' ? null : Number(value) })}
            />
          )}
        </Field>
        {set.error && <ErrorCard what="The setting was not kept" error={set.error} />}
        {status.data && (
          <Facts
            facts={[
              ['Lab', status.data.folder],
              ['Version', status.data.version],
              ['Catalog version', status.data.catalogVersion],
              ['Trainer', status.data.trainer.detail],
            ]}
          />
        )}
      </div>
    </Dialog>
  );
}
