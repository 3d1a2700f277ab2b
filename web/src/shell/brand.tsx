/** The golden casket. */
export function Mark({ size = 28 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true" className="mark">
      <rect x="1" y="1" width="30" height="30" rx="5" fill="#22405f" />
      <path d="M7 13h18v12H7z" fill="none" stroke="#e3c07a" strokeWidth="2" />
      <path d="M7 13l3-5h12l3 5" fill="none" stroke="#e3c07a" strokeWidth="2" strokeLinejoin="round" />
      <circle cx="16" cy="18" r="2" fill="#e3c07a" />
      <path d="M16 19v3" stroke="#e3c07a" strokeWidth="2" />
    </svg>
  );
}
