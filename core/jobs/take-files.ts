// Takes an artifact that is no adapter into the lab's blobs: traces, completions, evaluations, merged weights, exports. Every file is held
// against the manifest, and the manifest against what the run announced. Called by arrival.ts.
import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Blobs } from '../blobs/blobs.ts';
import { CoreError } from '../contract/errors.ts';
import { wrongValue } from '../contract/wrong-value.ts';

const Manifest = z.object({
  kind: z.string(),
  jobId: z.string(),
  files: z.record(
    z.string().regex(/^\w[\w.-]*$/, 'file names are plain: no folders'),
    z.object({ sha256: z.string().regex(/^[0-9a-f]{64}$/), bytes: z.int().min(0) }),
  ),
});

export interface TakenFile {
  name: string;
  sha256: string;
  bytes: number;
}

/** Throws `damaged` when manifest or a file is not what was announced, `disk`; then the lab has none of it. */
export async function takeFiles(
  blobs: Blobs,
  from: { jobId: string; folder: string; kind: string; manifestSha256: string },
): Promise<TakenFile[]> {
  const manifest = await readManifest(from);
  const files = Object.entries(manifest.files).map(([name, file]) => ({ name, ...file }));
  for (const { name, bytes } of files) {
    const size = await sizeOf(join(from.folder, name));
    if (size !== bytes)
      throw new CoreError(
        'damaged',
        `${name} ${size === null ? 'is missing' : `has ${size} bytes`} in ${from.folder}; the manifest says ${bytes}.`,
      );
  }
  for (const { name, sha256 } of files)
    if (!blobs.has(sha256)) await blobs.putFile(join(from.folder, name), sha256);
  return files;
}

async function readManifest(from: {
  jobId: string;
  folder: string;
  kind: string;
  manifestSha256: string;
}): Promise<z.infer<typeof Manifest>> {
  const path = join(from.folder, 'manifest.json');
  const wrong = (what: string, cause?: unknown) =>
    new CoreError('damaged', `manifest.json in ${from.folder} ${what}.`, { path }, cause);
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    throw wrong('cannot be read', error);
  }
  const found = createHash('sha256').update(text).digest('hex');
  if (found !== from.manifestSha256)
    throw wrong(`is not the one that the run announced (SHA-256 ${found}, announced ${from.manifestSha256})`);
  const read = Manifest.safeParse(parsed(text));
  if (!read.success) {
    const issue = read.error.issues[0];
    throw wrong(`is wrong: ${wrongValue(issue)}`);
  }
  if (read.data.kind !== from.kind || read.data.jobId !== from.jobId)
    throw wrong(
      `is of ${read.data.kind} of run ${read.data.jobId}, not of ${from.kind} of run ${from.jobId}`,
    );
  return read.data;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

async function sizeOf(path: string): Promise<number | null> {
  try {
    return (await stat(path)).size;
  } catch {
    return null; // the caller says that it is missing
  }
}
