// The identity of a suite: what changes it and what does not.
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson, sha256Hex, suiteIdentity } from '../../../core/rewards/suite-identity.ts';
import { thinkFirst1 as thinkFirst } from '../../../core/rewards/suites/think-first.ts';

const CODE = 'c'.repeat(64);

describe('canonicalJson', () => {
  it('sorts keys at every depth and leaves out what is undefined', () => {
    expect(canonicalJson({ b: [{ d: 1, c: 'é' }], a: null, z: undefined })).toBe(
      '{"a":null,"b":[{"c":"é","d":1}]}',
    );
  });

  it('gives back the value, and the same text for every order of keys', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = canonicalJson(value);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
        expect(canonicalJson(JSON.parse(text))).toBe(text);
      }),
    );
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, () => 1, undefined, 1n])('refuses %s', (value) => {
    expect(() => canonicalJson({ value: [value] })).toThrow(/JSON/);
  });
});

describe('suiteIdentity', () => {
  it('is SHA-256 over the canonical JSON, a line end and the hash of the code', async () => {
    const expected = createHash('sha256')
      .update(`${canonicalJson(thinkFirst)}\n${CODE}`)
      .digest('hex');
    expect(await suiteIdentity(thinkFirst, CODE)).toBe(expected);
    const reordered = JSON.parse(canonicalJson(thinkFirst));
    expect(await suiteIdentity(reordered, CODE)).toBe(expected);
  });

  it('changes with any weight, parameter, version and with the code', async () => {
    const [format, ...rest] = thinkFirst.parts;
    const variants = await Promise.all([
      suiteIdentity(thinkFirst, CODE),
      suiteIdentity(thinkFirst, 'd'.repeat(64)),
      suiteIdentity({ ...thinkFirst, version: 2 }, CODE),
      suiteIdentity({ ...thinkFirst, parts: [{ ...format, weight: 1.1 }, ...rest] }, CODE),
      suiteIdentity({ ...thinkFirst, parts: [...rest, format] }, CODE),
    ]);
    expect(new Set(variants).size).toBe(variants.length);
  });

  it('hashes bytes as they are, also in the middle of a buffer', async () => {
    const bytes = new Uint8Array([0, 1, 2, 3]).subarray(1, 3);
    expect(await sha256Hex(bytes)).toBe(createHash('sha256').update(bytes).digest('hex'));
  });
});
