// Bring in an adapter that was trained elsewhere: a PEFT folder, with its manifest or with the base that a person names. It is checked before
// it is used.
import { FolderOpen } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import { bridge } from '../bridge.ts';
import { useCommand, useQuery } from '../queries.ts';
import { go } from '../route.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { ErrorCard } from '../ui/error-card.tsx';
import { Field } from '../ui/field.tsx';
import { Select } from '../ui/select.tsx';
import { TextField } from '../ui/text-field.tsx';
import { tell } from '../ui/toast.tsx';
import { closeDialog } from '../view.ts';
import styles from './add-model-dialog.module.css';

const FORM = 'import-adapter';
const BY_MANIFEST = 'manifest';

export function ImportAdapterDialog() {
  const [path, setPath] = useState('');
  const [baseId, setBaseId] = useState(BY_MANIFEST);
  const [name, setName] = useState('');
  const models = useQuery('models.list', {});
  const bases = models.data?.filter(({ kind, state }) => kind === 'base' && state === 'ready') ?? [];
  const bring = useCommand('models.import');
  const choose = async () => {
    const chosen = await bridge.openFile({ title: 'Folder of an adapter', folders: true });
    if (chosen) setPath(chosen);
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!path.trim()) return;
    bring.mutate(
      {
        path: path.trim(),
        ...(baseId === BY_MANIFEST ? {} : { baseId, ...(name.trim() ? { name: name.trim() } : {}) }),
      },
      {
        onSuccess: ({ id, name, known }) => {
          if (known)
            tell({
              title: `${name} was here before`,
              detail: 'The very same bytes: nothing new was stored.',
            });
          closeDialog();
          go('models', { id });
        },
      },
    );
  };
  return (
    <Dialog
      title="Which adapter do you want to bring in?"
      about="Hashes, parent, names, shapes and a smoke prompt are checked; it is refused when one of them fails. One that PEFT made has no trainer’s numbers to compare with: it has to load and answer."
      onClose={closeDialog}
      foot={
        <>
          <Button kind="quiet" onClick={closeDialog}>
            Cancel
          </Button>
          <Button
            kind="primary"
            submit
            form={FORM}
            busy={bring.isPending}
            reason={path.trim() ? undefined : 'Say where the adapter is first.'}
          >
            {bring.isPending ? 'Checking…' : 'Bring it in'}
          </Button>
        </>
      }
    >
      <form id={FORM} className={styles.form} onSubmit={submit}>
        <Field
          label="Folder"
          hint="With adapter_model.safetensors and adapter_config.json, as PEFT or a run writes them."
        >
          {(ids) => (
            <div className={styles.path}>
              <TextField
                {...ids}
                code
                autoFocus
                value={path}
                placeholder="/path/to/adapter"
                onChange={(event) => setPath(event.target.value)}
              />
              <Button icon={FolderOpen} onClick={() => void choose()}>
                Choose…
              </Button>
            </div>
          )}
        </Field>
        <Field
          label="Trained on"
          hint="A run says so in manifest.json. For one that PEFT made, choose its base: names and shapes are all that can tell whether it is the right one."
        >
          {({ id }) => (
            <Select
              id={id}
              label="Trained on"
              options={[
                { value: BY_MANIFEST, label: 'What its manifest names' },
                ...bases.map((base) => ({ value: base.id, label: base.name, detail: base.architecture })),
              ]}
              value={baseId}
              onChange={setBaseId}
            />
          )}
        </Field>
        {baseId !== BY_MANIFEST && (
          <Field label="Name" hint="Left empty, that of the folder.">
            {(ids) => (
              <TextField
                {...ids}
                value={name}
                maxLength={120}
                onChange={(event) => setName(event.target.value)}
              />
            )}
          </Field>
        )}
        {bring.error && <ErrorCard what="The adapter was not brought in" error={bring.error} />}
      </form>
    </Dialog>
  );
}
