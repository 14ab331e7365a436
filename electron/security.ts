// Closes everything that the window does not need: permissions, navigation, new windows, webviews, downloads, the network.
// Also says whether a message comes from our own page. Called by main.ts and native.ts.
import { app, type IpcMainEvent, type IpcMainInvokeEvent, type Session } from 'electron';

export const appOrigin = 'app://lab';

const allowedSchemes = new Set(['app:', 'blob:', 'data:', 'devtools:']);

/** Call before the first window is made. */
export function closeSession(session: Session): void {
  session.setPermissionRequestHandler((_contents, _permission, callback) => callback(false));
  session.setPermissionCheckHandler(() => false);
  session.setDevicePermissionHandler(() => false);
  session.setDisplayMediaRequestHandler((_request, callback) => callback({}));
  session.on('will-download', (event) => event.preventDefault());
  session.webRequest.onBeforeRequest((details, callback) => {
    callback({ cancel: !allowedSchemes.has(new URL(details.url).protocol) });
  });
}

/** Holds for every page that will ever exist in this app. */
export function closeNavigation(): void {
  app.on('web-contents-created', (_event, contents) => {
    contents.setWindowOpenHandler(() => ({ action: 'deny' }));
    contents.on('will-attach-webview', (event) => event.preventDefault());
    contents.on('will-navigate', (event) => event.preventDefault());
    contents.on('will-redirect', (event) => event.preventDefault());
    contents.on('will-frame-navigate', (event) => event.preventDefault());
  });
}

/** True for a message of the top frame of one of our own pages. */
export function isTrusted(event: IpcMainEvent | IpcMainInvokeEvent): boolean {
  const frame = event.senderFrame;
  if (!frame || frame !== event.sender.mainFrame) return false;
  const url = new URL(frame.url);
  return `${url.protocol}//${url.host}` === appOrigin;
}
