// Writes GGUF files (version 3, little-endian): metadata, tensor table, float32 tensors as streams. Used for LoRA adapters.
// Format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
import { type FileHandle, open } from 'node:fs/promises';

export type GgufValue =
  | { u32: number }
  | { i32: number }
  | { f32: number }
  | { bool: boolean }
  | { string: string }
  | { strings: readonly string[] }
  | { f32s: readonly number[] }
  | { i32s: readonly number[] };

export interface GgufTensorData {
  name: string;
  /** Outermost axis first, as numpy and safetensors write it; GGUF stores it the other way round. */
  shape: readonly number[];
  data: () => AsyncIterable<Float32Array> | Iterable<Float32Array>;
}

const ALIGNMENT = 32;
const TYPE = { u32: 4, i32: 5, f32: 6, bool: 7, string: 8, array: 9 } as const;
const F32 = 0;

/** Writes and syncs `path`. A tensor that yields another number of values than its shape says is a bug and throws. */
export async function writeGguf(
  path: string,
  metadata: readonly (readonly [key: string, value: GgufValue])[],
  tensors: readonly GgufTensorData[],
): Promise<void> {
  const parts: Buffer[] = [Buffer.from('GGUF'), u32(3), u64(tensors.length), u64(metadata.length)];
  for (const [key, value] of metadata) parts.push(string(key), encodeValue(value));
  let offset = 0;
  for (const tensor of tensors) {
    parts.push(string(tensor.name), u32(tensor.shape.length));
    for (const n of [...tensor.shape].reverse()) parts.push(u64(n));
    parts.push(u32(F32), u64(offset));
    offset += padded(4 * count(tensor));
  }
  const header = Buffer.concat(parts);
  const file = await open(path, 'w');
  try {
    await file.writeFile(Buffer.concat([header, Buffer.alloc(padded(header.length) - header.length)]));
    for (const tensor of tensors) await writeTensor(file, tensor);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function writeTensor(file: FileHandle, tensor: GgufTensorData): Promise<void> {
  let values = 0;
  for await (const chunk of tensor.data()) {
    await file.writeFile(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength));
    values += chunk.length;
  }
  if (values !== count(tensor))
    throw new Error(`${tensor.name} yielded ${values} values for shape [${tensor.shape.join(', ')}]`);
  const rest = padded(4 * values) - 4 * values;
  if (rest > 0) await file.writeFile(Buffer.alloc(rest));
}

function encodeValue(value: GgufValue): Buffer {
  if ('u32' in value) return Buffer.concat([u32(TYPE.u32), u32(value.u32)]);
  if ('i32' in value) return Buffer.concat([u32(TYPE.i32), i32s([value.i32])]);
  if ('f32' in value) return Buffer.concat([u32(TYPE.f32), f32s([value.f32])]);
  if ('bool' in value) return Buffer.concat([u32(TYPE.bool), Buffer.from([value.bool ? 1 : 0])]);
  if ('string' in value) return Buffer.concat([u32(TYPE.string), string(value.string)]);
  if ('f32s' in value) return array(TYPE.f32, value.f32s.length, f32s(value.f32s));
  if ('i32s' in value) return array(TYPE.i32, value.i32s.length, i32s(value.i32s));
  return array(TYPE.string, value.strings.length, Buffer.concat(value.strings.map(string)));
}

const array = (type: number, length: number, body: Buffer) =>
  Buffer.concat([u32(TYPE.array), u32(type), u64(length), body]);
const padded = (bytes: number) => Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
const count = (tensor: GgufTensorData) => tensor.shape.reduce((product, n) => product * n, 1);
const f32s = (values: readonly number[]) => Buffer.from(Float32Array.from(values).buffer);
const i32s = (values: readonly number[]) => Buffer.from(Int32Array.from(values).buffer);

function u32(value: number): Buffer {
  const buffer = Buffer.alloc(4);
  buffer.writeUInt32LE(value);
  return buffer;
}

function u64(value: number): Buffer {
  const buffer = Buffer.alloc(8);
  buffer.writeBigUInt64LE(BigInt(value));
  return buffer;
}

function string(text: string): Buffer {
  const bytes = Buffer.from(text, 'utf8');
  return Buffer.concat([u64(bytes.length), bytes]);
}
