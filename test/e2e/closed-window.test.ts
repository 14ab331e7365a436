// The window is closed to everything but its own page, and comes back by itself when the core dies.
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Bridge, CoreState } from '../../core/contract/native.ts';
import { canSeeProcesses, corePid } from './core-process.ts';
import { type Launched, launch } from './launch.ts';

declare global {
  interface Window {
    forethought: Bridge;
    coreStates?: CoreState[];
  }
}

let launched: Launched;
beforeAll(async () => {
  launched = await launch();
  await launched.page.evaluate(() => {
    window.coreStates = [];
    window.forethought.onCoreState((state) => window.coreStates?.push(state));
  });
});
afterAll(async () => {
  await launched?.close();
});

/** Runs in the page and gives what came out, or the error as text. */
const inPage = (script: string): Promise<unknown> =>
  launched.page.evaluate(`(async () => ${script})().catch((error) => 'refused: ' + error)`);

/** The last states of the core that the page was told. */
const lastStates = (count: number): Promise<string[]> =>
  launched.page.evaluate((n) => (window.coreStates ?? []).slice(-n).map(({ state }) => state), count);

const until = (condition: () => Promise<boolean>) =>
  vi.waitUntil(condition, { timeout: 180_000, interval: 50 });

describe('the page', () => {
  it('has no Node and only the bridge', async () => {
    expect(await inPage('[typeof require, typeof process, typeof module].join()')).toBe(
      'undefined,undefined,undefined',
    );
    const members = await inPage('Object.keys(window.forethought).sort().join()');
    expect(members).toBe('connect,copyText,onCoreState,openFile,platform,restartCore,setTheme,showInFolder');
  });

  it('carries the strict policy', async () => {
    const policy = String(await inPage("(await fetch('app://lab/')).headers.get('content-security-policy')"));
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self';");
    expect(policy).toContain("require-trusted-types-for 'script'");
    expect(policy).not.toContain('unsafe');
  });

  it('runs no inline script and no eval', async () => {
    const inline = await launched.page.evaluate(() => {
      const script = document.createElement('script');
      try {
        script.append(new Text('window.name = "ran inline"'));
        document.head.append(script);
      } catch {
        // Refused before it could be tried.
      }
      return window.name;
    });
    expect(inline).not.toBe('ran inline');
    // Later, in a task of the page's own: what the test itself sends in may evaluate.
    await launched.page.evaluate(() => {
      setTimeout(() => {
        try {
          // biome-ignore lint/security/noGlobalEval: what is tested is that it is refused
          window.name = eval('"ran eval"');
        } catch (error) {
          window.name = String(error);
        }
      });
    });
    await until(async () => /^EvalError|^TypeError/.test(String(await inPage('window.name'))));
  });

  it.each([
    "document.body.innerHTML = '<b>markup</b>'",
    "document.body.insertAdjacentHTML('beforeend', '<b>markup</b>')",
    "document.createElement('script').src = 'app://lab/assets/x.js'",
    "window.trustedTypes.createPolicy('mine', { createHTML: (text) => text })",
  ])('makes no markup or code of a string: %s', async (script) => {
    expect(await inPage(`(() => { ${script}; })()`)).toMatch(/^refused: TypeError/);
  });

  it.each([
    'fetch("https://example.com/")',
    'fetch("http://127.0.0.1:1/")',
    'fetch("file:///etc/passwd")',
    'new Promise((resolve, reject) => { const s = new WebSocket("ws://127.0.0.1:1/"); s.onopen = resolve; s.onerror = () => reject("error"); })',
  ])('reaches no network: %s', async (script) => {
    expect(await inPage(script)).toMatch(/^refused: /);
  });

  it.each(['/../package.json', '/%2e%2e/%2e%2e/package.json', '/..%2f..%2fpackage.json', '/blob/../x'])(
    'reads nothing outside of the window: %s',
    async (path) => {
      expect(await inPage(`(await fetch('app://lab${path}')).status`)).toBe(404);
    },
  );

  it('gets blobs by hash only', async () => {
    expect(await inPage("(await fetch('app://lab/blob/' + 'a'.repeat(64))).status")).toBe(404);
    expect(await inPage("(await fetch('app://other/')).status")).toMatch(/^refused|405/);
  });

  it('is given no permission', async () => {
    expect(await inPage('Notification.requestPermission()')).toBe('denied');
    expect(await inPage('navigator.mediaDevices.getUserMedia({ audio: true })')).toMatch(/^refused/);
    expect(await inPage('navigator.clipboard.readText()')).toMatch(/^refused/);
  });

  it('opens no window and goes nowhere', async () => {
    expect(await inPage('String(window.open("https://example.com/"))')).toBe('null');
    const before = launched.page.url();
    await launched.page.evaluate(() => {
      location.href = 'https://example.com/';
    });
    await launched.page.evaluate(() => {
      const link = document.createElement('a');
      link.href = 'file:///etc/passwd';
      link.target = '_blank';
      document.body.append(link);
      link.click();
      link.remove();
    });
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(launched.page.url()).toBe(before);
    expect(launched.app.windows()).toHaveLength(1);
  });
});

describe('native calls', () => {
  it('check what they are given', async () => {
    expect(await inPage("window.forethought.setTheme('purple')")).toMatch(/^refused/);
    expect(await inPage("window.forethought.showInFolder('/etc/passwd')")).toMatch(/neither in the lab/);
    expect(await inPage('window.forethought.openFile({ title: 1 })')).toMatch(/^refused/);
  });

  it('copy text', async () => {
    await inPage("window.forethought.copyText('to be kept')");
    expect(await launched.app.evaluate(({ clipboard }) => clipboard.readText())).toBe('to be kept');
  });

  it('give the chosen path, or null', async () => {
    await launched.app.evaluate(({ dialog }) => {
      dialog.showOpenDialog = async () => ({ canceled: false, filePaths: ['/tmp/rows.jsonl'] });
    });
    expect(await inPage("window.forethought.openFile({ title: 'Rows' })")).toBe('/tmp/rows.jsonl');
    await launched.app.evaluate(({ dialog }) => {
      dialog.showOpenDialog = async () => ({ canceled: true, filePaths: [] });
    });
    expect(await inPage("window.forethought.openFile({ title: 'Rows' })")).toBeNull();
  });
});

describe('the core', () => {
  it.skipIf(!canSeeProcesses)('is started again when it is killed, and the window knows', async () => {
    await until(async () => (await lastStates(1))[0] === 'ready');
    process.kill(corePid(launched.pid), 'SIGKILL');
    await until(async () => (await lastStates(3)).join() === 'restarting,starting,ready');
  });
});

describe('a crashed page', () => {
  it('is loaded again', async () => {
    const loaded = launched.app.evaluate(
      ({ BrowserWindow }) =>
        new Promise<boolean>((resolve) => {
          const contents = BrowserWindow.getAllWindows()[0]?.webContents;
          contents?.once('did-finish-load', () => resolve(true));
          contents?.forcefullyCrashRenderer();
        }),
    );
    expect(await loaded).toBe(true);
  });
});
