// Numbers and times as people read them.
import { describe, expect, it } from 'vitest';
import {
  formatAge,
  formatBytes,
  formatCompact,
  formatCount,
  formatDuration,
  formatEnd,
  formatLeft,
  formatNumber,
  formatP,
  formatPercent,
  formatPoints,
  formatSigned,
  joinPieces,
  plural,
} from '../../renderer/ui/format.ts';
import { numberIn } from '../../renderer/ui/written-number.ts';

describe('format', () => {
  it('never shows a missing or broken number as a number', () => {
    expect(formatNumber(null)).toBe('–');
    expect(formatNumber(Number.NaN)).toBe('not finite');
    expect(formatCompact(null)).toBe('–');
  });
  it('writes a true minus and a sign where a difference is meant', () => {
    expect(formatNumber(-1.214)).toBe('−1.21');
    expect([formatNumber(-0.001), formatSigned(-0.001), formatSigned(0.001)]).toEqual([
      '0.00',
      '0.00',
      '0.00',
    ]);
    expect(formatCount(-1319)).toBe('−1,319');
    expect(formatPoints(0.367)).toBe('+36.7');
    expect(formatPoints(-0.02)).toBe('−2.0');
    expect([formatPoints(0), formatPoints(-0.0004), formatCount(-0.4)]).toEqual(['0.0', '0.0', '0']);
  });
  it('gives p values in powers of ten when they are small', () => {
    expect(formatP(0.26)).toBe('0.26');
    expect(formatP(0.0384)).toBe('0.038');
    expect(formatP(6.2e-19).replace(/\s/g, ' ')).toBe('6.2 · 10⁻¹⁹');
    expect(formatP(0)).toBe('< 10⁻³⁰⁰');
  });
  it('gives times in the two largest units', () => {
    expect([41, 1240, 12_000, 94_000, 3 * 3600_000 + 120_000].map(formatDuration)).toEqual([
      '41 ms',
      '1.2 s',
      '12 s',
      '1 m 34 s',
      '3 h 2 m',
    ]);
    expect(formatLeft(0)).toBe('nearly done');
    expect(formatLeft(2400)).toBe('2 s left');
    expect(formatAge(1000, 3000)).toBe('2 s ago');
    expect(formatAge(5000, 3000)).toBe('just now');
  });
  it('counts things', () => {
    expect([plural(1, 'row'), plural(1319, 'row'), plural(0, 'row')]).toEqual([
      '1 row',
      '1,319 rows',
      '0 rows',
    ]);
    expect(formatPercent(0.634)).toBe('63.4');
    expect([12, 612_000, 98_362_432].map(formatBytes)).toEqual(['12 B', '612 kB', '98.4 MB']);
  });
  it('gives a recording its day, not an age that would look like work done here', () => {
    const at = Date.UTC(2026, 10, 24, 12);
    expect(formatEnd(at, false, at + 3_600_000)).toBe('ended 1 h ago');
    expect(formatEnd(at, true, at + 3_600_000)).toBe('recorded 24 Nov 2026');
  });
  it('leaves no empty piece between two dots', () => {
    expect(joinPieces('local', '', null, undefined, false, 'took 2 s')).toBe('local · took 2 s');
  });
});

describe('a number that is typed', () => {
  it('has thousands parted by commas, and a decimal comma where it can be nothing else', () => {
    for (const [text, value] of [
      ['1,000', 1000],
      ['1,000,000.5', 1_000_000.5],
      ['0,5', 0.5],
      ['0.25', 0.25],
      ['−2', -2],
      ['1e3', 1000],
      ['12,34', 12.34],
    ] as const)
      expect(numberIn(text), text).toBe(value);
    for (const text of ['', 'abc', '1,00,0', '0x10', 'Infinity', '1 000'])
      expect(numberIn(text), text).toBeNaN();
  });
});
