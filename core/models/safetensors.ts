// Reads .safetensors files: the header, checked against the file's size, and tensors as streams of float32. Used by the arrival checks.
// Format: https://huggingface.co/docs/safetensors (length of the header as u64, JSON header, then the bytes of all tensors).
import { type FileHandle, open } from 'node:fs/promises';
import { basename } from 'node:path';
import { CoreError } from '../contract/errors.ts';
import { isBlock } from '../contract/is-block.ts';

export type Dtype = 'F32' | 'F16' | 'BF16' | 'F64' | 'I64' | 'I32' | 'I16' | 'I8' | 'U8' | 'BOOL';

export interface Tensor {
  name: string;
  dtype: Dtype;
  /** Outermost axis first. */
  shape: number[];
  /** Place in the file. */
  start: number;
  end: number;
}

export interface Safetensors {
  path: string;
  tensors: ReadonlyMap<string, Tensor>;
}

const BYTES: Readonly<Record<Dtype, number>> = {
  F64: 8,
  I64: 8,
  F32: 4,
  I32: 4,
  F16: 2,
  BF16: 2,
  I16: 2,
  I8: 1,
  U8: 1,
  BOOL: 1,
};
const HEADER_LIMIT = 100 * 1024 * 1024;
const CHUNK = 1024 * 1024;

/** Reads and checks the header; no tensor is read. Throws `damaged`, naming what does not fit. */
export async function readSafetensors(path: string): Promise<Safetensors> {
  const damaged = (what: string) =>
    new CoreError('damaged', `${basename(path)} is not a whole safetensors file: ${what}.`, { path });
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    const length = size >= 8 ? Number((await readAt(file, 0, 8)).readBigUInt64LE(0)) : 0;
    if (size < 8 || length < 2 || length > HEADER_LIMIT || 8 + length > size)
      throw damaged(`it has ${size} bytes and declares a header of ${length}`);
    const header = parseHeader((await readAt(file, 8, length)).toString('utf8'));
    if (header === null) throw damaged('its header is not a JSON object');
    const tensors = new Map<string, Tensor>();
    for (const [name, entry] of Object.entries(header)) {
      if (name === '__metadata__') continue;
      const tensor = tensorOf(name, entry, 8 + length);
      if (tensor === null) throw damaged(`the entry of "${name}" has no readable type, shape and place`);
      if (tensor.end > size) throw damaged(`"${name}" ends at byte ${tensor.end}, the file has ${size}`);
      const bytes = BYTES[tensor.dtype] * tensor.shape.reduce((product, n) => product * n, 1);
      if (bytes !== tensor.end - tensor.start)
        throw damaged(
          `"${name}" of shape ${shown(tensor.shape)} needs ${bytes} bytes and has ${tensor.end - tensor.start}`,
        );
      tensors.set(name, tensor);
    }
    const overlap = firstOverlap([...tensors.values()]);
    if (overlap) throw damaged(`"${overlap[0].name}" and "${overlap[1].name}" share bytes`);
    return { path, tensors };
  } finally {
    await file.close();
  }
}

/** The values of a tensor in order as float32, so many at a time (the last part may be shorter). Floating types only. */
export async function* float32Chunks(
  path: string,
  tensor: Tensor,
  values = CHUNK / BYTES[tensor.dtype],
): AsyncGenerator<Float32Array> {
  for await (const bytes of chunks(path, tensor, values))
    yield toFloat32(bytes, tensor.dtype, bytes.length / BYTES[tensor.dtype]);
}

/** The bytes of a tensor as they are stored, so many values at a time. */
export async function* chunks(path: string, tensor: Tensor, values: number): AsyncGenerator<Buffer> {
  const step = values * BYTES[tensor.dtype];
  const file = await open(path, 'r');
  try {
    for (let at = tensor.start; at < tensor.end; at += step)
      yield await readAt(file, at, Math.min(step, tensor.end - at));
  } finally {
    await file.close();
  }
}

/** The whole tensor as float32; for small ones. */
export async function readFloat32(path: string, tensor: Tensor): Promise<Float32Array> {
  const whole = new Float32Array((tensor.end - tensor.start) / BYTES[tensor.dtype]);
  let at = 0;
  for await (const chunk of float32Chunks(path, tensor)) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}

/** How many values of a tensor are NaN or infinite. */
export async function countNonFinite(path: string, tensor: Tensor): Promise<number> {
  let count = 0;
  for await (const chunk of float32Chunks(path, tensor))
    for (let i = 0; i < chunk.length; i++) if (!Number.isFinite(chunk[i])) count += 1;
  return count;
}

export const shown = (shape: readonly number[]): string => `[${shape.join(', ')}]`;

function parseHeader(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return isBlock(value) ? value : null;
  } catch {
    return null;
  }
}

function tensorOf(name: string, entry: unknown, dataStart: number): Tensor | null {
  const { dtype, shape, data_offsets: place } = (entry ?? {}) as Record<string, unknown>;
  const isCount = (n: unknown): n is number => Number.isSafeInteger(n) && (n as number) >= 0;
  if (typeof dtype !== 'string' || !Object.hasOwn(BYTES, dtype)) return null;
  if (!Array.isArray(shape) || !shape.every(isCount)) return null;
  if (!Array.isArray(place) || place.length !== 2 || !place.every(isCount)) return null;
  const [start = 0, end = 0] = place;
  if (start > end) return null;
  return {
    name,
    dtype: dtype as Dtype,
    shape,
    start: dataStart + start,
    end: dataStart + end,
  };
}

function firstOverlap(tensors: Tensor[]): [Tensor, Tensor] | null {
  const ordered = tensors.filter((t) => t.end > t.start).sort((a, b) => a.start - b.start);
  for (let i = 1; i < ordered.length; i++)
    if (ordered[i]!.start < ordered[i - 1]!.end) return [ordered[i - 1]!, ordered[i]!];
  return null;
}

function toFloat32(bytes: Buffer, dtype: Dtype, count: number): Float32Array {
  const { buffer, byteOffset } = bytes; // readAt aligns it
  if (dtype === 'F32') return new Float32Array(buffer, byteOffset, count);
  const values = new Float32Array(count);
  if (dtype === 'BF16') {
    const halves = new Uint16Array(buffer, byteOffset, count);
    const bits = new Uint32Array(values.buffer);
    for (let i = 0; i < count; i++) bits[i] = halves[i]! << 16;
  } else if (dtype === 'F16') values.set(new Float16Array(buffer, byteOffset, count));
  else if (dtype === 'F64') values.set(new Float64Array(buffer, byteOffset, count));
  else throw new CoreError('damaged', `A tensor of type ${dtype} holds no weights.`);
  return values;
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.from(new ArrayBuffer(length)); // of its own: typed arrays over it are aligned
  let done = 0;
  while (done < length) {
    const { bytesRead } = await file.read(buffer, done, length - done, position + done);
    if (bytesRead === 0) throw new CoreError('damaged', 'A file became shorter while it was read.');
    done += bytesRead;
  }
  return buffer;
}
