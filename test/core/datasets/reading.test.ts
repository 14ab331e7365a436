// Reading files: lines and their numbers, bad lines, other kinds of files, parquet with other columns.
import { appendFileSync, readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { describe, expect, it } from 'vitest';
import { CoreError } from '../../../core/contract/errors.ts';
import { readJsonl } from '../../../core/datasets/read-jsonl.ts';
import { readParquet } from '../../../core/datasets/read-parquet.ts';
import { detectFormat, type RecordFile } from '../../../core/datasets/records.ts';
import { sharedData } from '../../fixtures/shared-data.ts';
import { tempFolder } from '../../fixtures/temp-folder.ts';
import { bytesOf, fileOf, janet } from './records.ts';

async function all(file: RecordFile) {
  const items = [];
  for await (const batch of file.batches()) items.push(...batch);
  return items;
}

async function failure(promise: Promise<unknown>): Promise<CoreError> {
  const error = await promise.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(CoreError);
  return error as CoreError;
}

describe('JSONL', () => {
  it('ends a batch of long lines early, and loses none', async () => {
    const text = 'x'.repeat(3_000_000);
    const path = fileOf([0, 1, 2, 3, 4, 5, 6].map((n) => ({ n, text })));
    const sizes: number[] = [];
    for await (const batch of readJsonl(path).batches()) sizes.push(batch.length);
    expect(sizes).toEqual([3, 3, 1]);
  });

  it('counts lines from 1, passes over empty ones, and names bad ones', async () => {
    const path = fileOf(['{"a":1}', '', '{"a":', '  ', '[1]', '"text"', 'null', '{"a":2} x', '{"a":3}']);
    const items = await all(readJsonl(path));
    expect(items.map((item) => [item.line, 'record' in item ? item.record : item.reason])).toEqual([
      [1, { a: 1 }],
      [3, expect.stringMatching(/^not JSON: /)],
      [5, 'not a JSON object'],
      [6, 'not a JSON object'],
      [7, 'not a JSON object'],
      [8, expect.stringMatching(/^not JSON: /)],
      [9, { a: 3 }],
    ]);
    expect(items[1]).toMatchObject({ excerpt: '{"a":' });
  });

  it.each([
    ['CRLF', '{"a":1}\r\n{"a":2}\r\n'],
    ['a byte order mark', '\ufeff{"a":1}\n{"a":2}\n'],
    ['no line end after the last line', '{"a":1}\n{"a":2}'],
  ])('reads a file with %s', async (_, text) => {
    const items = await all(readJsonl(bytesOf(text, 'x.jsonl')));
    expect(items).toEqual([
      { line: 1, record: { a: 1 } },
      { line: 2, record: { a: 2 } },
    ]);
  });

  it('names a line that is not UTF-8, with what can be shown of it, and reads on', async () => {
    const path = bytesOf('{"a":1}\n', 'x.jsonl');
    appendFileSync(path, Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x0a]));
    appendFileSync(path, '{"a":"é"}\n');
    const items = await all(readJsonl(path));
    expect(items[1]).toMatchObject({ line: 2, reason: 'not valid UTF-8' });
    expect(items[2]).toEqual({ line: 3, record: { a: 'é' } });
  });

  it('keeps characters whole that lie across the pieces in which a file is read', async () => {
    const long = 'é€𝟛'.repeat(300_000);
    const path = fileOf([{ a: long }, { a: long }, 'bad']);
    const items = await all(readJsonl(path));
    expect(items.map((item) => ('record' in item ? item.record.a === long : item.line))).toEqual([
      true,
      true,
      3,
    ]);
  });

  it('shows only the beginning of a long bad line', async () => {
    const [item] = await all(readJsonl(fileOf(['x'.repeat(100_000)])));
    expect(item).toMatchObject({ excerpt: expect.stringMatching(/^x{200}…$/) });
  });
});

