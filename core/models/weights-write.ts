// Writes .safetensors files as the trainer writes them, byte for byte: header first, then each tensor as a stream of bytes.
import { type FileHandle, open } from 'node:fs/promises';
import type { Dtype } from './safetensors.ts';

/** Types that weights are written in, by the names that a person uses for them. */
export const STORED_AS = { float32: 'F32', bfloat16: 'BF16', float16: 'F16' } as const;
export type WeightType = keyof typeof STORED_AS;

export const ITEM_BYTES: Readonly<Record<WeightType, number>> = { float32: 4, bfloat16: 2, float16: 2 };

export interface TensorData {
  name: string;
  /** Outermost axis first. */
  shape: readonly number[];
  bytes: () => AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
}

/** Writes and syncs `path`; `told` hears of each piece, in bytes. A tensor of another size than its shape says is a bug and throws. */
export async function writeSafetensors(
  path: string,
  type: WeightType,
  tensors: readonly TensorData[],
  told: (bytes: number) => void = () => {},
): Promise<void> {
  const file = await open(path, 'wx');
  try {
    await file.writeFile(headerBytes(type, tensors));
    for (const tensor of tensors) await writeTensor(file, tensor, sizeOf(type, tensor.shape), told);
    await file.sync();
  } finally {
    await file.close();
  }
}

export const sizeOf = (type: WeightType, shape: readonly number[]): number =>
  shape.reduce((product, n) => product * n, ITEM_BYTES[type]);

function headerBytes(type: WeightType, tensors: readonly TensorData[]): Buffer {
  const dtype: Dtype = STORED_AS[type];
  const header: Record<string, unknown> = { __metadata__: { format: 'pt' } };
  let at = 0;
  for (const { name, shape } of tensors) {
    const end = at + sizeOf(type, shape);
    header[name] = { dtype, shape, data_offsets: [at, end] };
    at = end;
  }
  const json = Buffer.from(JSON.stringify(header));
  const text = Buffer.concat([json, Buffer.alloc((8 - (json.length % 8)) % 8, ' ')]);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([length, text]);
}

async function writeTensor(
  file: FileHandle,
  { name, bytes }: TensorData,
  size: number,
  told: (bytes: number) => void,
): Promise<void> {
  let written = 0;
  for await (const piece of bytes()) {
    await file.writeFile(piece);
    written += piece.byteLength;
    told(piece.byteLength);
  }
  if (written !== size) throw new Error(`${name} yielded ${written} bytes, its shape and type mean ${size}`);
}
