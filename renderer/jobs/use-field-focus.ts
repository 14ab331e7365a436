// Leads from a finding to its field: there where it is shown, else in the view that has every field.
import { useEffect, useState } from 'react';
import { waysTo } from './finding-notes.ts';

/** What to call with a field's name. `showAll` brings every field into view. */
export function useFieldFocus(showAll: () => void): (field: string) => void {
  const [sought, setSought] = useState<{ field: string } | null>(null);
  // The view has changed in the same step as this.
  useEffect(() => {
    if (sought) focusOn(sought.field);
  }, [sought]);
  return (field) => {
    if (!placeOf(field)) showAll();
    setSought({ field });
  };
}

/** Into the field, or into the nearest thing around it that is shown. */
function focusOn(field: string): void {
  const place = waysTo(field)
    .map(placeOf)
    .find((found) => found !== null);
  // A stage may be folded.
  const folded = place?.closest('details');
  if (folded) folded.open = true;
  place?.scrollIntoView({ block: 'center' });
  place
    ?.querySelector<HTMLElement>('input, textarea, button, [role="checkbox"]')
    ?.focus({ preventScroll: true });
}

const placeOf = (field: string): Element | null =>
  document.querySelector(`[data-field="${CSS.escape(field)}"]`);
