/**
 * The one door to the server: typed paths through openapi-fetch, the CSRF guard, the language of
 * refusals, idempotency keys, and problem details (RFC 9457) turned into an error value.
 */
import createClient from "openapi-fetch";
import i18n from "i18next";
import type { paths } from "./schema";
import type { ProblemBody } from "./types";

/** A refusal or fault, as the server explains it. */
export class Problem extends Error {
  readonly body: ProblemBody;
  constructor(body: ProblemBody) {
    super(body.detail || body.code);
    this.name = "Problem";
    this.body = body;
  }
  get code(): string {
    return this.body.code;
  }
  get status(): number {
    return this.body.status;
  }
}

/** Called when the server says that nobody is signed in, or that the node is sealed. */
let onGate: (status: number) => void = () => undefined;
export function setGateListener(listener: (status: number) => void): void {
  onGate = listener;
}

/** A random identifier; `randomUUID` exists only on secure origins, a factory's LAN may have none. */
export function freshKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join("");
}

function headers(method: string): Record<string, string> {
  const common: Record<string, string> = { "Accept-Language": i18n.language || "zh-CN" };
  if (method !== "GET") common["X-Jingui"] = "1";
  return common;
}

/** `f.<field>` and list values: commas inside values are escaped by the caller's choice of codes. */
export function serializeQuery(query: Record<string, unknown>): string {
  const out = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) {
    if (value === undefined || value === null || value === "") continue;
    if (Array.isArray(value)) {
      if (value.length > 0) out.set(key, value.join(","));
    } else out.set(key, String(value));
  }
  return out.toString();
}

/** Paths, parameters and bodies are checked against the server's own description. */
export const http = createClient<paths>({ baseUrl: "", querySerializer: serializeQuery });
http.use({
  onRequest({ request }) {
    for (const [name, value] of Object.entries(headers(request.method))) request.headers.set(name, value);
    return request;
  },
});

export async function problemOf(response: Response, body?: unknown): Promise<Problem> {
  let parsed = body as Partial<ProblemBody> | undefined;
  if (parsed === undefined) {
    try {
      parsed = (await response.json()) as Partial<ProblemBody>;
    } catch {
      parsed = undefined;
    }
  }
  const problem = new Problem({
    ...(typeof parsed === "object" ? parsed : {}),
    status: response.status,
    code: parsed?.code ?? `http.${response.status}`,
    detail: parsed?.detail ?? i18n.t("error.http", { status: response.status }),
  });
  // A wrong password is 401 too, and ends nothing.
  const refusals = ["session.refused", "session.code_required", "session.locked_out"];
  if ((response.status === 401 || response.status === 423) && !refusals.includes(problem.code)) onGate(response.status);
  return problem;
}

/** Awaits an openapi-fetch answer and gives the data or throws the problem. */
export async function take<T>(
  answer: Promise<{ data?: unknown; error?: unknown; response: Response }>,
): Promise<T> {
  let result;
  try {
    result = await answer;
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new Problem({ status: 0, code: "network", detail: i18n.t("error.network") });
  }
  if (!result.response.ok) throw await problemOf(result.response, result.error ?? {});
  return result.data as T;
}

/** Raw answers: files in and out, which openapi-fetch does not help with. */
export async function raw(method: string, url: string, body?: BodyInit): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(url, { method, body, headers: headers(method) });
  } catch {
    throw new Problem({ status: 0, code: "network", detail: i18n.t("error.network") });
  }
  if (!response.ok) throw await problemOf(response);
  return response;
}

/** The file name in Content-Disposition, also in its RFC 5987 form. */
export function fileName(response: Response, fallback: string): string {
  const header = response.headers.get("Content-Disposition") ?? "";
  const extended = /filename\*=UTF-8''([^;]+)/i.exec(header)?.[1];
  if (extended) {
    try {
      return decodeURIComponent(extended);
    } catch {
      // an ill-formed name falls through to the plain one
    }
  }
  return /filename="?([^";]+)"?/i.exec(header)?.[1] ?? fallback;
}

/** Saves a blob under a name. */
export function save(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/** Fetches a file and saves it. */
export async function download(url: string, fallback: string): Promise<void> {
  const response = await raw("GET", url);
  save(await response.blob(), fileName(response, fallback));
}

/** Some lists come bare, some inside `items`. */
export function listOf<T>(value: unknown): T[] {
  if (Array.isArray(value)) return value as T[];
  if (value && typeof value === "object" && Array.isArray((value as { items?: unknown }).items)) {
    return (value as { items: T[] }).items;
  }
  return [];
}
