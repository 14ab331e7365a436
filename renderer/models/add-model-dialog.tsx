// Add a base model from a GGUF file or a model folder.
import { FileBox, FolderOpen } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import { bridge } from '../bridge.ts';
import { useCommand } from '../queries.ts';
import { go } from '../route.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { ErrorCard } from '../ui/error-card.tsx';
import { Field } from '../ui/field.tsx';
import { TextField } from '../ui/text-field.tsx';
import { closeDialog, useView } from '../view.ts';
import styles from './add-model-dialog.module.css';

const FORM = 'add-model';

export function AddModelDialog() {
  const about = useView((view) => view.dialog?.about) ?? {};
  const [path, setPath] = useState(about.path ?? '');
  const [name, setName] = useState(about.name ?? '');
  const [template, setTemplate] = useState(about.template ?? '');
  const [licence, setLicence] = useState('');
  const add = useCommand('models.add');
  const choose = async (folders: boolean) => {
    const chosen = await bridge.openFile(
      folders
        ? { title: 'Folder of a model', folders }
        : { title: 'Model file', filters: [{ name: 'GGUF', extensions: ['gguf'] }] },
    );
    if (chosen) setPath(chosen);
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!path.trim()) return;
    add.mutate(
      {
        path: path.trim(),
        ...(name.trim() ? { name: name.trim() } : {}),
        ...(template.trim() ? { template: template.trim() } : {}),
        ...(licence.trim() ? { licence: licence.trim() } : {}),
      },
      {
        onSuccess: ({ id }) => {
          closeDialog();
          go('models', { id });
        },
      },
    );
  };
  return (
    <Dialog
      title="Which base model do you want to add?"
      about="Its header is read and its bytes are hashed before anything is loaded."
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
            busy={add.isPending}
            reason={path.trim() ? undefined : 'Say where the model is first.'}
          >
            {add.isPending ? 'Reading and hashing…' : 'Add the model'}
          </Button>
        </>
      }
    >
      <form id={FORM} className={styles.form} onSubmit={submit}>
        <Field
          label="Model"
          hint="A .gguf file, or a folder with a manifest.json over its files, as the embedded model has it."
        >
          {(ids) => (
            <div className={styles.path}>
              <TextField
                {...ids}
                code
                autoFocus
                value={path}
                placeholder="/path/to/model.gguf"
                onChange={(event) => setPath(event.target.value)}
              />
              <Button icon={FileBox} onClick={() => void choose(false)}>
                File…
              </Button>
              <Button icon={FolderOpen} onClick={() => void choose(true)}>
                Folder…
              </Button>
            </div>
          )}
        </Field>
        <div className={styles.pair}>
          <Field label="Name" hint="Left empty, the file’s own name.">
            {(ids) => <TextField {...ids} value={name} onChange={(event) => setName(event.target.value)} />}
          </Field>
          <Field label="Licence" hint="As its card states it.">
            {(ids) => (
              <TextField {...ids} value={licence} onChange={(event) => setLicence(event.target.value)} />
            )}
          </Field>
        </div>
        <Field label="Prompt template" hint="Left empty, chosen by the chat template inside of the file.">
          {(ids) => (
            <TextField
              {...ids}
              code
              value={template}
              placeholder="four-step@1"
              onChange={(event) => setTemplate(event.target.value)}
            />
          )}
        </Field>
        {add.error && <ErrorCard what="The model was not added" error={add.error} />}
      </form>
    </Dialog>
  );
}
