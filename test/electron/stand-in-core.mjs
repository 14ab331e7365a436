// A core for the tests of core-host.ts: echoes, and dies, refuses or hangs as its first argument says.
const [mode] = process.argv.slice(2);
if (mode === 'fatal') {
  process.send?.({ t: 'fatal', code: 'too-new', message: 'The catalog is from a newer version.' });
  process.exitCode = 1;
  process.disconnect?.();
} else if (mode === 'crash') {
  console.error('out of luck');
  process.exitCode = 3;
  process.disconnect?.();
} else {
  if (mode === 'stubborn') process.on('SIGTERM', () => {});
  else process.on('SIGTERM', () => process.exit(0));
  process.on('disconnect', () => process.exit(0));
  process.on('message', ({ t, port, data }) => {
    if (t === 'data') process.send?.({ t: 'data', port, data: `${process.pid}:${data}` });
    if (t === 'close') console.log(`closed ${port}`);
  });
  setTimeout(() => process.send?.({ t: 'ready', lab: '/lab' }), 50);
}
