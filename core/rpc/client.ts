// A typed client of the contract over any message port. Used by the window and by tests.
import { createORPCClient } from '@orpc/client';
import { RPCLink } from '@orpc/client/message-port';
import type { ContractRouterClient } from '@orpc/contract';
import type { Contract } from '../contract/index.ts';
import type { StringPort } from './ports.ts';

export type Client = ContractRouterClient<Contract>;

export function createClient(port: StringPort | MessagePort): Client {
  const client: Client = createORPCClient(new RPCLink({ port: port as MessagePort }));
  port.start();
  return client;
}
