// What the preload script puts on the page: the only door to Electron. Read by core.ts and by the few places that open files.

export type CoreState =
  | { state: 'starting' }
  | { state: 'ready' }
  | { state: 'restarting'; message?: string; retryMs?: number }
  | { state: 'failed'; message?: string };

export interface FileQuestion {
  title: string;
  filters?: { name: string; extensions: string[] }[];
  /** Ask for a folder instead of a file. */
  folders?: boolean;
}

export interface Bridge {
  platform: string;
  /** Asks for a port to the core; it arrives as a `message` event of the window. */
  connect(): void;
  /** Calls back at once with the present state and then at every change. */
  onCoreState(listener: (state: CoreState) => void): void;
  /** The chosen path, or null when the person closed the dialog. */
  openFile(question: FileQuestion): Promise<string | null>;
  showInFolder(path: string): Promise<void> | void;
  setTheme(theme: 'system' | 'light' | 'dark'): void;
}

declare global {
  interface Window {
    forethought: Bridge;
  }
}

export const isMac = (): boolean => window.forethought.platform === 'darwin';
