// The address of a place and back again.
import './page.ts';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { formatRoute, parseRoute, screens } from '../../renderer/route.ts';

it('any place survives the address', () => {
  const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 });
  const key = fc.stringMatching(/^[a-z]{1,6}$/);
  const place = fc.record({
    screen: fc.constantFrom(...screens),
    id: text,
    tab: fc.option(text, { nil: null }),
    params: fc.dictionary(key, text, { noNullPrototype: true, maxKeys: 3 }),
  });
  fc.assert(
    fc.property(place, (route) => {
      expect(parseRoute(formatRoute(route))).toEqual(route);
    }),
  );
});

it('an address that means nothing is Home', () => {
  for (const hash of ['', '#', '#/', '#/nowhere/x', '#nowhere?a=b'])
    expect(parseRoute(hash)).toMatchObject({ screen: 'home' });
});

it('leaves out what is empty', () => {
  expect(formatRoute({ screen: 'data', id: null, tab: null, params: {} })).toBe('#/data');
  expect(formatRoute({ screen: 'train', id: 'a b', tab: 'log', params: { q: 'x&y' } })).toBe(
    '#/train/a%20b/log?q=x%26y',
  );
});
