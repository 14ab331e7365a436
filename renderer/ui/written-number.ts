// A number as a person writes it into a field: the notation of this program, where a comma parts thousands ("1,000"), and the
// decimal comma where it can be nothing else ("0,5"). Pure; used by number fields.

const THOUSANDS = /^[-+−]?[1-9]\d{0,2}(,\d{3})+(\.\d+)?$/;
const DECIMAL = /^[-+−]?(\d+[.,]?\d*|[.,]\d+)(e[-+]?\d+)?$/i;

/** NaN for what is no number, so that the check says so. */
export function numberIn(text: string): number {
  const written = text.trim();
  const plain = THOUSANDS.test(written)
    ? written.replaceAll(',', '')
    : DECIMAL.test(written)
      ? written.replace(',', '.')
      : null;
  return plain === null ? Number.NaN : Number(plain.replace('−', '-'));
}
