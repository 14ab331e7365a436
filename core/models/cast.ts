// Rounds float32 values to the type that weights are written in: to the nearest, ties to even, as the trainer rounds. Used by merging.
import { CoreError } from '../contract/errors.ts';
import type { WeightType } from './weights-write.ts';

/** The values as bytes. Throws `bad-input` for values that float16 cannot hold; `name` is whose they are. */
export function cast(values: Float32Array, type: WeightType, name: string): Uint8Array {
  if (type === 'float32') return bytesOf(values);
  if (type === 'bfloat16') return bytesOf(toBfloat16(values));
  const halves = Float16Array.from(values);
  if (!halves.every(Number.isFinite))
    throw new CoreError(
      'bad-input',
      `dtype: ${name} holds values above 65504, which float16 cannot: merge to bfloat16 or float32.`,
    );
  return bytesOf(halves);
}

/** The upper half of a float32, rounded; a NaN stays one. */
function toBfloat16(values: Float32Array): Uint16Array {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const halves = new Uint16Array(values.length);
  for (let i = 0; i < bits.length; i++) {
    const word = bits[i]!;
    const broken = (word & 0x7fffffff) > 0x7f800000;
    halves[i] = broken ? ((word >>> 16) & 0x8000) | 0x7fc0 : (word + 0x7fff + ((word >>> 16) & 1)) >>> 16;
  }
  return halves;
}

const bytesOf = (values: Float32Array | Uint16Array | Float16Array): Uint8Array =>
  new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
