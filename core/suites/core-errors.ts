// What core/rewards refuses, as errors that cross the border. Used by every file of this feature that compiles or grades.
import { CoreError, type CoreErrorCode } from '../contract/errors.ts';
import { RewardsError } from '../rewards/rewards-error.ts';

/** A RewardsError as a CoreError; anything else stays what it is. */
export function atBorder(error: unknown): unknown {
  if (!(error instanceof RewardsError)) return error;
  const code: CoreErrorCode = error.code === 'no-sandbox' ? 'unavailable' : 'bad-input';
  return new CoreError(code, error.message, error.field === null ? {} : { field: error.field }, error);
}