describe('the kind of a file', () => {
  const parquet = () =>
    new Uint8Array(parquetWriteBuffer({ columnData: [{ name: 'question', data: ['q'], type: 'STRING' }] }));

  it('goes by its bytes, not by its name', async () => {
    expect(await detectFormat(fileOf([janet], 'data.txt'))).toBe('jsonl');
    expect(await detectFormat(bytesOf(parquet(), 'data.jsonl'))).toBe('parquet');
  });

  it.each<[string, () => string, string, RegExp]>([
    ['a missing file', () => `${tempFolder()}/none.jsonl`, 'not-found', /no file .*none\.jsonl/],
    ['a folder', () => tempFolder(), 'bad-input', /is a folder/],
    ['an empty file', () => bytesOf('', 'x.jsonl'), 'bad-input', /is empty/],
    ['a gzip file', () => bytesOf(gzipSync('{}'), 'x.jsonl'), 'bad-input', /gzip.*Unpack/],
    ['a SQLite file', () => bytesOf('SQLite format 3\0', 'x.jsonl'), 'bad-input', /SQLite/],
    ['UTF-16', () => bytesOf(Buffer.from('\ufeff{}', 'utf16le'), 'x.jsonl'), 'bad-input', /UTF-16.*UTF-8/],
    [
      'random bytes',
      () =>
        bytesOf(
          new Uint8Array(4096).map((_, i) => i * 7),
          'x.jsonl',
        ),
      'bad-input',
      /not text/,
    ],
    ['text named parquet', () => fileOf([janet], 'x.parquet'), 'damaged', /no parquet file.*PAR1/],
  ])('%s is refused with a sentence', async (_, make, code, message) => {
    const error = await failure(detectFormat(make()));
    expect(error.code).toBe(code);
    expect(error.message).toMatch(message);
  });
});

describe('parquet', () => {
  const columns = (rows: number, type: 'STRING' | 'INT64' = 'STRING') => [
    { name: 'question', data: Array.from({ length: rows }, (_, i) => `q${i}`), type: 'STRING' as const },
    {
      name: 'answer',
      data: Array.from({ length: rows }, (_, i) => (type === 'STRING' ? `#### ${i}` : BigInt(i))),
      type,
    },
  ];
  const write = (rows: number, type?: 'STRING' | 'INT64') =>
    bytesOf(
      new Uint8Array(parquetWriteBuffer({ columnData: columns(rows, type), rowGroupSize: 700 })),
      'x.parquet',
    );

  it('gives every row of every row group with its number', async () => {
    const file = await readParquet(write(1600), ['question', 'answer']);
    expect(file.total).toBe(1600);
    const items = await all(file);
    expect(items).toHaveLength(1600);
    items.forEach((item, i) => {
      expect(item).toEqual({ line: i + 1, record: { question: `q${i}`, answer: `#### ${i}` } });
    });
  });

  it('gives 64-bit integers as numbers', async () => {
    const [first] = await all(await readParquet(write(1, 'INT64'), ['answer']));
    expect(first).toEqual({ line: 1, record: { answer: 0 } });
  });

  it('names the columns that were expected and found', async () => {
    const error = await failure(readParquet(write(3), ['id', 'question', 'choices', 'answerKey']));
    expect(error.code).toBe('bad-input');
    expect(error.message).toMatch(
      /id, choices, answerKey are missing.*Expected id, question.*found question, answer/,
    );
  });

  it('calls a cut or changed file damaged', async () => {
    const whole = readFileSync(write(2000));
    const cut = bytesOf(whole.subarray(0, whole.length / 2), 'cut.parquet');
    expect((await failure(readParquet(cut, ['question']))).code).toBe('damaged');
    const changed = Buffer.from(whole);
    changed.fill(0xff, 8, 400);
    const file = readParquet(bytesOf(changed, 'changed.parquet'), ['question']).then(all);
    expect(await failure(file)).toMatchObject({
      code: 'damaged',
      message: expect.stringContaining('changed.parquet'),
    });
  });

  const pairs = [
    ['openai__gsm8k/main/train', ['question', 'answer']],
    ['allenai__ai2_arc/ARC-Challenge/train', ['id', 'question', 'choices', 'answerKey']],
  ] as const;
  it.skipIf(sharedData('openai__gsm8k') === null).each(pairs)(
    '%s gives the same records as its JSONL',
    async (name, names) => {
      const fromParquet = await all(await readParquet(sharedData(`${name}.parquet`)!, names));
      expect(fromParquet).toEqual(await all(readJsonl(sharedData(`${name}.jsonl`)!)));
    },
  );
});
