// Remembers the window's place and the theme between starts, for the first paint only. A small file in the user-data folder.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { Theme } from '../core/contract/native.ts';

const Memory = z.object({
  theme: Theme.default('system'),
  bounds: z.object({ x: z.int(), y: z.int(), width: z.int(), height: z.int() }).nullable().default(null),
  maximized: z.boolean().default(false),
});
export type WindowMemory = z.infer<typeof Memory>;

/** What was remembered; the defaults where nothing readable is there. */
export function recall(userData: string): WindowMemory {
  try {
    return Memory.parse(JSON.parse(readFileSync(fileIn(userData), 'utf8')));
  } catch {
    return Memory.parse({});
  }
}

export function remember(userData: string, change: Partial<WindowMemory>): void {
  try {
    writeFileSync(fileIn(userData), JSON.stringify({ ...recall(userData), ...change }));
  } catch (error) {
    console.error('The place of the window could not be kept:', error);
  }
}

function fileIn(userData: string): string {
  return join(userData, 'window.json');
}
