// The launch form's draft with what the core said when it was asked to start it: a refusal is of the very form that was sent.
import { useState } from 'react';
import { emptyDraft, type LaunchDraft } from './launch-draft.ts';

/** `error` is that of the last start. */
export function useLaunchDraft(error: Error | null) {
  const [draft, change] = useState(emptyDraft);
  /** A start takes seconds, and the form can be changed meanwhile: then its refusal is not of what is shown. */
  const [sent, setSent] = useState<LaunchDraft | null>(null);
  return {
    draft,
    change,
    /** To be called when this form is sent. */
    remember: () => setSent(draft),
    /** Why this form was not started; null once anything of it has changed. */
    refusal: draft === sent ? error : null,
  };
}
