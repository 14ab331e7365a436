// Where the open rollout stands in a list that may have grown since it was opened. Pure; used by use-rollout-selection.ts.

export interface Opened {
  /** Of the open rollout; null: nothing was chosen yet. */
  key: string | null;
  /** A place that was asked for before its row was there: End, Page Down. */
  wanted: number | null;
  /** Where a person found one, until the core has told where it stands. */
  chosen: { key: string; place: number };
  /** What the core says of the key's place, null: it is not in the list. Undefined while it has not said. */
  found: number | null | undefined;
}

/** `target` is a place whose row is to be opened; `selected` the row to be marked. */
export function standing({ key, wanted, chosen, found }: Opened): {
  target: number | null;
  selected: number | null;
} {
  if (wanted !== null) return { target: wanted, selected: wanted };
  // What was open is not in this list, or not any more: its first one is opened.
  if (key === null || found === null) return { target: 0, selected: 0 };
  return { target: null, selected: found ?? (chosen.key === key ? chosen.place : null) };
}
