// package-lock.json must install anywhere: every platform's optional packages are in it, and no registry is named.
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

interface Entry {
  version?: string;
  resolved?: string;
  integrity?: string;
  optional?: boolean;
  optionalDependencies?: Record<string, string>;
}
const manifest = JSON.parse(readFileSync('package.json', 'utf8'));
const packages: Record<string, Entry> = JSON.parse(readFileSync('package-lock.json', 'utf8')).packages;

it('names exact versions only', () => {
  const declared = { ...manifest.dependencies, ...manifest.devDependencies } as Record<string, string>;
  expect(Object.entries(declared).filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([]);
});

it('names no registry, and a hash for whatever is not optional', () => {
  const entries = Object.entries(packages).filter(([path]) => path !== '');
  expect(entries.filter(([, entry]) => entry.resolved)).toEqual([]);
  expect(entries.filter(([, entry]) => !entry.integrity && !entry.optional)).toEqual([]);
});

it('holds the optional packages of every platform (npm drops those that a registry lacks; add them by hand)', () => {
  const names = new Set(
    Object.keys(packages).map((path) => path.slice(path.lastIndexOf('node_modules/') + 13)),
  );
  const missing = Object.entries(packages).flatMap(([path, entry]) =>
    Object.keys(entry.optionalDependencies ?? {})
      .filter((name) => !names.has(name))
      .map((name) => `${path} wants ${name}`),
  );
  expect(missing).toEqual([]);
  expect(Object.entries(packages).filter(([path, entry]) => path !== '' && !entry.version)).toEqual([]);
});
