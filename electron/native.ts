// Answers the window's native questions. Every call: sender checked, input parsed by the native contract. Called by main.ts.
import { stat } from 'node:fs/promises';
import { resolve, sep } from 'node:path';
import {
  BrowserWindow,
  clipboard,
  dialog,
  type IpcMainInvokeEvent,
  ipcMain,
  nativeTheme,
  shell,
} from 'electron';
import type { z } from 'zod';
import { type CoreState, type NativeCall, nativeCalls, type Theme } from '../core/contract/native.ts';
import { isTrusted } from './security.ts';

export interface NativeOptions {
  labFolder: string;
  coreState(): CoreState;
  restartCore(): void;
  /** The choice is kept for the next start's first paint. */
  rememberTheme(theme: Theme): void;
}

export function answerNativeCalls(options: NativeOptions): void {
  const chosen = new Set<string>();

  handle('native:open-file', async (question, event) => {
    const kind = question.folders ? 'openDirectory' : 'openFile';
    const window = BrowserWindow.fromWebContents(event.sender);
    const settings = {
      title: question.title,
      properties: [kind as 'openFile'],
      filters: question.filters ?? [],
    };
    const answer = await (window ? dialog.showOpenDialog(window, settings) : dialog.showOpenDialog(settings));
    const path = answer.canceled ? undefined : answer.filePaths[0];
    if (path === undefined) return null;
    chosen.add(path);
    return path;
  });

  handle('native:show-in-folder', async (path) => {
    const absolute = resolve(path);
    if (!chosen.has(absolute) && !absolute.startsWith(options.labFolder + sep)) {
      throw new Error(`${absolute} is neither in the lab nor a file that was chosen here.`);
    }
    await stat(absolute);
    shell.showItemInFolder(absolute);
  });

  handle('native:copy-text', (text) => clipboard.writeText(text));
  handle('native:set-theme', (theme) => {
    nativeTheme.themeSource = theme;
    options.rememberTheme(theme);
  });
  handle('native:restart-core', () => options.restartCore());
  handle('native:core-state', () => options.coreState());
}

function handle<Name extends NativeCall>(
  name: Name,
  answer: (input: z.infer<(typeof nativeCalls)[Name]>, event: IpcMainInvokeEvent) => unknown,
): void {
  ipcMain.handle(name, async (event, raw: unknown) => {
    if (!isTrusted(event)) throw new Error('This page may not ask that.');
    const input = nativeCalls[name].parse(raw ?? null) as z.infer<(typeof nativeCalls)[Name]>;
    return await answer(input, event);
  });
}
