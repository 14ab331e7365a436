// The core as a child process: what the desktop app starts. Speaks over the channel of its parent, one port per window connection.
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { CoreError } from './contract/errors.ts';
import { createCore } from './create-core.ts';
import { createPortEnd, type PortEnd } from './rpc/ports.ts';
import { servePort } from './rpc/serve.ts';

const FromParent = z.discriminatedUnion('t', [
  z.object({ t: z.literal('open'), port: z.int() }),
  z.object({ t: z.literal('data'), port: z.int(), data: z.string() }),
  z.object({ t: z.literal('close'), port: z.int() }),
]);

const { values } = parseArgs({ options: { lab: { type: 'string' } } });

/** A dead parent must not kill the core with an unhandled 'error' event: check, and swallow by callback. */
function tell(message: object): void {
  if (process.connected) process.send?.(message, undefined, undefined, () => {});
}

try {
  // A person who opens a new lab meets the recorded sample; the command line starts from nothing.
  const core = await createCore({ lab: values.lab, sample: true, resume: true });
  const ports = new Map<number, PortEnd>();
  process.on('message', (raw) => {
    const message = FromParent.parse(raw);
    if (message.t === 'open') {
      const end = createPortEnd((data) => tell({ t: 'data', port: message.port, data }));
      ports.set(message.port, end);
      servePort(core.router, end.port);
    } else if (message.t === 'data') ports.get(message.port)?.deliver(message.data);
    else {
      ports.get(message.port)?.close();
      ports.delete(message.port);
    }
  });
  const leave = async () => {
    await core.close();
    process.exit(0);
  };
  process.on('disconnect', leave);
  process.on('SIGTERM', leave);
  process.on('SIGINT', leave);
  tell({ t: 'ready', lab: core.folder });
} catch (error) {
  const known = error instanceof CoreError;
  tell({
    t: 'fatal',
    code: known ? error.code : 'internal',
    message: error instanceof Error ? error.message : String(error),
  });
  console.error(error);
  process.exitCode = 1;
  process.disconnect?.();
}
