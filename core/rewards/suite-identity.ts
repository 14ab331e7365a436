// The identity of a suite: SHA-256 over its canonical JSON and the code that runs it. Traces, rollouts and evaluations store it.
import { RewardsError } from './rewards-error.ts';

/** JSON with sorted keys and no white space, so that equal values have equal bytes. Throws for what JSON cannot hold. Job specs use it too. */
export function canonicalJson(value: unknown): string {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new RewardsError('bad-suite', `${value} cannot be written as JSON.`);
    return JSON.stringify(value);
  }
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value !== 'object')
    throw new RewardsError('bad-suite', `A ${typeof value} cannot be written as JSON.`);
  const fields = Object.entries(value)
    .filter(([, field]) => field !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, field]) => `${JSON.stringify(name)}:${canonicalJson(field)}`);
  return `{${fields.join(',')}}`;
}

/** SHA-256 in lower-case hex of bytes, or of the UTF-8 bytes of a text. */
export async function sha256Hex(data: string | Uint8Array): Promise<string> {
  const bytes = typeof data === 'string' ? new TextEncoder().encode(data) : data;
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', new Uint8Array(bytes)));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** `codeSha256` is the SHA-256 of the bytes of the reward bundle (dist/reward-server.js), whoever runs the suite. */
export async function suiteIdentity(suite: unknown, codeSha256: string): Promise<string> {
  return sha256Hex(`${canonicalJson(suite)}\n${codeSha256}`);
}
