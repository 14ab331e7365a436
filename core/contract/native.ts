// What the window may ask of Electron's main process, which holds no data: dialogs, the file manager, theme, state of the core.
// Read by electron/preload.ts, which puts a Bridge on the page, by electron/native.ts, which checks every message, and by the window.
import { z } from 'zod';

/** The core as main sees it. `lab` is the folder that it holds; `message` says in sentences why it is not there. */
export const CoreState = z.discriminatedUnion('state', [
  z.object({ state: z.literal('starting') }),
  z.object({ state: z.literal('ready'), lab: z.string() }),
  z.object({ state: z.literal('restarting'), message: z.string(), retryMs: z.int() }),
  z.object({ state: z.literal('failed'), code: z.string(), message: z.string() }),
]);
export type CoreState = z.infer<typeof CoreState>;

export const FileQuestion = z.strictObject({
  title: z.string().max(200),
  filters: z
    .array(z.strictObject({ name: z.string().max(100), extensions: z.array(z.string().max(20)).max(20) }))
    .max(10)
    .optional(),
  /** Ask for a folder instead of a file. */
  folders: z.boolean().optional(),
});
export type FileQuestion = z.infer<typeof FileQuestion>;

export const Theme = z.enum(['system', 'light', 'dark']);
export type Theme = z.infer<typeof Theme>;

/** Input of every native call, by channel name. */
export const nativeCalls = {
  'native:open-file': FileQuestion,
  'native:show-in-folder': z.string().min(1).max(4096),
  'native:copy-text': z.string().max(10_000_000),
  'native:set-theme': Theme,
  'native:restart-core': z.null(),
  'native:core-state': z.null(),
} as const;
export type NativeCall = keyof typeof nativeCalls;

/** What the page posts to itself when its port to the core has arrived (`event.data`). */
export const portMessage = 'forethought:port';

/** `window.forethought`. */
export interface Bridge {
  platform: string;
  /** Asks for a port to the core; it arrives as a `message` event of the window whose data is `portMessage`. */
  connect(): void;
  /** Calls back with the present state and then at every change. */
  onCoreState(listener: (state: CoreState) => void): void;
  /** Starts a core that has failed once more. */
  restartCore(): Promise<void>;
  /** The chosen path, or null when the person closed the dialog. */
  openFile(question: FileQuestion): Promise<string | null>;
  /** Shows a file of the lab, or one chosen in a dialog, in the system's file manager. Rejects for any other path. */
  showInFolder(path: string): Promise<void>;
  copyText(text: string): Promise<void>;
  setTheme(theme: Theme): Promise<void>;
}
