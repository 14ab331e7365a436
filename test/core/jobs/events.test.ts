// Reading a run's log: check sums, torn and damaged lines, where the bytes are.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { logName, metricsOf, readLines, rolloutsOf } from '../../../core/jobs/events.ts';
import { trainerPython } from '../../../resources/setup/python-environment.mjs';
import { encodeEvent, RunLog } from '../../fixtures/run-log.ts';

const log = new RunLog('job');
const start = log.start();
const beat = log.event('heartbeat', { step: 1, totalSteps: 4, note: 'größer „so“ 🙂' });

describe('readLines', () => {
  it('gives events, their texts and the offsets after them', () => {
    const lines = [...readLines(Buffer.from(start + beat), 1000)];
    expect(lines.map((line) => line.ok)).toEqual([true, true]);
    expect(lines.map((line) => line.end)).toEqual([
      1000 + Buffer.byteLength(start),
      1000 + Buffer.byteLength(start + beat),
    ]);
    expect(lines[1]).toMatchObject({
      text: beat.trimEnd(),
      event: { kind: 'heartbeat', note: 'größer „so“ 🙂' },
    });
  });

  it('waits for the rest of a torn last line, wherever it is torn', () => {
    const bytes = Buffer.from(beat);
    for (let cut = 0; cut < bytes.length; cut++)
      expect([...readLines(bytes.subarray(0, cut), 0)], `cut at ${cut}`).toEqual([]);
  });

  it('finds every flipped bit of a line', () => {
    const bytes = Buffer.from(beat);
    for (let at = 0; at < bytes.length - 1; at++) {
      const flipped = Buffer.from(bytes);
      flipped[at] = flipped[at]! ^ 0x04;
      for (const line of readLines(flipped, 0)) expect(line.ok, `byte ${at}`).toBe(false);
    }
  });

  it.each([
    ['no check sum', '{"v":1,"seq":0}\n', 'no check sum'],
    ['empty line', '\n', 'no check sum'],
    ['no kind', encodeEvent({ v: 1, seq: 0, wall: 1 }), 'lacks'],
    ['negative seq', encodeEvent({ v: 1, seq: -1, wall: 1, kind: 'x' }), 'lacks'],
  ])('names what is wrong: %s', (_, text, reason) => {
    expect([...readLines(Buffer.from(text), 7)]).toMatchObject([
      { ok: false, reason: expect.stringContaining(reason), start: 7, end: 7 + text.length },
    ]);
  });

  it('reads what the trainer writes', () => {
    const script = `
import sys; sys.path.insert(0, sys.argv[1])
from forethought_trainer.events import encode
sys.stdout.buffer.write(encode({"v": 1, "seq": 0, "mono": 0, "wall": 1, "kind": "phase", "message": "größer – 🙂", "x": 1e-07}))
`;
    const trainer = join(import.meta.dirname, '../../../resources/trainer');
    const line = execFileSync(trainerPython(), ['-c', script, trainer]);
    expect([...readLines(line, 0)]).toMatchObject([{ ok: true, event: { message: 'größer – 🙂', x: 1e-7 } }]);
  });
});

describe('what events carry', () => {
  const event = (fields: object) => ({ v: 1, seq: 0, mono: 0, wall: 1, kind: 'k', ...fields });

  it('knows the name of a log from its first line only', () => {
    expect(logName(Buffer.from(start + beat))).toBe(log.uuid);
    expect(logName(Buffer.from(beat + start))).toBeNull();
    expect(logName(Buffer.from(start.slice(0, -1)))).toBeNull();
  });

  it('refuses rollouts outside of the job folder', () => {
    const range = { step: 1, offset: 0, bytes: 1, count: 1 };
    expect(rolloutsOf(event({ file: 'rollouts/rollouts.jsonl', ...range }))).not.toBeNull();
    for (const file of ['../other/x', '/etc/passwd', 'a/../b', 'a//b', '', 'a/.', 'a\\..\\b', 5])
      expect(rolloutsOf(event({ file, ...range })), String(file)).toBeNull();
    expect(rolloutsOf(event({ file: 'a', offset: -1, bytes: 1, count: 1 }))).toBeNull();
  });

  it('takes numbers and gaps as metrics, nothing else', () => {
    expect(metricsOf(event({ step: 1, values: { a: 1.5, b: null } }))).toEqual({
      step: 1,
      values: [
        ['a', 1.5],
        ['b', null],
      ],
    });
    expect(metricsOf(event({ step: 1, values: { a: '1' } }))).toBeNull();
    expect(metricsOf(event({ step: 1.5, values: {} }))).toBeNull();
    expect(metricsOf(event({ step: 1 }))).toBeNull();
  });
});
