// A question of one's own for the playground: what is asked, what is right, and how the answer is checked.
import { type FormEvent, useState } from 'react';
import type { InlineRow } from '../../core/contract/rewards.ts';
import { domains } from '../../core/rewards/domains.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { Field } from '../ui/field.tsx';
import { nameInWords } from '../ui/format.ts';
import { Select } from '../ui/select.tsx';
import { TextArea } from '../ui/text-area.tsx';
import { TextField } from '../ui/text-field.tsx';
import { closeDialog } from '../view.ts';
import { type OwnDraft, ownRow } from './own-row.ts';
import styles from './pick-dialog.module.css';
import { setPlayground } from './playground-state.ts';

const kinds: readonly { value: InlineRow['answerType']; label: string; detail: string }[] = [
  { value: 'number', label: 'Number', detail: '18, 1,234.5, 3/4' },
  { value: 'choice', label: 'Choice', detail: 'a letter of the options' },
  { value: 'text', label: 'Text', detail: 'a few words' },
  { value: 'code', label: 'Code', detail: 'Python that passes tests' },
  { value: 'open', label: 'Open', detail: 'no single right answer' },
];

const FORM = 'own-question';
const empty: OwnDraft = { question: '', answer: '', answerType: 'number', domain: 'math', lines: '' };

export function OwnQuestion({ onBack }: { onBack(): void }) {
  const [draft, setDraft] = useState(empty);
  const set = (change: Partial<OwnDraft>) => setDraft((now) => ({ ...now, ...change }));
  const { row, missing } = ownRow(draft);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!row) return;
    setPlayground({ subject: { row } });
    closeDialog();
  };
  const many = draft.answerType === 'choice' || draft.answerType === 'code';
  return (
    <Dialog
      wide
      title="What do you want to ask?"
      about="It stays in the playground; no source gets it."
      onClose={closeDialog}
      foot={
        <>
          <Button kind="quiet" onClick={onBack}>
            Choose a row instead
          </Button>
          <Button kind="primary" submit form={FORM} reason={missing ?? undefined}>
            Take this question
          </Button>
        </>
      }
    >
      <form id={FORM} className={styles.form} onSubmit={submit}>
        <Field label="Question" className={styles.wide}>
          {(ids) => (
            <TextArea
              {...ids}
              rows={3}
              value={draft.question}
              onChange={({ target }) => set({ question: target.value })}
            />
          )}
        </Field>
        <Field label="Kind of answer">
          {({ id }) => (
            <Select
              id={id}
              label="Kind of answer"
              options={kinds}
              value={draft.answerType}
              onChange={(answerType) => set({ answerType })}
            />
          )}
        </Field>
        <Field label="Domain" hint="Switches parts of a suite on and off.">
          {({ id }) => (
            <Select
              id={id}
              label="Domain"
              options={domains.map((value) => ({ value, label: nameInWords(value) }))}
              value={draft.domain}
              onChange={(domain) => set({ domain })}
            />
          )}
        </Field>
        {many && (
          <Field
            label={draft.answerType === 'code' ? 'Tests' : 'Options'}
            hint={draft.answerType === 'code' ? 'One assertion a line.' : 'One option a line.'}
            className={styles.wide}
          >
            {(ids) => (
              <TextArea
                {...ids}
                code={draft.answerType === 'code'}
                rows={4}
                value={draft.lines}
                onChange={({ target }) => set({ lines: target.value })}
              />
            )}
          </Field>
        )}
        {draft.answerType !== 'code' && draft.answerType !== 'open' && (
          <Field
            label="Right answer"
            hint={draft.answerType === 'choice' ? 'Its letter.' : undefined}
            className={styles.wide}
          >
            {(ids) => (
              <TextField
                {...ids}
                value={draft.answer}
                onChange={({ target }) => set({ answer: target.value })}
              />
            )}
          </Field>
        )}
      </form>
    </Dialog>
  );
}
