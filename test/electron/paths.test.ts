// Paths of the app: what a URL may name, where a package keeps its files, and that window and command line open the same lab.
import { homedir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { portMessage } from '../../core/contract/native.ts';
import { labFolder as coreLabFolder } from '../../core/lab/places.ts';
import { appPaths, fileInside } from '../../electron/app-paths.ts';
import { labFolder, option } from '../../electron/lab-folder.ts';

describe('fileInside', () => {
  const folder = '/app/dist/renderer';
  it.each([
    ['/', 'index.html'],
    ['/assets/main.js', 'assets/main.js'],
    ['/assets/a%20b.js', 'assets/a b.js'],
    ['/assets/../index.html', 'index.html'],
  ])('serves %s', (url, file) => {
    expect(fileInside(folder, url)).toBe(join(folder, file));
  });
  it.each([
    '/../secret',
    '/%2e%2e/secret',
    '/%2e%2e%2fsecret',
    '/assets/..%2f..%2f..%2fetc/passwd',
    '/..',
    '/a%00.js',
    '/%zz',
    '/../renderer-evil/x.js',
  ])('refuses %s', (url) => {
    expect(fileInside(folder, url)).toBeNull();
  });
});

describe('appPaths', () => {
  it('takes everything from the clone while developing', () => {
    const paths = appPaths('/clone', 'linux');
    expect(paths.root).toBe('/clone');
    expect(paths.node).toBe('/clone/node_modules/node/bin/node');
    expect(paths.preload).toBe('/clone/dist/electron/preload.cjs');
  });
  it('takes what Node 24 must read from beside the archive in a package', () => {
    const paths = appPaths('/opt/forethought/resources/app.asar', 'linux');
    expect(paths.coreMain).toBe('/opt/forethought/resources/app.asar.unpacked/core/main.ts');
    expect(paths.windowFolder).toBe('/opt/forethought/resources/app.asar/dist/renderer');
  });
});

describe('labFolder', () => {
  const cases: [string[], NodeJS.ProcessEnv, string][] = [
    [['--lab', '/a'], { FORETHOUGHT_LAB: '/b' }, '/a'],
    [['--no-sandbox', '--lab=/a', '--x'], {}, '/a'],
    [[], { FORETHOUGHT_LAB: '/b', XDG_DATA_HOME: '/c' }, '/b'],
    [[], { XDG_DATA_HOME: '/c' }, '/c/forethought/lab'],
    [[], {}, join(homedir(), '.local', 'share', 'forethought', 'lab')],
  ];
  it.each(cases)('%j with %j', (argv, env, expected) => {
    expect(labFolder(['electron', '.', ...argv], env)).toBe(expected);
  });
  it('is the lab of the command line', () => {
    for (const [argv, env] of cases) {
      expect(labFolder(argv, env)).toBe(coreLabFolder(option(argv, '--lab'), env));
    }
  });
});

it('the page listens for the message that the preload script posts', () => {
  expect(portMessage).toBe('forethought:port');
});
