// Builds happen once, again when a source changed, and never leave a stamp behind when they fail.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { beforeEach, expect, it } from 'vitest';
import type { Finding, Purpose } from '../../resources/setup/step.mjs';
import { type BareClone, bareClone } from './bare-clone.ts';

let clone: BareClone;
const built: string[] = [];

/** Stand-ins for vite and rolldown, which write what the real ones would. */
const vite = `import { mkdirSync, writeFileSync } from 'node:fs';
for (const path of ['renderer/index.html', 'electron/main.js', 'electron/preload.cjs']) {
  mkdirSync('dist/' + path.split('/')[0], { recursive: true });
  writeFileSync('dist/' + path, 'x');
}`;
const rolldown = `import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
const text = readFileSync('core/rewards/server.ts', 'utf8');
if (text.includes('broken')) { console.error('Unexpected token in server.ts'); process.exit(1); }
mkdirSync('dist', { recursive: true });
writeFileSync('dist/reward-server.js', text);`;

beforeEach(() => {
  clone = bareClone();
  clone.installNode();
  clone.write('node_modules/vite/bin/vite.js', vite);
  clone.write('node_modules/vite/package.json', '{"type":"module"}');
  clone.write('node_modules/rolldown/bin/cli.mjs', rolldown);
  clone.write('renderer/main.tsx', '1');
  clone.write('core/rewards/server.ts', 'export {};');
  built.length = 0;
});

async function builds() {
  const { buildsStep } = await import(pathToFileURL(join(clone.folder, 'resources/setup/builds.mjs')).href);
  const context = { purpose: 'window' as Purpose, say: (line: string) => built.push(line) };
  return {
    check: (purpose: Purpose = 'window'): Finding => buildsStep.check({ ...context, purpose }),
    make: (): Promise<void> => buildsStep.make(context),
  };
}

it('builds everything once, then only what a changed source touches', async () => {
  const { check, make } = await builds();
  expect(check()).toMatchObject({ state: 'missing', detail: 'to build: app, rewards' });
  await make();
  expect(check()).toMatchObject({ state: 'ok', detail: 'fresh: app, rewards' });
  await make();
  expect(built).toEqual(['building: app', 'building: rewards']);

  clone.write('renderer/main.tsx', '2');
  expect(check()).toMatchObject({ state: 'out of date', detail: 'to build: app', fix: 'npm run build' });
  expect(check('terminal').state).toBe('ok');
  clone.write('core/rewards/parse.ts', 'export {};');
  expect(check().detail).toBe('to build: app, rewards');
});

it('a failed build names the cause and stays to be built', async () => {
  clone.write('core/rewards/server.ts', 'broken');
  const { check, make } = await builds();
  await expect(make()).rejects.toMatchObject({
    message: 'The build of rewards failed.',
    why: 'Unexpected token in server.ts',
  });
  expect(check().detail).toBe('to build: rewards');
});
