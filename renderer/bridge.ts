// The only door to Electron: what the preload script puts on the page.
import type { Bridge } from '../core/contract/native.ts';

declare global {
  interface Window {
    forethought: Bridge;
  }
}

export const bridge: Bridge = window.forethought;
export const isMac: boolean = bridge.platform === 'darwin';
