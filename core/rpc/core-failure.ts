// Back from the border: what a failed call says. Used by the window and the command line.
import { ORPCError } from '@orpc/client';
import { CoreError, type CoreErrorCode } from '../contract/errors.ts';
import { type Issue, wrongValue } from '../contract/wrong-value.ts';

/** The CoreError behind a rejected call; input that the contract refused becomes `bad-input` naming each field. */
export function coreFailure(error: unknown): CoreError {
  if (error instanceof CoreError) return error;
  if (error instanceof ORPCError) {
    const data = error.data as
      | { code?: CoreErrorCode; detail?: Record<string, unknown>; issues?: Issue[] }
      | undefined;
    if (error.code === 'BAD_REQUEST' && data?.issues)
      return new CoreError(
        'bad-input',
        `${data.issues.map((issue) => wrongValue(issue, 'the input')).join('; ')}.`,
      );
    return new CoreError(data?.code ?? 'internal', error.message, data?.detail ?? {}, error);
  }
  return new CoreError('internal', error instanceof Error ? error.message : String(error), {}, error);
}
