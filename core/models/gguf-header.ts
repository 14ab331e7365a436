// Reads the header of a GGUF file: metadata and tensor table, every count held against the file's size before it is believed.
// Foreign files come through here before llama.cpp sees them, which aborts on some that lie. Used by the registry and the checks.
import { open } from 'node:fs/promises';
import { basename } from 'node:path';
import { CoreError } from '../contract/errors.ts';

export type GgufScalar = number | bigint | boolean | string;

export interface GgufTensor {
  name: string;
  /** Outermost axis first, as numpy and safetensors write it. */
  shape: number[];
  type: string;
  parameters: number;
}

export interface GgufHeader {
  version: number;
  metadata: ReadonlyMap<string, GgufScalar>;
  /** Lengths of array values; their items are not kept. */
  arrays: ReadonlyMap<string, number>;
  tensors: ReadonlyMap<string, GgufTensor>;
  parameters: number;
  bytes: number;
}

const FIRST_READ = 1024 * 1024;
const HEADER_LIMIT = 256 * 1024 * 1024;
const STRING_LIMIT = 16 * 1024 * 1024;

/** [name, values in a block, bytes of a block] by type id; sizes of unknown types are not checked. */
const TENSOR_TYPES: Readonly<Record<number, readonly [string, number, number]>> = {
  0: ['F32', 1, 4],
  1: ['F16', 1, 2],
  2: ['Q4_0', 32, 18],
  3: ['Q4_1', 32, 20],
  6: ['Q5_0', 32, 22],
  7: ['Q5_1', 32, 24],
  8: ['Q8_0', 32, 34],
  10: ['Q2_K', 256, 84],
  11: ['Q3_K', 256, 110],
  12: ['Q4_K', 256, 144],
  13: ['Q5_K', 256, 176],
  14: ['Q6_K', 256, 210],
  15: ['Q8_K', 256, 292],
  16: ['IQ2_XXS', 256, 66],
  17: ['IQ2_XS', 256, 74],
  18: ['IQ3_XXS', 256, 98],
  19: ['IQ1_S', 256, 50],
  20: ['IQ4_NL', 32, 18],
  21: ['IQ3_S', 256, 110],
  22: ['IQ2_S', 256, 82],
  23: ['IQ4_XS', 256, 136],
  29: ['IQ1_M', 256, 56],
  30: ['BF16', 1, 2],
  34: ['TQ1_0', 256, 54],
  35: ['TQ2_0', 256, 66],
  39: ['MXFP4', 32, 17],
};

/** Bytes of a scalar by its type id: u8 i8 u16 i16 u32 i32 f32 bool, then u64 i64 f64. */
const SCALAR_BYTES: Readonly<Record<number, number>> = {
  0: 1,
  1: 1,
  2: 2,
  3: 2,
  4: 4,
  5: 4,
  6: 4,
  7: 1,
  10: 8,
  11: 8,
  12: 8,
};
const STRING = 8;
const ARRAY = 9;

/** Thrown inside the parser when the bytes read so far end; the reader reads more or says that the file is cut. */
class NeedMore extends Error {}
class Wrong extends Error {}

/** Throws `damaged` with what is wrong: no GGUF, cut off, or a header that cannot be true. */
export async function readGgufHeader(path: string): Promise<GgufHeader> {
  const name = basename(path);
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    for (let length = Math.min(FIRST_READ, size); ; length = Math.min(size, length * 4)) {
      const bytes = Buffer.alloc(length);
      await file.read(bytes, 0, length, 0);
      try {
        return new Parser(bytes, size).header();
      } catch (error) {
        if (error instanceof NeedMore && length < size && length < HEADER_LIMIT) continue;
        if (error instanceof NeedMore)
          throw new CoreError(
            'damaged',
            `${name} ends inside its header (${size} bytes): it is cut off. Get it again.`,
            { path },
          );
        if (error instanceof Wrong) throw new CoreError('damaged', `${name} ${error.message}`, { path });
        throw error;
      }
    }
  } finally {
    await file.close();
  }
}

class Parser {
  readonly #bytes: Buffer;
  readonly #size: number;
  #at = 0;

  constructor(bytes: Buffer, size: number) {
    this.#bytes = bytes;
    this.#size = size;
  }

