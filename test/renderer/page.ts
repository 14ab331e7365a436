// The little that the window's modules expect of a page when a test loads them in Node. Import it first.
Object.assign(globalThis, {
  window: {
    location: { hash: '' },
    forethought: { platform: 'linux' },
  },
});
