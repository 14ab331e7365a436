// The `sql` tag: text and bound values apart, so that a value can never become code. Fragments nest.

const brand = Symbol('sql');

export interface Sql {
  readonly [brand]: true;
  readonly text: string;
  readonly values: readonly SqlValue[];
}

export type SqlValue = string | number | bigint | null | Uint8Array;

/** Values become `?`; a nested `sql` keeps its own values; nothing else can be spliced in. */
export function sql(strings: TemplateStringsArray, ...parts: (SqlValue | Sql)[]): Sql {
  let text = strings[0] ?? '';
  const values: SqlValue[] = [];
  parts.forEach((part, i) => {
    if (isSql(part)) {
      text += part.text;
      values.push(...part.values);
    } else {
      text += '?';
      values.push(part);
    }
    text += strings[i + 1] ?? '';
  });
  return { [brand]: true, text, values };
}

/** `a AND b AND c`; `TRUE` when there is nothing to hold. */
export function allOf(conditions: readonly Sql[]): Sql {
  if (conditions.length === 0) return sql`TRUE`;
  return {
    [brand]: true,
    text: conditions.map((c) => `(${c.text})`).join(' AND '),
    values: conditions.flatMap((c) => c.values),
  };
}

/** `?, ?, ?` for `IN (…)`. Callers keep lists short (SQLite binds at most 32,766 values). */
export function listOf(values: readonly SqlValue[]): Sql {
  return { [brand]: true, text: values.map(() => '?').join(', '), values };
}

function isSql(part: SqlValue | Sql): part is Sql {
  return typeof part === 'object' && part !== null && brand in part;
}
