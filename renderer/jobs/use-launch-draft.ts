// The launch form's draft with what the core said when it was asked to start it: a refusal is of that very form, and goes with it.
import { useState } from 'react';
import { emptyDraft, type LaunchDraft } from './launch-draft.ts';

/** `error` is that of the last start. */
export function useLaunchDraft(error: Error | null) {
  const [draft, setDraft] = useState(emptyDraft);
  const [past, setPast] = useState<Error | null>(null);
  const forget = () => setPast(error);
  return {
    draft,
    change(next: LaunchDraft | ((now: LaunchDraft) => LaunchDraft)) {
      forget();
      setDraft(next);
    },
    /** Why this form was not started; null once anything of it has changed. */
    refusal: error === past ? null : error,
    forget,
  };
}
