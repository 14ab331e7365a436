// Who may import whom: the table of ARCHITECTURE.md as data. A file belongs to the first row that matches it.
import type { Import } from './imports.ts';

export interface Row {
  name: string;
  files: RegExp;
  /** Prefixes of paths; {own} is the feature's own folder. */
  imports: readonly string[];
  /** Prefixes of which only types may be taken. */
  types?: readonly string[];
  packages: readonly string[];
  /** Node's own modules. */
  node: boolean;
}

const everyFeature = ['core/'];
const drawing = ['react', 'react-dom', 'lucide-react'];

export const rows: readonly Row[] = [
  {
    name: 'core/contract',
    files: /^core\/contract\//,
    imports: ['core/contract/'],
    packages: ['zod', '@orpc/contract'],
    node: false,
  },
  {
    name: 'core/rewards',
    files: /^core\/rewards\//,
    imports: ['core/rewards/'],
    types: ['core/contract/'],
    packages: [],
    node: false,
  },
  {
    name: 'core/rpc',
    files: /^core\/rpc\//,
    imports: ['core/rpc/', 'core/contract/'],
    packages: ['@orpc/client', '@orpc/contract', '@orpc/server'],
    node: true,
  },
  {
    name: 'core/catalog, core/blobs',
    files: /^core\/(catalog|blobs)\//,
    imports: ['core/catalog/', 'core/blobs/', 'core/contract/errors.ts'],
    types: ['core/contract/'],
    packages: ['better-sqlite3', 'zod'],
    node: true,
  },
  {
    name: 'core (composition root and the ways in)',
    files: /^core\/([^/]+\.ts|command-line\/.*|lab\/record-sample\.ts)$/,
    imports: everyFeature,
    packages: ['zod', '@orpc/client', '@orpc/contract', '@orpc/server'],
    node: true,
  },
  {
    name: 'core/<feature>',
    files: /^core\/[^/]+\//,
    imports: ['{own}', 'core/contract/', 'core/catalog/', 'core/blobs/', 'core/rewards/'],
    packages: [
      ...['zod', 'hyparquet', 'hyparquet-compressors', '@huggingface/hub', 'yaml'],
      ...['node-llama-cpp', '@tensorflow/tfjs', '@tensorflow/tfjs-backend-wasm', '@tensorflow/tfjs-node'],
    ],
    node: true,
  },
  {
    name: 'electron',
    files: /^electron\//,
    imports: ['electron/', 'core/contract/native.ts', 'core/rpc/'],
    packages: ['electron', 'zod'],
    node: true,
  },
  {
    name: 'renderer/ui',
    files: /^renderer\/ui\//,
    imports: ['renderer/ui/'],
    types: ['core/contract/'],
    packages: [
      ...drawing,
      '@base-ui/react',
      '@fontsource-variable',
      '@tanstack/react-virtual',
      'cmdk',
      'uplot',
      'diff',
    ],
    node: false,
  },
  {
    name: 'renderer (frame of the window)',
    files: /^renderer\/([^/]+\.tsx?$|shell\/)/,
    imports: ['renderer/', 'core/contract/', 'core/rewards/', 'core/rpc/'],
    packages: [
      ...drawing,
      '@base-ui/react',
      '@orpc/contract',
      '@tanstack/react-query',
      'cmdk',
      'zod',
      'zustand',
    ],
    node: false,
  },
  {
    name: 'renderer/<feature>',
    files: /^renderer\/[^/]+\//,
    imports: ['{own}', 'renderer/ui/', 'renderer/*', 'core/contract/', 'core/rewards/'],
    packages: [...drawing, 'zustand', '@tanstack/react-query', 'yaml'],
    node: false,
  },
  {
    name: 'resources/setup (works before anything is installed)',
    files: /^resources\/setup\//,
    imports: ['resources/setup/'],
    packages: ['electron'],
    node: true,
  },
];

/** Each of these is imported by one file of the product and hidden behind it. */
export const heavyPackages: Readonly<Record<string, string>> = {
  'better-sqlite3': 'core/catalog/',
  'node-llama-cpp': 'core/inference/',
  hyparquet: 'core/datasets/',
  'hyparquet-compressors': 'core/datasets/',
  '@huggingface/hub': 'core/',
  '@tensorflow/tfjs': 'core/models/',
  '@tensorflow/tfjs-backend-wasm': 'core/models/',
  '@tensorflow/tfjs-node': 'core/models/',
  uplot: 'renderer/ui/',
  cmdk: 'renderer/',
  diff: 'renderer/ui/',
};

/** Why an import is against the table, or null where it is fine. */
export function objection(found: Import): string | null {
  const row = rows.find(({ files }) => files.test(found.from));
  if (row === undefined) return `belongs to no row of the table in test/layers/rules.ts`;
  if (found.kind === 'node') return row.node ? null : `${row.name} must run without Node`;
  if (found.kind === 'package')
    return isAmong(found.to, row.packages) ? null : `${row.name} takes no ${found.to}`;
  if (found.to.startsWith('..')) return 'leaves the project';
  if (row.imports.some((allowed) => covers(allowed, found))) return null;
  if (row.types?.some((allowed) => found.to.startsWith(allowed))) {
    return found.typeOnly ? null : `${row.name} may take only types from there`;
  }
  return `${row.name} may not import it`;
}

/** Heavy packages that are imported by the wrong place or by more than one file. */
export function heavyObjections(all: readonly Import[]): string[] {
  return Object.entries(heavyPackages).flatMap(([name, home]) => {
    const users = all.filter((found) => found.to === name && !found.typeOnly);
    const astray = users.filter((found) => !found.from.startsWith(home));
    const files = [...new Set(users.map((found) => found.from))];
    return [
      ...astray.map(
        (found) => `${found.from}:${found.line} imports ${name}: it belongs to one file in ${home}`,
      ),
      ...(files.length > 1 ? [`${name} is imported by ${files.join(' and ')}: one file should hide it`] : []),
    ];
  });
}

function isAmong(name: string, packages: readonly string[]): boolean {
  return packages.some(
    (allowed) => name === allowed || (!allowed.includes('/') && name.startsWith(`${allowed}/`)),
  );
}

function covers(allowed: string, { from, to }: Import): boolean {
  if (allowed === '{own}') return to.startsWith(`${from.split('/').slice(0, 2).join('/')}/`);
  // Files directly in a folder, not those of its folders.
  if (allowed.endsWith('/*'))
    return to.lastIndexOf('/') === allowed.length - 2 && to.startsWith(allowed.slice(0, -1));
  return to.startsWith(allowed);
}
