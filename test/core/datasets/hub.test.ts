// The hub client against a local server that answers as the hub does: listing, redirects to storage, checks of the bytes.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openBlobs } from '../../../core/blobs/blobs.ts';
import { createActivities } from '../../../core/catalog/activities.ts';
import { openCatalog } from '../../../core/catalog/catalog.ts';
import { createChanges } from '../../../core/catalog/changes.ts';
import { CoreError } from '../../../core/contract/errors.ts';
import { createDatasets } from '../../../core/datasets/datasets.ts';
import { fetchHubFile, parseHubAddress, pinRevision } from '../../../core/datasets/hub.ts';
import { findPromptTemplate } from '../../../core/rewards/prompt-template.ts';
import { tempFolder } from '../../fixtures/temp-folder.ts';

const COMMIT = 'e53f048856ff4f594e959d75785d2c2d37b678ee';
const small = Buffer.from('{"question":"q","answer":"#### 1"}\n');
const large = Buffer.alloc(300_000, 'PAR1 large file ');

interface Served {
  bytes: Buffer;
  lfs: boolean;
  /** What goes over the wire when it is not what was listed. */
  sent?: Buffer;
}

const files: Record<string, Served> = {
  'main/small.jsonl': { bytes: small, lfs: false },
  'main/large.parquet': { bytes: large, lfs: true },
  'main/changed.parquet': { bytes: large, lfs: true, sent: Buffer.alloc(300_000, 'PAR1 other bytes ') },
  'main/changed.jsonl': {
    bytes: small,
    lfs: false,
    sent: Buffer.from('{"question":"Q","answer":"#### 1"}\n'),
  },
};

const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
const gitOid = (bytes: Buffer) =>
  createHash('sha1').update(`blob ${bytes.length}\0`).update(bytes).digest('hex');

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname } = new URL(request.url!, 'http://hub');
  const json = (status: number, body: unknown) => {
    response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
  };
  const revision = /^\/api\/datasets\/openai\/gsm8k\/revision\/(.+)$/.exec(pathname);
  if (revision) {
    if (revision[1] !== 'main') return json(404, { error: 'Invalid rev id' });
    return json(200, { _id: '1', id: 'openai/gsm8k', sha: COMMIT, lastModified: '2026-01-01T00:00:00Z' });
  }
  if (pathname === `/api/datasets/openai/gsm8k/paths-info/${COMMIT}`) {
    let body = '';
    for await (const chunk of request) body += chunk;
    const listed = (JSON.parse(body).paths as string[]).flatMap((path) => {
      const file = files[path];
      if (!file) return [];
      const lfs = file.lfs
        ? { oid: sha256(file.bytes), size: file.bytes.length, pointerSize: 131 }
        : undefined;
      return [
        { type: 'file', path, oid: lfs ? 'f'.repeat(40) : gitOid(file.bytes), size: file.bytes.length, lfs },
      ];
    });
    return json(200, listed);
  }
  const resolve = new RegExp(`^/datasets/openai/gsm8k/resolve/${COMMIT}/(.+)$`).exec(pathname);
  const file = resolve && files[resolve[1]!];
  if (file?.lfs) {
    response
      .writeHead(302, { Location: `/storage/${resolve![1]}`, 'X-Linked-Size': file.bytes.length })
      .end();
    return;
  }
  const stored = file ?? files[pathname.replace(/^\/storage\//, '')];
  if (stored) return send(request, response, stored.sent ?? stored.bytes);
  if (pathname.includes('/gated/')) return json(403, { error: 'Access to this dataset is restricted' });
  if (pathname.includes('/busy/')) return json(429, { error: 'Too many requests' });
  response.writeHead(404, { 'X-Error-Code': 'RepoNotFound' }).end();
}

function send(request: IncomingMessage, response: ServerResponse, bytes: Buffer): void {
  const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '');
  const etag = `"${sha256(bytes)}"`;
  if (!range) {
    response.writeHead(200, { ETag: etag, 'Content-Length': bytes.length }).end(bytes);
    return;
  }
  const start = Number(range[1]);
  const end = range[2] === '' ? bytes.length - 1 : Math.min(Number(range[2]), bytes.length - 1);
  const part = bytes.subarray(start, end + 1);
  response
    .writeHead(206, {
      ETag: etag,
      'Content-Range': `bytes ${start}-${end}/${bytes.length}`,
      'Content-Length': part.length,
    })
    .end(part);
}

