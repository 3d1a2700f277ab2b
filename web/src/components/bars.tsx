/** Small figures of our own: a bar made of parts, and a ring for a percentage. */
import type { ReactNode } from "react";

export interface Part {
  key: string;
  label: ReactNode;
  value: number;
  color: string;
}

export function StackBar({ parts, label }: { parts: Part[]; label: string }) {
  const total = parts.reduce((sum, p) => sum + p.value, 0);
  let x = 0;
  return (
    <svg className="stack-bar" viewBox="0 0 100 4" preserveAspectRatio="none" role="img" aria-label={label}>
      <rect x="0" y="0" width="100" height="4" fill="#e7e5df" />
      {parts.map((part) => {
        const width = total ? (part.value * 100) / total : 0;
        const at = x;
        x += width;
        return <rect key={part.key} x={at} y="0" width={width} height="4" fill={part.color} />;
      })}
    </svg>
  );
}

export function Ring({ percent, label, size = 84 }: { percent: number; label: string; size?: number }) {
  const r = 36;
  const around = 2 * Math.PI * r;
  const color = percent >= 80 ? "#236b3a" : percent >= 50 ? "#8a5a00" : "#a8261a";
  return (
    <svg width={size} height={size} viewBox="0 0 84 84" role="img" aria-label={`${label} ${percent}%`}>
      <circle cx="42" cy="42" r={r} fill="none" stroke="#e7e5df" strokeWidth="8" />
      <circle
        cx="42"
        cy="42"
        r={r}
        fill="none"
        stroke={color}
        strokeWidth="8"
        strokeDasharray={`${(around * percent) / 100} ${around}`}
        transform="rotate(-90 42 42)"
      />
      <text x="42" y="48" textAnchor="middle" fontSize="18" fontWeight="600" fill="#22272c">
        {`${percent}%`}
      </text>
    </svg>
  );
}
