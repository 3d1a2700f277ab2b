/** Elements in short. Text is always set as text, never read as markup. */
export type Child = Node | string | null | false | undefined;

export function h<K extends keyof HTMLElementTagNameMap>(tag: K, attributes: Record<string, string | boolean> = {}, ...children: Child[]): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) element.setAttribute(name, "");
    else if (value !== false) element.setAttribute(name, value);
  }
  element.append(...children.filter((child): child is Node | string => child !== null && child !== undefined && child !== false));
  return element;
}

export function button(label: string, action: () => void, className = "button"): HTMLButtonElement {
  const element = h("button", { type: "button", class: className }, label);
  element.addEventListener("click", action);
  return element;
}

/** A list of words and what they stand for; pairs without a value are left out. */
export function facts(pairs: [string, Child][], className = "facts"): HTMLElement {
  const shown = pairs.filter(([, value]) => value !== null && value !== undefined && value !== false && value !== "");
  return h("dl", { class: className }, ...shown.map(([word, value]) => h("div", {}, h("dt", {}, word), h("dd", {}, value))));
}

const UNFOLD = "unfold";

/** Unfolds everything below an element, what comes to light by that too. */
export function unfold(below: HTMLElement): void {
  for (;;) {
    const closed = below.querySelectorAll<HTMLDetailsElement>("details:not([open])");
    if (closed.length === 0) return;
    closed.forEach((one) => one.dispatchEvent(new Event(UNFOLD)));
  }
}

/** Something folded up, drawn when it is opened for the first time: a package may have thousands of entries. */
export function folded(summary: Child[], draw: () => Child[], open = false, className = ""): HTMLDetailsElement {
  const element = h("details", { class: className }, h("summary", {}, ...summary));
  let drawn = false;
  const fill = () => {
    if (!element.open || drawn) return;
    drawn = true;
    element.append(h("div", { class: "inside" }, ...draw()));
  };
  element.addEventListener("toggle", fill);
  element.addEventListener(UNFOLD, () => {
    element.open = true;
    fill();
  });
  if (open) {
    element.open = true;
    fill();
  }
  return element;
}

export function save(name: string, bytes: Uint8Array, type = "application/octet-stream"): void {
  const url = URL.createObjectURL(new Blob([bytes as BlobPart], { type }));
  const link = h("a", { href: url, download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

export const code = (text: string): HTMLElement => h("code", {}, text);

export function byId<T extends HTMLElement = HTMLElement>(id: string): T {
  const found = document.getElementById(id);
  if (!found) throw new Error(id);
  return found as T;
}
