// Where the app's own files lie: in the clone, or in the package, where Node 24 and the core are outside of the archive. Used by main.ts.
// Also which file a URL of the window may name. Used by protocol.ts.
import { join, normalize, sep } from 'node:path';

export interface AppPaths {
  /** Folder with core/, resources/ and node_modules/ as ordinary files. */
  root: string;
  /** The Node that runs the core. */
  node: string;
  coreMain: string;
  windowFolder: string;
  preload: string;
  icon: string;
}

export function appPaths(appPath: string, platform: NodeJS.Platform): AppPaths {
  const root = appPath.replace(/app\.asar$/, 'app.asar.unpacked');
  return {
    root,
    node: join(root, 'node_modules', 'node', 'bin', platform === 'win32' ? 'node.exe' : 'node'),
    coreMain: join(root, 'core', 'main.ts'),
    windowFolder: join(appPath, 'dist', 'renderer'),
    preload: join(appPath, 'dist', 'electron', 'preload.cjs'),
    icon: join(root, 'resources', 'icons', 'icon.png'),
  };
}

/** The file that a URL's path names, or null when it would lie outside of the folder. */
export function fileInside(folder: string, urlPath: string): string | null {
  let decoded: string;
  try {
    decoded = decodeURIComponent(urlPath);
  } catch {
    return null;
  }
  if (decoded.includes('\0')) return null;
  const path = normalize(join(folder, decoded === '/' ? 'index.html' : decoded));
  return path.startsWith(folder + sep) ? path : null;
}
