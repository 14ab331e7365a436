// The action table: every act is there once, and no key does two things in one place.
import './page.ts';
import { describe, expect, it } from 'vitest';
import { type Action, actions, matchesShortcut, printShortcut } from '../../renderer/actions.ts';

const press = (
  key: string,
  held: Partial<Record<'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey', true>> = {},
) => ({
  key,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  shiftKey: false,
  ...held,
});

const meet = (a: Action, b: Action) => a.scope === 'global' || b.scope === 'global' || a.scope === b.scope;

describe('the action table', () => {
  it('names every act once', () => {
    const ids = actions.map((action) => action.id);
    expect(ids).toEqual([...new Set(ids)]);
    const titles = actions.map((action) => action.title);
    expect(titles).toEqual([...new Set(titles)]);
  });

  it('gives no key to two acts that can be offered together', () => {
    const clashes = actions.flatMap((a, i) =>
      actions
        .slice(i + 1)
        .filter((b) => a.shortcut !== undefined && a.shortcut === b.shortcut && meet(a, b))
        .map((b) => `${a.shortcut}: ${a.id}, ${b.id}`),
    );
    expect(clashes).toEqual([]);
  });

  it('takes no key that the page or the system needs', () => {
    const taken = new Set([
      'mod+c',
      'mod+v',
      'mod+x',
      'mod+z',
      'mod+a',
      'mod+q',
      'mod+w',
      'tab',
      'enter',
      ' ',
    ]);
    expect(actions.filter((action) => taken.has(action.shortcut ?? '')).map((a) => a.id)).toEqual([]);
  });
});

describe('a shortcut', () => {
  it('means ⌘ on a Mac and Ctrl elsewhere', () => {
    expect(matchesShortcut('mod+k', press('k', { metaKey: true }), true)).toBe(true);
    expect(matchesShortcut('mod+k', press('k', { ctrlKey: true }), true)).toBe(false);
    expect(matchesShortcut('mod+k', press('k', { ctrlKey: true }), false)).toBe(true);
    expect(matchesShortcut('mod+k', press('k'), false)).toBe(false);
  });

  it('is not pressed by the same letter with other keys held', () => {
    expect(matchesShortcut('j', press('j'), false)).toBe(true);
    expect(matchesShortcut('j', press('J', { shiftKey: true }), false)).toBe(false);
    expect(matchesShortcut('j', press('j', { ctrlKey: true }), false)).toBe(false);
    expect(matchesShortcut('j', press('j', { altKey: true }), false)).toBe(false);
    expect(matchesShortcut('shift+d', press('D', { shiftKey: true }), false)).toBe(true);
    expect(matchesShortcut('shift+d', press('d'), false)).toBe(false);
  });

  it('finds a sign wherever the keyboard has it', () => {
    expect(matchesShortcut('/', press('/'), false)).toBe(true);
    expect(matchesShortcut('/', press('/', { shiftKey: true }), false)).toBe(true);
    expect(matchesShortcut('?', press('?', { shiftKey: true }), false)).toBe(true);
  });

  it('is printed as the platform writes it', () => {
    expect(printShortcut('mod+k', true)).toBe('⌘K');
    expect(printShortcut('mod+k', false)).toBe('Ctrl K');
    expect(printShortcut('shift+d', false)).toBe('Shift D');
    expect(printShortcut('escape', false)).toBe('Esc');
  });
});
