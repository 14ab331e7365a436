// Serves the handlers of all features as the contract says. One place turns errors into what may cross the border.
import { randomUUID } from 'node:crypto';
import type { SupportedMessagePort } from '@orpc/client/message-port';
import { implement, ORPCError, type Router } from '@orpc/server';
import { RPCHandler } from '@orpc/server/message-port';
import { CoreError, diskError } from '../contract/errors.ts';
import type { CallContext, Handlers } from '../contract/handlers.ts';
import { contract } from '../contract/index.ts';
import type { StringPort } from './ports.ts';

export type Log = (
  level: 'info' | 'warn' | 'error',
  message: string,
  detail?: Record<string, unknown>,
) => void;

export type CoreRouter = Router<typeof contract, Record<never, never>>;

type AnyHandler = (input: unknown, context: CallContext) => unknown;

/** The handlers as an oRPC router; every procedure of the contract must have one (checked by the type and again here). */
export function createRouter(handlers: Handlers, log: Log): CoreRouter {
  const implementer = implement(contract);
  const router: Record<string, Record<string, unknown>> = {};
  for (const feature of Object.keys(contract) as (keyof typeof contract)[]) {
    const verbs: Record<string, unknown> = {};
    for (const verb of Object.keys(contract[feature])) {
      const handler = (handlers[feature] as unknown as Record<string, AnyHandler>)[verb];
      if (!handler) throw new Error(`no handler for ${feature}.${verb}`);
      const procedure = (implementer[feature] as unknown as Record<string, Implementer>)[verb];
      verbs[verb] = procedure?.handler(async ({ input, signal }) => {
        try {
          const result = await handler(input, { signal });
          return isStream(result) ? guardStream(result, `${feature}.${verb}`, log) : result;
        } catch (error) {
          throw forTheBorder(error, `${feature}.${verb}`, log);
        }
      });
    }
    router[feature] = verbs;
  }
  return router as unknown as CoreRouter;
}

interface Implementer {
  handler(run: (call: { input: unknown; signal: AbortSignal | undefined }) => Promise<unknown>): unknown;
}

/** Answers calls that arrive on a port until the port closes. */
export function servePort(router: CoreRouter, port: StringPort): void {
  new RPCHandler(router).upgrade(port as unknown as SupportedMessagePort, { context: {} });
  port.start();
}

function isStream(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}

async function* guardStream(
  stream: AsyncIterable<unknown>,
  where: string,
  log: Log,
): AsyncGenerator<unknown> {
  try {
    yield* stream;
  } catch (error) {
    throw forTheBorder(error, where, log);
  }
}

/** A CoreError crosses with code and detail; anything else becomes `internal` with an id that is in the log. */
function forTheBorder(error: unknown, where: string, log: Log): unknown {
  if (error instanceof ORPCError) return error;
  const known = diskError(error, 'The work');
  if (known instanceof CoreError) {
    if (known.code !== 'cancelled') log('warn', `${where}: ${known.message}`, { code: known.code });
    return new ORPCError('CORE', {
      status: 422,
      message: known.message,
      data: { code: known.code, detail: known.detail },
      defined: true,
    });
  }
  const id = randomUUID().slice(0, 8);
  log('error', `${where} failed (${id})`, { stack: error instanceof Error ? error.stack : String(error) });
  return new ORPCError('CORE', {
    status: 500,
    message: `Something inside Forethought failed during ${where}. The log holds the details under ${id}. Nothing that was acknowledged is lost; try again, and report it with the log if it stays.`,
    data: { code: 'internal', detail: { id } },
    defined: true,
  });
}
