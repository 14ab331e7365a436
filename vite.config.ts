// Build settings of the three parts that need a bundler: the window, Electron's main process and its preload script.
// `vite build --app` builds all of them into dist/.
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

const fromRoot = (path: string): string => new URL(path, import.meta.url).pathname;

export default defineConfig({
  root: fromRoot('renderer'),
  base: '/',
  plugins: [react()],
  builder: {},
  environments: {
    client: {
      build: {
        outDir: fromRoot('dist/renderer'),
        emptyOutDir: true,
        target: 'chrome130',
        assetsInlineLimit: 0,
        modulePreload: { polyfill: false },
        sourcemap: true,
      },
    },
    main: {
      consumer: 'server',
      resolve: { noExternal: true, external: ['electron'] },
      build: {
        outDir: fromRoot('dist/electron'),
        emptyOutDir: false,
        target: 'node20',
        sourcemap: true,
        rolldownOptions: {
          input: { main: fromRoot('electron/main.ts') },
          output: { format: 'es', entryFileNames: 'main.js' },
        },
      },
    },
    preload: {
      consumer: 'server',
      resolve: { noExternal: true, external: ['electron'] },
      build: {
        outDir: fromRoot('dist/electron'),
        emptyOutDir: false,
        target: 'chrome130',
        rolldownOptions: {
          input: { preload: fromRoot('electron/preload.ts') },
          output: { format: 'cjs', entryFileNames: 'preload.cjs' },
        },
      },
    },
  },
});
