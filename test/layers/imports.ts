// Lists what a source file imports, by a real parser, so that no comment or string fools it. Used by layers.test.ts.
import { readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { parseSync } from 'rolldown/utils';

export interface Import {
  /** The importing file, from the root, with forward slashes. */
  from: string;
  line: number;
  /** A file from the root (`core/rpc/serve.ts`), a package (`@orpc/server`) or `node:fs`. */
  to: string;
  kind: 'file' | 'package' | 'node';
  /** True where only types are taken: nothing of it remains at run time. */
  typeOnly: boolean;
}

/** Imports of a file; `text` for tests that have no file. */
export function importsOf(path: string, text = readFileSync(path, 'utf8')): Import[] {
  const { module, errors } = parseSync(path, text);
  if (errors[0]) throw new Error(`${path} cannot be parsed: ${errors[0].message}`);
  const found: { specifier: string; at: number; typeOnly: boolean }[] = [];
  for (const statement of module.staticImports) {
    const typeOnly = statement.entries.length > 0 && statement.entries.every((entry) => entry.isType);
    found.push({ specifier: statement.moduleRequest.value, at: statement.start, typeOnly });
  }
  for (const statement of module.staticExports) {
    const request = statement.entries[0]?.moduleRequest;
    const typeOnly = statement.entries.every((entry) => entry.isType);
    if (request) found.push({ specifier: request.value, at: statement.start, typeOnly });
  }
  for (const { moduleRequest, start } of module.dynamicImports) {
    const literal = /^(['"`])([^'"`$]+)\1$/.exec(text.slice(moduleRequest.start, moduleRequest.end));
    if (literal?.[2]) found.push({ specifier: literal[2], at: start, typeOnly: false });
  }
  return found.map(({ specifier, at, typeOnly }) => ({
    from: path,
    line: text.slice(0, at).split('\n').length,
    typeOnly,
    ...target(path, specifier),
  }));
}

function target(from: string, specifier: string): Pick<Import, 'to' | 'kind'> {
  if (specifier.startsWith('.')) {
    return { to: posix.join(posix.dirname(from), specifier).replace(/\?.*$/, ''), kind: 'file' };
  }
  if (specifier.startsWith('node:')) return { to: specifier, kind: 'node' };
  const parts = specifier.split('/');
  return { to: parts.slice(0, specifier.startsWith('@') ? 2 : 1).join('/'), kind: 'package' };
}
