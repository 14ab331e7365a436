// Saves a draft as the next version of its name, with a note on why it is there.
import { Save } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import type { Suite } from '../../core/contract/reward.ts';
import type { SuiteInfo } from '../../core/contract/rewards.ts';
import { useCommand } from '../queries.ts';
import { go } from '../route.ts';
import { Button } from '../ui/button.tsx';
import { ErrorCard } from '../ui/error-card.tsx';
import { Field } from '../ui/field.tsx';
import { TextField } from '../ui/text-field.tsx';
import { tell } from '../ui/toast.tsx';
import styles from './save-suite.module.css';
import { dropDraft } from './suite-draft.ts';
import { keyOf, titleOf } from './suite-names.ts';

interface SaveSuiteProps {
  draft: Suite;
  base: SuiteInfo;
  /** The check has passed, and it was of this very draft. */
  ok: boolean;
}

export function SaveSuite({ draft, base, ok }: SaveSuiteProps) {
  const [note, setNote] = useState('');
  const save = useCommand('rewards.save');
  const same = JSON.stringify({ ...draft, name: base.name }) === JSON.stringify(base.suite);
  const reason = same
    ? 'Nothing is changed yet.'
    : ok
      ? undefined
      : 'What is wrong with it must be put right first.';
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (reason) return;
    save.mutate(
      { suite: draft, ...(note.trim() ? { note: note.trim() } : {}) },
      {
        onSuccess: (kept) => {
          tell({
            title: kept.made ? `${titleOf(kept)} is saved` : `${titleOf(kept)} is the very same suite`,
            detail: kept.made ? 'Runs and evaluations can use it from now on.' : 'Nothing new was stored.',
            tone: 'good',
          });
          dropDraft(keyOf(base));
          go('rewards', { id: 'suites', tab: keyOf(kept), params: { against: keyOf(base) } });
        },
      },
    );
  };
  return (
    <form className={styles.form} onSubmit={submit}>
      <Field label="Note" hint="Why this version is there.">
        {(ids) => (
          <TextField
            {...ids}
            value={note}
            maxLength={1000}
            onChange={({ target }) => setNote(target.value)}
          />
        )}
      </Field>
      {save.error && <ErrorCard what="The suite was not saved" error={save.error} />}
      <Button kind="primary" submit icon={Save} reason={reason} busy={save.isPending}>
        Save as a new version
      </Button>
    </form>
  );
}
