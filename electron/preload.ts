// Runs in the sandbox before the page: puts the Bridge of the native contract on it and hands on the port to the core.
import { contextBridge, ipcRenderer } from 'electron';
import type { Bridge, CoreState, NativeCall } from '../core/contract/native.ts';

// The page's globals that are needed here; the rest of the main process sees no DOM.
interface Port {
  readonly kind?: never;
}
declare const MessageChannel: new () => { port1: Port; port2: Port };
declare const window: { postMessage(message: unknown, origin: string, transfer: Port[]): void };

const call = (name: NativeCall, input: unknown = null): Promise<unknown> => ipcRenderer.invoke(name, input);

const bridge: Bridge = {
  platform: process.platform,
  connect() {
    const channel = new MessageChannel();
    ipcRenderer.postMessage('core:connect', null, [channel.port1 as never]);
    // A port cannot pass through contextBridge: the page receives it as a message from itself.
    window.postMessage('forethought:port', 'app://lab', [channel.port2]);
  },
  onCoreState(listener) {
    let told = false;
    ipcRenderer.on('core:state', (_event, state: CoreState) => {
      told = true;
      listener(state);
    });
    void call('native:core-state').then((state) => {
      if (!told) listener(state as CoreState);
    });
  },
  restartCore: () => call('native:restart-core') as Promise<void>,
  openFile: (question) => call('native:open-file', question) as Promise<string | null>,
  showInFolder: (path) => call('native:show-in-folder', path) as Promise<void>,
  copyText: (text) => call('native:copy-text', text) as Promise<void>,
  setTheme: (theme) => call('native:set-theme', theme) as Promise<void>,
};

contextBridge.exposeInMainWorld('forethought', bridge);
