/** Passkeys between browser and server: base64url one way, bytes the other (W3C Web Authentication). */
import { http, listOf, take } from "./client";

export interface Passkey {
  id: string;
  name: string;
  created: string;
  last_used?: string | null;
  synced: boolean;
}
export interface PasskeyAnswer {
  id: string;
  client_data: string;
  authenticator_data: string;
  signature: string;
  user?: string;
}

const bytes = (text: string) =>
  Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
const text = (buffer: ArrayBuffer) =>
  btoa(Array.from(new Uint8Array(buffer), (b) => String.fromCharCode(b)).join("")).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

/** Browsers know passkeys over https and on the machine itself, and for names only, never for a bare address. */
export const passkeysWork = () => window.isSecureContext && !/^[\d.]+$|:/.test(location.hostname) && typeof PublicKeyCredential === "function";

/** The person closed the browser's dialog, or let it wait too long. */
export const wasCancelled = (error: unknown) => error instanceof DOMException && ["NotAllowedError", "AbortError"].includes(error.name);

export const listPasskeys = async () => listOf<Passkey>(await take(http.GET("/api/me/passkeys")));

export const removePasskey = (id: string, password: string) =>
  take<void>(http.POST("/api/me/passkeys/{id}/remove", { params: { path: { id } }, body: { password } }));

/** Asks the browser for a new passkey and hands it in. */
export async function addPasskey(name: string, password: string): Promise<Passkey> {
  const offer = await take<{
    challenge: string; rp_id: string; user_id: string; login: string; name: string; algorithms: number[]; known: string[]; seconds: number;
  }>(http.POST("/api/me/passkeys/begin", { body: { password } }));
  const made = (await navigator.credentials.create({
    publicKey: {
      challenge: bytes(offer.challenge),
      rp: { id: offer.rp_id, name: "金匮 Jingui" },
      user: { id: bytes(offer.user_id), name: offer.login, displayName: offer.name || offer.login },
      pubKeyCredParams: offer.algorithms.map((alg) => ({ type: "public-key", alg })),
      excludeCredentials: offer.known.map((id) => ({ type: "public-key", id: bytes(id) })),
      authenticatorSelection: { residentKey: "required", requireResidentKey: true, userVerification: "required" },
      attestation: "none",
      timeout: offer.seconds * 1000,
    },
  })) as PublicKeyCredential | null;
  if (!made) throw new DOMException("", "NotAllowedError");
  const response = made.response as AuthenticatorAttestationResponse;
  const body = { name, client_data: text(response.clientDataJSON), attestation: text(response.attestationObject) };
  return take<Passkey>(http.POST("/api/me/passkeys", { body }));
}

/** Asks the browser for a passkey of this site; whose it is, only the server sees. */
export async function askPasskey(): Promise<PasskeyAnswer> {
  const question = await take<{ challenge: string; rp_id: string; seconds: number }>(http.POST("/api/session/passkey/begin", {}));
  const got = (await navigator.credentials.get({
    publicKey: { challenge: bytes(question.challenge), rpId: question.rp_id, userVerification: "required", timeout: question.seconds * 1000 },
  })) as PublicKeyCredential | null;
  if (!got) throw new DOMException("", "NotAllowedError");
  const response = got.response as AuthenticatorAssertionResponse;
  return {
    id: text(got.rawId),
    client_data: text(response.clientDataJSON),
    authenticator_data: text(response.authenticatorData),
    signature: text(response.signature),
    user: response.userHandle ? text(response.userHandle) : undefined,
  };
}
