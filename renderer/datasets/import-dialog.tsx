// Import questions: a path or hub id, which reader, which split. Says at the end what came in and what was refused.
import { FolderOpen } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import type { Adapter } from '../../core/contract/datasets.ts';
import { bridge } from '../bridge.ts';
import { useCommand } from '../queries.ts';
import { go } from '../route.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { ErrorCard } from '../ui/error-card.tsx';
import { Field } from '../ui/field.tsx';
import { Select } from '../ui/select.tsx';
import { TextField } from '../ui/text-field.tsx';
import { closeDialog } from '../view.ts';
import { guessSource, isHubPath } from './guess-source.ts';
import styles from './import-dialog.module.css';
import { ImportReport } from './import-report.tsx';

const adapters: readonly { value: Adapter; label: string; detail: string }[] = [
  { value: 'gsm8k', label: 'gsm8k', detail: 'question, answer with #### number' },
  { value: 'ai2_arc', label: 'ai2_arc', detail: 'question, choices, answerKey' },
  { value: 'rows', label: 'rows', detail: 'rows of this lab, as it exports them' },
];

const FORM = 'import-data';

export function ImportDialog() {
  const [from, setFrom] = useState('');
  const [adapter, setAdapter] = useState<Adapter | null>(null);
  const [split, setSplit] = useState('');
  const [config, setConfig] = useState('');
  const [revision, setRevision] = useState('');
  const run = useCommand('datasets.import');
  const guess = guessSource(from);
  const chosenAdapter = adapter ?? guess.adapter ?? null;
  const chosenSplit = split || guess.split || '';
  const chosenConfig = config || guess.config || '';
  const missing = missingOf(from, chosenAdapter, chosenSplit, chosenConfig);

  const choose = async () => {
    const path = await bridge.openFile({
      title: 'Questions to import',
      filters: [{ name: 'Questions', extensions: ['jsonl', 'parquet'] }],
    });
    if (path) setFrom(path);
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (missing || !chosenAdapter) return;
    run.mutate({
      from: from.trim(),
      adapter: chosenAdapter,
      split: chosenSplit,
      ...(chosenConfig ? { config: chosenConfig } : {}),
      ...(isHubPath(from) && revision ? { revision } : {}),
    });
  };
  if (run.data)
    return (
      <Dialog
        title="What came in?"
        onClose={closeDialog}
        foot={
          <>
            <Button kind="quiet" onClick={() => run.reset()}>
              Import more
            </Button>
            <Button
              kind="primary"
              onClick={() => {
                closeDialog();
                go('data', { params: { source: run.data.sourceId } });
              }}
            >
              Browse the rows
            </Button>
          </>
        }
      >
        <ImportReport result={run.data} />
      </Dialog>
    );
  return (
    <Dialog
      title="Which questions do you want to bring in?"
      about="Lines that cannot be read are counted and listed; the others come in."
      onClose={closeDialog}
      foot={
        <>
          <Button kind="quiet" onClick={closeDialog}>
            Cancel
          </Button>
          <Button kind="primary" submit form={FORM} busy={run.isPending} reason={missing ?? undefined}>
            {run.isPending ? 'Importing…' : 'Import'}
          </Button>
        </>
      }
    >
      <form id={FORM} className={styles.form} onSubmit={submit}>
        <Field
          label="From"
          hint="A .jsonl or .parquet file, or hub:<owner>/<name>/<file>."
          className={styles.wide}
        >
          {(ids) => (
            <div className={styles.path}>
              <TextField
                {...ids}
                code
                autoFocus
                value={from}
                placeholder="/path/to/test.jsonl"
                onChange={(event) => setFrom(event.target.value)}
              />
              <Button icon={FolderOpen} onClick={() => void choose()}>
                Choose…
              </Button>
            </div>
          )}
        </Field>
        <Field label="Reader" hint="How a record of the file becomes a row.">
          {({ id }) => (
            <Select id={id} label="Reader" options={adapters} value={chosenAdapter} onChange={setAdapter} />
          )}
        </Field>
        <Field label="Split" hint="Test splits are locked against training.">
          {(ids) => (
            <TextField
              {...ids}
              value={split}
              placeholder={guess.split ?? 'train, validation, test, held-out'}
              onChange={(event) => setSplit(event.target.value)}
            />
          )}
        </Field>
        <Field label="Configuration" hint="The data set’s own name for it, if it has several.">
          {(ids) => (
            <TextField
              {...ids}
              value={config}
              placeholder={
                guess.config ?? (chosenAdapter === 'ai2_arc' ? 'ARC-Challenge or ARC-Easy' : 'main')
              }
              onChange={(event) => setConfig(event.target.value)}
            />
          )}
        </Field>
        {isHubPath(from) && (
          <Field label="Revision" hint="A commit hash, so that the same rows come back.">
            {(ids) => (
              <TextField
                {...ids}
                code
                value={revision}
                onChange={(event) => setRevision(event.target.value)}
              />
            )}
          </Field>
        )}
        {run.error && (
          <div className={styles.wide}>
            <ErrorCard what="Nothing was imported" error={run.error} />
          </div>
        )}
      </form>
    </Dialog>
  );
}

function missingOf(from: string, adapter: Adapter | null, split: string, config: string): string | null {
  if (!from.trim()) return 'Say where the questions are first.';
  if (!adapter) return 'Choose the reader first.';
  if (!split) return 'Name the split first: it decides whether the rows may be trained on.';
  if (adapter === 'ai2_arc' && !config) return 'Name the configuration first: ARC-Challenge or ARC-Easy.';
  return null;
}