const server = createServer((request, response) => void answer(request, response));
let hubUrl = '';
beforeAll(async () => {
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  hubUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => void server.close());

async function failure(promise: Promise<unknown>): Promise<CoreError> {
  const error = await promise.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(CoreError);
  return error as CoreError;
}

describe('addresses', () => {
  it('name owner, data set and file', () => {
    expect(parseHubAddress('hub:openai/gsm8k/main/test-00000-of-00001.parquet')).toEqual({
      dataset: 'openai/gsm8k',
      path: 'main/test-00000-of-00001.parquet',
    });
    expect(parseHubAddress('/data/hub:x.jsonl')).toBeNull();
  });

  it.each(['hub:', 'hub:openai', 'hub:openai/gsm8k', 'hub:openai/gsm8k/', 'hub:a/b/../c', 'hub:a/b/x?y'])(
    '%j is refused with an example',
    (from) => expect(() => parseHubAddress(from)).toThrow(/hub:<owner>\/<name>\/<file>/),
  );
});

describe('fetching', () => {
  const fetchTo = async (path: string, options = {}) => {
    const folder = tempFolder();
    const target = join(folder, 'file');
    const done = fetchHubFile({ dataset: 'openai/gsm8k', path }, COMMIT, target, { hubUrl, ...options });
    return { folder, target, done };
  };

  it('pins a branch to its commit, and takes a commit as it is', async () => {
    expect(await pinRevision('openai/gsm8k', undefined, { hubUrl })).toBe(COMMIT);
    expect(await pinRevision('openai/gsm8k', 'a'.repeat(40), { hubUrl: 'http://nowhere.invalid' })).toBe(
      'a'.repeat(40),
    );
    const error = await failure(pinRevision('openai/gsm8k', 'v9', { hubUrl }));
    expect(error).toMatchObject({
      code: 'not-found',
      message: expect.stringMatching(/openai\/gsm8k.*revision/),
    });
  });

  it.each(['main/small.jsonl', 'main/large.parquet'])('%s arrives whole and checked', async (path) => {
    const seen: number[] = [];
    const { target, done } = await fetchTo(path, { onProgress: (bytes: number) => seen.push(bytes) });
    await done;
    expect(readFileSync(target).equals(files[path]!.bytes)).toBe(true);
    expect(seen.at(-1)).toBe(files[path]!.bytes.length);
  });

  it.each(['main/changed.parquet', 'main/changed.jsonl'])(
    '%s, changed on the way, is not kept',
    async (path) => {
      const { folder, done } = await fetchTo(path);
      const error = await failure(done);
      expect(error).toMatchObject({ code: 'damaged', message: expect.stringContaining(path) });
      expect(readdirSync(folder)).toEqual([]);
    },
  );

  it('says what is missing, gated, or asked for too often', async () => {
    expect(await failure((await fetchTo('main/none.jsonl')).done)).toMatchObject({ code: 'not-found' });
    const other = (dataset: string) =>
      fetchHubFile({ dataset, path: 'x.jsonl' }, COMMIT, join(tempFolder(), 'x'), { hubUrl });
    expect(await failure(other('no/such'))).toMatchObject({ code: 'not-found' });
    expect(await failure(other('some/gated'))).toMatchObject({
      code: 'unavailable',
      message: expect.stringMatching(/login/),
    });
    expect(await failure(other('some/busy'))).toMatchObject({
      code: 'unavailable',
      message: expect.stringMatching(/429.*fewer/),
    });
  });

  it('says that there is no network, and stops when it is told to', async () => {
    const closed = createServer();
    await new Promise<void>((ready) => closed.listen(0, '127.0.0.1', ready));
    const { port } = closed.address() as AddressInfo;
    await new Promise((ready) => closed.close(ready));
    const { done } = await fetchTo('main/small.jsonl', { hubUrl: `http://127.0.0.1:${port}` });
    expect(await failure(done)).toMatchObject({
      code: 'unavailable',
      message: expect.stringMatching(/could not be reached.*ECONNREFUSED.*file that is on this machine/),
    });
    const stopped = await fetchTo('main/large.parquet', { signal: AbortSignal.abort() });
    expect(await failure(stopped.done)).toMatchObject({ code: 'cancelled' });
    expect(existsSync(stopped.target)).toBe(false);
  });
});

describe('an import from the hub', () => {
  it('pins the revision, keeps it with every row, and leaves no download behind', async () => {
    const folder = tempFolder();
    const changes = createChanges();
    const activities = createActivities(changes);
    const catalog = openCatalog(join(folder, 'catalog.db'));
    const blobs = openBlobs(join(folder, 'blobs'));
    const shared = { catalog, blobs, changes, activities, now: Date.now, template: findPromptTemplate };
    const datasets = createDatasets({ ...shared, hubUrl });
    const from = 'hub:openai/gsm8k/main/small.jsonl';
    const result = await datasets.import({ from, adapter: 'gsm8k', split: 'train' }, { signal: undefined });
    expect(result).toMatchObject({ sourceId: 'gsm8k:main:train', imported: 1, rejected: 0 });
    const source = datasets.resolveSource('gsm8k');
    expect(source).toMatchObject({ revision: COMMIT, origin: `${from}@${COMMIT}`, sha256: sha256(small) });
    expect(datasets.rowById('gsm8k:main:train:0').source.revision).toBe(COMMIT);
    const changed = { from: 'hub:openai/gsm8k/main/changed.jsonl', adapter: 'gsm8k', split: 'test' } as const;
    expect(await failure(datasets.import(changed, { signal: undefined }))).toMatchObject({ code: 'damaged' });
    expect(datasets.list({}, { signal: undefined })).toHaveLength(1);
    expect(readdirSync(join(folder, 'downloads'))).toEqual([]);
  });
});
