// The mark: a long thought above a short answer.
export function Mark({ size = 18 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 18 18" aria-hidden="true">
      <path d="M5 0h8a5 5 0 0 1 5 5v5.4H0V5a5 5 0 0 1 5-5Z" fill="var(--accent)" />
      <path d="M0 12.6h18V13a5 5 0 0 1-5 5H5a5 5 0 0 1-5-5Z" fill="var(--accent)" />
    </svg>
  );
}
