// What a machine must be able to do so that a run can be placed on it and followed. One implementation per kind of host;
// the run itself never depends on the connection: a host only stores files, runs short commands and says who is alive.

/** Names one process for good: a pid alone may belong to somebody else after a reboot or a wrap-around. */
export interface ProcessIdentity {
  bootId: string;
  pid: number;
  /** When it began, in the machine's own words (Linux: field 22 of /proc/<pid>/stat). */
  startTime: string;
}

export interface CommandResult {
  /** Null when it was ended by a signal, the time-out's included. */
  code: number | null;
  stdout: string;
  stderr: string;
  timedOut: boolean;
}

export interface Piece {
  bytes: Buffer;
  /** Size of the whole file at that moment. */
  size: number;
}

/** Paths are absolute paths on the host, made by `path`. Every method rejects when the host cannot be asked. */
export interface Host {
  readonly id: string;
  readonly name: string;
  readonly kind: 'local';
  /** Folder that holds jobs/, store/ and tombstones/. */
  readonly root: string;
  /** A path under the root. */
  path(...parts: string[]): string;
  exists(path: string): Promise<boolean>;
  /** At most `maxBytes` from `offset`; fewer at the end; null when there is no such file. */
  read(path: string, offset: number, maxBytes: number): Promise<Piece | null>;
  /** A small file as a whole; null when there is none. */
  readText(path: string): Promise<string | null>;
  /** Makes the file whole or not at all, durable when it returns; replaces an older one. */
  write(path: string, content: string | Uint8Array): Promise<void>;
  /** Copies a file of this machine to the host, whole or not at all. */
  putFile(from: string, path: string): Promise<void>;
  /** Atomic: true for the one caller that made it, false when it was there. The parent is made if need be. */
  makeFolder(path: string): Promise<boolean>;
  rename(from: string, to: string): Promise<void>;
  /** Removes a file or a folder with all in it; nothing happens when there is none. */
  remove(path: string): Promise<void>;
  /** Runs a short command to its end. What it leaves running must detach itself. */
  run(argv: readonly string[], options: { timeoutMs: number }): Promise<CommandResult>;
  /** True while that very process runs. */
  isAlive(identity: ProcessIdentity): Promise<boolean>;
}
