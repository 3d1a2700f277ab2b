/** Days, instants, money and terms as people read them. */
import type { Lang } from "../api/types";
import { isMoney, type Money, type Term } from "./values";

const tag = (lang: Lang) => (lang === "en" ? "en-GB" : "zh-CN");

/** An instant in the reader's zone, the same form in both languages. */
export function instantText(value: string | null | undefined): string {
  if (!value) return "";
  const date = new Date(value);
  if (Number.isNaN(date.getTime())) return value;
  const two = (n: number) => String(n).padStart(2, "0");
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}`;
}

export function dayText(value: string | null | undefined): string {
  return value ? value.slice(0, 10) : "";
}

export function moneyText(value: unknown, lang: Lang): string {
  if (!isMoney(value)) return "";
  const money: Money = value;
  return new Intl.NumberFormat(tag(lang), {
    style: "currency",
    currency: money.currency || "CNY",
    currencyDisplay: "narrowSymbol",
  }).format(
    money.cents / 100,
  );
}

/** `Chrome · Windows` out of what a browser says of itself; other programs are shown as they are. */
export function deviceText(agent: string | null | undefined): string {
  if (!agent?.startsWith("Mozilla/")) return agent ?? "";
  const find = (list: [RegExp, string][]) => list.find(([pattern]) => pattern.test(agent))?.[1];
  const browser = find([[/Edg/, "Edge"], [/Firefox\//, "Firefox"], [/MicroMessenger/, "WeChat"], [/Chrome\//, "Chrome"], [/Safari\//, "Safari"]]);
  const system = find([[/Android/, "Android"], [/iPhone|iPad/, "iOS"], [/Windows/, "Windows"], [/Mac OS X/, "macOS"], [/Linux/, "Linux"]]);
  return [browser, system].filter(Boolean).join(" · ") || agent;
}

/** 36 months read as three years. */
export function termText(
  term: Term,
  t: (key: string, values?: Record<string, unknown>) => string,
): string {
  if ("open" in term) return t("term.open");
  return term.months % 12 === 0
    ? t("term.years", { count: term.months / 12 })
    : t("term.months", { count: term.months });
}

/** Days from today to a day; negative when it is past. */
export function daysUntil(day: string, today: Date): number {
  const start = Date.UTC(today.getFullYear(), today.getMonth(), today.getDate());
  const end = Date.parse(`${day.slice(0, 10)}T00:00:00Z`);
  return Math.round((end - start) / 86_400_000);
}
