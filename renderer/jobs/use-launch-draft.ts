// The launch form's draft with what the core said when it was asked to start it: a refusal stands until anything is changed after it.
import { useState } from 'react';
import { emptyDraft, type LaunchDraft } from './launch-draft.ts';

/** `error` is that of the last start. */
export function useLaunchDraft(error: Error | null) {
  const [draft, change] = useState(emptyDraft);
  const [sent, setSent] = useState<LaunchDraft | null>(null);
  /** The form as it was when the refusal came. A start takes seconds, so that may be another one than was sent. */
  const [told, setTold] = useState({ error, draft });
  if (told.error !== error) setTold({ error, draft });
  return {
    draft,
    change,
    /** To be called when this form is sent. */
    remember: () => setSent(draft),
    /** Why it was not started, and in words what; null once anything of the form was changed after that. */
    refusal: error &&
      told.draft === draft && {
        error,
        what:
          draft === sent
            ? 'The run was not started'
            : 'The run, as it was sent before your change, was not started',
      },
  };
}