  header(): GgufHeader {
    const magic = this.#bytes.subarray(0, 4).toString('latin1');
    if (magic !== 'GGUF')
      throw new Wrong(`is not a GGUF file: it begins with ${JSON.stringify(magic)} instead of "GGUF".`);
    this.#at = 4;
    const version = this.#u32();
    if (version !== 2 && version !== 3) throw new Wrong(`has GGUF version ${version}; known are 2 and 3.`);
    const tensorCount = this.#count('tensors', 24);
    const keyCount = this.#count('metadata entries', 13);
    const metadata = new Map<string, GgufScalar>();
    const arrays = new Map<string, number>();
    for (let i = 0; i < keyCount; i++) {
      const key = this.#string();
      const type = this.#u32();
      if (type === ARRAY) arrays.set(key, this.#skipArray(key));
      else metadata.set(key, this.#scalar(key, type));
    }
    const table = Array.from({ length: tensorCount }, () => this.#tensor());
    const alignment = Number(metadata.get('general.alignment') ?? 32);
    if (!(alignment >= 1 && alignment <= 65_536))
      throw new Wrong(`declares an alignment of ${alignment} bytes.`);
    const dataStart = Math.ceil(this.#at / alignment) * alignment;
    const tensors = new Map<string, GgufTensor>();
    for (const { offset, bytes, ...tensor } of table) {
      const end = dataStart + offset + (bytes ?? 0);
      if (end > this.#size)
        throw new Wrong(
          `is cut off: "${tensor.name}" ends at byte ${end}, the file has ${this.#size}. Get it again.`,
        );
      if (tensors.has(tensor.name)) throw new Wrong(`holds the tensor "${tensor.name}" twice.`);
      tensors.set(tensor.name, tensor);
    }
    const parameters = [...tensors.values()].reduce((sum, tensor) => sum + tensor.parameters, 0);
    return { version, metadata, arrays, tensors, parameters, bytes: this.#size };
  }

  #tensor(): GgufTensor & { offset: number; bytes: number | null } {
    const name = this.#string();
    const axes = this.#u32();
    if (axes > 8) throw new Wrong(`gives the tensor "${name}" ${axes} axes.`);
    const shape = Array.from({ length: axes }, () => this.#u64()).reverse();
    const typeId = this.#u32();
    const offset = this.#u64();
    const parameters = shape.reduce((product, n) => product * n, 1);
    const known = TENSOR_TYPES[typeId];
    const bytes = known ? (parameters / known[1]) * known[2] : null;
    if (
      !Number.isSafeInteger(parameters) ||
      !Number.isSafeInteger(offset) ||
      (bytes !== null && !Number.isInteger(bytes))
    )
      throw new Wrong(`gives the tensor "${name}" the impossible shape [${shape.join(', ')}].`);
    return { name, shape, type: known?.[0] ?? `type ${typeId}`, parameters, offset, bytes };
  }

  #skipArray(key: string): number {
    const type = this.#u32();
    if (type === ARRAY) throw new Wrong(`nests arrays in "${key}".`);
    const each = type === STRING ? 8 : SCALAR_BYTES[type];
    if (each === undefined) throw new Wrong(`gives "${key}" the unknown type ${type}.`);
    const length = this.#count(`items in "${key}"`, each);
    if (type === STRING) for (let i = 0; i < length; i++) this.#take(this.#stringLength());
    else this.#take(each * length);
    return length;
  }

  #scalar(key: string, type: number): GgufScalar {
    if (type === STRING) return this.#string();
    const width = SCALAR_BYTES[type];
    if (width === undefined) throw new Wrong(`gives "${key}" the unknown type ${type}.`);
    const at = this.#take(width);
    const b = this.#bytes;
    switch (type) {
      case 0:
        return b.readUInt8(at);
      case 1:
        return b.readInt8(at);
      case 2:
        return b.readUInt16LE(at);
      case 3:
        return b.readInt16LE(at);
      case 4:
        return b.readUInt32LE(at);
      case 5:
        return b.readInt32LE(at);
      case 6:
        return b.readFloatLE(at);
      case 7:
        return b.readUInt8(at) !== 0;
      case 10:
        return b.readBigUInt64LE(at);
      case 11:
        return b.readBigInt64LE(at);
      default:
        return b.readDoubleLE(at);
    }
  }

  /** A count that the file's size makes possible, at so many bytes each. */
  #count(what: string, bytesEach: number): number {
    const count = this.#u64();
    if (count * bytesEach > this.#size)
      throw new Wrong(`declares ${count} ${what} and has only ${this.#size} bytes: its header is damaged.`);
    return count;
  }

  #stringLength(): number {
    const length = this.#u64();
    if (length > Math.min(STRING_LIMIT, this.#size))
      throw new Wrong(`declares a text of ${length} bytes in its header: it is damaged.`);
    return length;
  }

  #string(): string {
    const length = this.#stringLength();
    const at = this.#take(length);
    return this.#bytes.toString('utf8', at, at + length);
  }

  #u32(): number {
    return this.#bytes.readUInt32LE(this.#take(4));
  }

  /** As a double: exact up to 2^53, and above that only compared with what a file can hold. */
  #u64(): number {
    const at = this.#take(8);
    return this.#bytes.readUInt32LE(at + 4) * 2 ** 32 + this.#bytes.readUInt32LE(at);
  }

  #take(bytes: number): number {
    const at = this.#at;
    if (at + bytes > this.#bytes.length) throw new NeedMore();
    this.#at = at + bytes;
    return at;
  }
}
