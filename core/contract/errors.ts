// The one error that crosses a border. Every feature throws it; everything else becomes `internal` with an id that is in the log.

export type CoreErrorCode =
  | 'bad-input' // the caller's argument is at fault: the message names it
  | 'not-found' // no such object
  | 'conflict' // the object is in a state that forbids this
  | 'busy' // somebody else holds it (a second core on one lab)
  | 'too-new' // written by a newer version of the program
  | 'unavailable' // something this needs is missing here (Python, a bundle, a network)
  | 'disk' // no space, no permission, a failing disk
  | 'damaged' // bytes that are not what they claim to be
  | 'cancelled'
  | 'internal';

/** What failed, on which object, the likely cause, the next step: `message` holds all of it in sentences. */
export class CoreError extends Error {
  readonly code: CoreErrorCode;
  readonly detail: Readonly<Record<string, unknown>>;

  constructor(code: CoreErrorCode, message: string, detail: Record<string, unknown> = {}, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'CoreError';
    this.code = code;
    this.detail = detail;
  }
}

/** What is asked for by an id that nothing has; `list` is the verb that names what there is, which the command line tells. */
export function notFound(what: string, id: string, list: string): CoreError {
  return new CoreError('not-found', `There is no ${what} "${id}" in this lab.`, { id, list });
}

/** Exit codes of the command line: 2 when the caller can fix it (other arguments, more room), 1 when something failed inside. */
export function exitCodeOf(error: unknown): 1 | 2 {
  const fixable: CoreErrorCode[] = [
    'bad-input',
    'not-found',
    'conflict',
    'busy',
    'too-new',
    'damaged',
    'unavailable',
    'disk',
  ];
  return error instanceof CoreError && fixable.includes(error.code) ? 2 : 1;
}

/** Turns a file-system or SQLite "no space" into a `disk` error; passes everything else through. */
export function diskError(error: unknown, what: string): unknown {
  const code = (error as { code?: unknown } | null)?.code;
  if (code === 'ENOSPC' || code === 'SQLITE_FULL' || code === 'EDQUOT')
    return new CoreError(
      'disk',
      `${what} stopped: the disk is full. Nothing was changed. Free some space and try again.`,
      {},
      error,
    );
  if (code === 'EROFS' || code === 'EACCES' || code === 'EPERM')
    return new CoreError(
      'disk',
      `${what} stopped: the folder cannot be written (${code}). Check its permissions.`,
      {},
      error,
    );
  if (code === 'ENAMETOOLONG')
    return new CoreError(
      'bad-input',
      `${what} stopped: the name is too long for a disk. Choose a shorter one.`,
      {},
      error,
    );
  if (typeof code === 'string' && code.startsWith('SQLITE_IOERR'))
    return new CoreError(
      'disk',
      `${what} stopped: the disk refused a write (${code}). It may be full or failing; nothing was changed.`,
      {},
      error,
    );
  return error;
}
