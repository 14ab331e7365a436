// A typed client of the contract over any message port. Used by the window and by tests.
import { createORPCClient } from '@orpc/client';
import { RPCLink, type SupportedMessagePort } from '@orpc/client/message-port';
import type { ContractRouterClient } from '@orpc/contract';
import type { Contract } from '../contract/index.ts';
import type { StringPort } from './ports.ts';

export type Client = ContractRouterClient<Contract>;

export function createClient(port: StringPort): Client {
  const client: Client = createORPCClient(new RPCLink({ port: port as unknown as SupportedMessagePort }));
  port.start();
  return client;
}
