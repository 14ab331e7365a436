// Fetches one file of a Hugging Face data set at a pinned commit and checks its bytes. The only user of @huggingface/hub.
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import { datasetInfo, downloadFile, HubApiError, type PathInfo, pathsInfo } from '@huggingface/hub';
import { CoreError, diskError } from '../contract/errors.ts';

export interface HubFile {
  /** `<owner>/<name>`. */
  dataset: string;
  /** Path inside the data set. */
  path: string;
}

export interface HubOptions {
  /** Base URL of the hub, for a mirror. */
  hubUrl?: string | undefined;
  signal?: AbortSignal | undefined;
  /** Bytes so far, and in all. */
  onProgress?: (done: number, total: number) => void;
}

const COMMIT = /^[0-9a-f]{40}$/;

/** Splits `hub:<owner>/<name>/<file>`; null when it does not begin with `hub:`. Throws `bad-input` when it is cut short. */
export function parseHubAddress(from: string): HubFile | null {
  if (!from.startsWith('hub:')) return null;
  const [owner, name, ...path] = from.slice('hub:'.length).split('/');
  const isName = (part: string | undefined) =>
    part !== undefined && /^[\w.-]+$/.test(part) && !/^\.+$/.test(part);
  if (!isName(owner) || !isName(name) || path.length === 0 || !path.every(isName))
    throw new CoreError(
      'bad-input',
      `"${from}" does not name a file of the hub. Write hub:<owner>/<name>/<file>, for example ` +
        'hub:openai/gsm8k/main/test-00000-of-00001.parquet.',
    );
  return { dataset: `${owner}/${name}`, path: path.join('/') };
}

/** The commit that `revision` (a branch, a tag; `main` by default) stands for now. A full commit hash is returned as it is. */
export async function pinRevision(
  dataset: string,
  revision: string | undefined,
  options: HubOptions,
): Promise<string> {
  if (revision !== undefined && COMMIT.test(revision)) return revision;
  const info = await asking(dataset, () =>
    datasetInfo({
      name: dataset,
      revision: revision ?? 'main',
      additionalFields: ['sha'],
      ...connection(options),
    }),
  );
  if (typeof info.sha !== 'string' || !COMMIT.test(info.sha))
    throw new CoreError(
      'unavailable',
      `The hub did not say which commit of ${dataset} "${revision ?? 'main'}" is.`,
    );
  return info.sha;
}

/**
 * Downloads a file at a commit to `target`, which is there only when its bytes have the size and hash that the hub's
 * listing states (SHA-256 for large files, the git blob hash for others). Throws `not-found`, `unavailable`, `damaged`,
 * `disk` or `cancelled`.
 */
export async function fetchHubFile(
  file: HubFile,
  commit: string,
  target: string,
  options: HubOptions = {},
): Promise<void> {
  const where = `${file.dataset}/${file.path} at ${commit.slice(0, 12)}`;
  const repo = { type: 'dataset', name: file.dataset } as const;
  const common = { repo, revision: commit, ...connection(options) };
  const [listed] = await asking(where, () => pathsInfo({ ...common, paths: [file.path] }));
  if (listed?.type !== 'file')
    throw new CoreError(
      'not-found',
      `The hub has no file ${where}. Look up its path on the data set's page.`,
    );
  const partial = `${target}.part`;
  try {
    const body = await asking(where, () => downloadFile({ ...common, path: file.path, xet: false }));
    if (!body) throw new CoreError('not-found', `The hub lists ${where} but does not serve it.`);
    await asking(where, () => save(body, partial, options));
    await check(partial, listed, where);
    await rename(partial, target);
  } catch (error) {
    await rm(partial, { force: true });
    throw diskError(error, `Fetching ${where}`);
  }
}

async function save(body: Blob, path: string, options: HubOptions): Promise<void> {
  let done = 0;
  const meter = new Transform({
    transform(chunk: Buffer, _encoding, next) {
      done += chunk.length;
      options.onProgress?.(done, body.size);
      next(null, chunk);
    },
  });
  const stream = Readable.fromWeb(body.stream() as ReadableStream<Uint8Array>);
  await pipeline(stream, meter, createWriteStream(path), { signal: options.signal });
}

async function check(path: string, listed: PathInfo, where: string): Promise<void> {
  const { size } = listed;
  const hash = listed.lfs ? createHash('sha256') : createHash('sha1').update(`blob ${size}\0`);
  const expected = listed.lfs ? listed.lfs.oid.replace(/^sha256:/, '') : listed.oid;
  let bytes = 0;
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    hash.update(chunk);
    bytes += chunk.length;
  }
  if (bytes !== size || hash.digest('hex') !== expected)
    throw new CoreError(
      'damaged',
      `${where} came with other bytes than the hub lists (${bytes} of ${size} bytes). Nothing was kept; try again.`,
      { expected, size, bytes },
    );
}

function connection(options: HubOptions) {
  const { signal, hubUrl } = options;
  const fetchWithSignal: typeof fetch = (input, init) => fetch(input, signal ? { ...init, signal } : init);
  return { fetch: fetchWithSignal, ...(hubUrl ? { hubUrl } : {}) };
}

/** Runs a request; what the hub or the network says becomes a sentence. */
async function asking<T>(what: string, request: () => Promise<T>): Promise<T> {
  try {
    return await request();
  } catch (error) {
    if (error instanceof CoreError) throw error;
    const name = (error as { name?: unknown } | null)?.name;
    if (name === 'AbortError') throw new CoreError('cancelled', `Fetching ${what} was stopped.`, {}, error);
    if (error instanceof HubApiError) throw refused(what, error);
    const code = causeCode(error);
    if (code === 'ENOSPC' || code === 'EACCES' || code === 'EROFS') throw error;
    const why = code ?? (error instanceof Error ? error.message : String(error));
    throw new CoreError(
      'unavailable',
      `The hub could not be reached for ${what} (${why}). Check the network, or import a file that is on this machine.`,
      {},
      error,
    );
  }
}

function refused(what: string, error: HubApiError): CoreError {
  const { statusCode } = error;
  const detail = { status: statusCode, url: error.url };
  if (statusCode === 404)
    return new CoreError(
      'not-found',
      `The hub has no ${what}. Check the name and the revision.`,
      detail,
      error,
    );
  if (statusCode === 401 || statusCode === 403)
    return new CoreError(
      'unavailable',
      `The hub does not give out ${what} without a login (${statusCode}). Download the file in a browser and import it by its path.`,
      detail,
      error,
    );
  const advice = statusCode === 429 ? 'It asks for fewer requests: wait some minutes.' : 'Try again later.';
  return new CoreError('unavailable', `The hub answered ${statusCode} for ${what}. ${advice}`, detail, error);
}

function causeCode(error: unknown): string | null {
  for (
    let at = error as { code?: unknown; cause?: unknown } | null | undefined;
    at;
    at = at.cause as typeof at
  )
    if (typeof at.code === 'string') return at.code;
  return null;
}
