// The shape of a feature's service, derived from the contract: `createX()` returns `Handlers['x']`, and create-core serves it unchanged.
import type { InferContractRouterInputs, InferContractRouterOutputs } from '@orpc/contract';
import type { Contract } from './index.ts';

type Inputs = InferContractRouterInputs<Contract>;
type Outputs = InferContractRouterOutputs<Contract>;

export interface CallContext {
  /** Aborted when the caller goes away or cancels. */
  signal: AbortSignal | undefined;
}

type Parsed<F extends keyof Contract, V extends keyof Contract[F]> = Contract[F][V] extends {
  '~orpc': { inputSchema?: infer S };
}
  ? S extends { _output: infer O }
    ? O
    : never
  : never;

/** A stream's handler returns any async iterable of its events. */
type Returned<O> = O extends AsyncIterable<infer Event> ? AsyncIterable<Event> : O;

export type Handlers = {
  [F in keyof Contract]: {
    [V in keyof Contract[F] & keyof Inputs[F] & keyof Outputs[F]]: (
      input: Parsed<F, V>,
      context: CallContext,
    ) => Promise<Returned<Outputs[F][V]>> | Returned<Outputs[F][V]>;
  };
};
