// Where the folder of an export cannot be made because nothing is there to hold it.
import { win32 } from 'node:path';
import { expect, test } from 'vitest';
import { makeFolder } from '../../../core/models/make-folder.ts';

test('a drive that is not there is told, and not looked for again and again', async () => {
  let asked = 0;
  const above = (path: string) => {
    if (++asked > 9) throw new Error('It goes on for ever.');
    return win32.dirname(path);
  };
  await expect(makeFolder('Z:\\models\\out', above)).rejects.toMatchObject({
    code: 'disk',
    message: 'folder: Z:\\ cannot be made: there is no such drive. Name another one.',
  });
});
