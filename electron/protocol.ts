// Serves app://lab: the built window with a strict Content-Security-Policy, and the lab's blobs as bytes. Called by main.ts.
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { Readable } from 'node:stream';
import { protocol, type Session } from 'electron';
import { fileInside } from './app-paths.ts';

const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' blob: data:",
  "font-src 'self'",
  "connect-src 'self'",
  "worker-src 'self'",
  // No string becomes markup or code: nothing in the window uses innerHTML and its kin, and no policy may be made that would.
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const mediaTypes: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
  '.wasm': 'application/wasm',
};

/** Must run before the app is ready. `standard` and `codeCache` let Chromium keep compiled scripts between starts. */
export function registerAppScheme(): void {
  const privileges = { standard: true, secure: true, supportFetchAPI: true, stream: true, codeCache: true };
  protocol.registerSchemesAsPrivileged([{ scheme: 'app', privileges }]);
}

/** `windowFolder`: the built window; `labFolder`: where blobs/ is, null until the core has said so. */
export function serveApp(session: Session, windowFolder: string, labFolder: () => string | null): void {
  session.protocol.handle('app', async (request) => {
    const url = new URL(request.url);
    if (url.host !== 'lab' || request.method !== 'GET') return refuse(405);
    const blob = /^\/blob\/([0-9a-f]{64})$/.exec(url.pathname)?.[1];
    if (blob !== undefined) return sendBlob(labFolder(), blob);
    const path = fileInside(windowFolder, url.pathname);
    return path === null ? refuse(404) : sendFile(path);
  });
}

async function sendFile(path: string): Promise<Response> {
  try {
    const type = mediaTypes[extname(path)] ?? 'application/octet-stream';
    return new Response(await readFile(path), { headers: headers(type) });
  } catch {
    return refuse(404);
  }
}

/** Blobs are data, some of it written by models: never a type that a browser would run. */
async function sendBlob(lab: string | null, hash: string): Promise<Response> {
  if (lab === null) return refuse(503);
  const path = join(lab, 'blobs', hash.slice(0, 2), hash);
  try {
    const { size } = await stat(path);
    const body = Readable.toWeb(createReadStream(path)) as ReadableStream;
    const blobHeaders = { ...headers('application/octet-stream'), 'Content-Length': String(size) };
    return new Response(body, { headers: blobHeaders });
  } catch {
    return refuse(404);
  }
}

function headers(type: string): Record<string, string> {
  return {
    'Content-Type': type,
    'Content-Security-Policy': contentSecurityPolicy,
    'X-Content-Type-Options': 'nosniff',
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Referrer-Policy': 'no-referrer',
  };
}

function refuse(status: number): Response {
  return new Response(null, { status, headers: headers('text/plain') });
}
