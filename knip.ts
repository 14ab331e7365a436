// Dead code: files that nobody imports and packages that nobody uses. One of the runners of `npm test`.
import type { KnipConfig } from 'knip';

const config: KnipConfig = {
  entry: [
    'core/cli.ts',
    'core/main.ts',
    'core/rewards/server.ts',
    // started as processes or threads of their own
    'core/**/worker.ts',
    'electron/{main,preload}.ts',
    'resources/setup/{start,test,setup,forethought,with-display,tensor-native,package}.mjs',
    'resources/setup/electron-loader/main.js',
    'test/**/*.test.{ts,tsx}',
    'test/run-all.ts',
    'test/{bench,faults,proofs,fixtures,e2e}/**/*.{ts,mjs}',
  ],
  project: ['{core,electron,renderer,test}/**/*.{ts,tsx}', 'resources/setup/**/*.mjs'],
  include: ['files', 'dependencies', 'unlisted', 'unresolved'],
  // Named by path, started as programs, or loaded by the css of the window.
  ignoreDependencies: [
    '@electron-internal/extract-zip',
    '@electron/fuses',
    '@fontsource-variable/.+',
    'axe-core',
    'deno',
    'electron-builder',
    'node-api-headers',
    'pyodide',
    'pyright',
  ],
};
export default config;
