/** The page: files in, findings out. It connects to nothing; its policy would not let it. */
import "./style.css";

import { digests } from "../engine/hash";
import { verify, type Answer, type Pace, type Trusted } from "../engine/exam";
import { readKey } from "../engine/note";
import { attempt, Refusal } from "../engine/refusal";
import { readPem } from "../time/x509";
import { drawCertificate, drawSingle, readFragment, type Certificate, type Single } from "./certificate";
import { byId, unfold } from "./dom";
import { drawResult, verdictWhy, type Checked } from "./result";
import { current, message, setLang, t } from "./texts";

/** The largest archive that is read, with some room for what the ZIP adds to 1 GiB of contents. */
const MAX_ARCHIVE = 2 ** 30 + 2 ** 27;

interface State {
  loaded: { name: string; bytes: Uint8Array } | null;
  checked: Checked | null;
  certificate: Certificate | "bad" | null;
  single: Single | null;
  /** The last problem with a file, as a key of the texts. */
  trouble: "tooLarge" | "readFailed" | "defect" | null;
  /** Counts up with each check, so that an older one that ends late is dropped. */
  run: number;
}

const state: State = { loaded: null, checked: null, certificate: null, single: null, trouble: null, run: 0 };

/** Gives the browser a turn when 25 ms of work are done. A message comes back at once, a timer in a hidden page only each second. */
function pacer(show: (share: number) => void): Pace {
  let since = performance.now();
  return async (share) => {
    if (performance.now() - since < 25) return;
    show(share);
    await new Promise<void>((resolve) => {
      const channel = new MessageChannel();
      channel.port1.onmessage = () => {
        channel.port1.close();
        resolve();
      };
      channel.port2.postMessage(null);
    });
    since = performance.now();
  };
}

/** The keys and roots that the reader entered; what cannot be read is said beside its field and left out. */
function trusted(): Trusted {
  const keys: Trusted["keys"] = [];
  const wrong: string[] = [];
  byId<HTMLTextAreaElement>("keys").value.split("\n").forEach((line, at) => {
    if (line.trim() === "" || line.trim().startsWith("#")) return;
    const key = attempt(() => readKey(line));
    if (key instanceof Refusal) wrong.push(t().keyBad(at + 1, message(key.code, key.args)));
    else keys.push(key);
  });
  byId("keys-error").textContent = wrong.join(" ");
  const pem = byId<HTMLTextAreaElement>("roots").value;
  const roots = pem.trim() === "" ? [] : attempt(() => readPem(new TextEncoder().encode(pem)));
  byId("roots-error").textContent = roots instanceof Refusal ? message(roots.code) : "";
  return { keys, roots: roots instanceof Refusal ? [] : roots };
}

async function check(): Promise<void> {
  const { loaded } = state;
  const trust = trusted();
  if (!loaded) return;
  state.run += 1;
  const { run } = state;
  state.trouble = null;
  const bar = byId<HTMLProgressElement>("progress");
  bar.value = 0;
  byId("working").hidden = false;
  const began = performance.now();
  const pace = pacer((share) => (bar.value = share));
  let answer: Answer | null = null;
  try {
    answer = await verify(loaded.bytes, trust, pace);
  } catch {
    if (run === state.run) state.trouble = "defect";
  }
  if (run !== state.run) return;
  byId("working").hidden = true;
  state.checked = answer && { fileName: loaded.name, size: loaded.bytes.length, seconds: ((performance.now() - began) / 1000).toFixed(2), answer };
  draw();
  byId("said").textContent = answer ? `${t()[answer.findings.outcome]}。${verdictWhy(answer.findings)}` : "";
  document.getElementById("verdict")?.focus();
}

async function bytesOf(file: File): Promise<Uint8Array | null> {
  state.trouble = file.size > MAX_ARCHIVE ? "tooLarge" : null;
  if (state.trouble) return null;
  try {
    return new Uint8Array(await file.arrayBuffer());
  } catch {
    state.trouble = "readFailed";
    return null;
  }
}

async function openPackage(file: File): Promise<void> {
  const bytes = await bytesOf(file);
  state.loaded = bytes && { name: file.name, bytes };
  state.checked = null;
  draw();
  if (bytes) await check();
}

async function openSingle(file: File): Promise<void> {
  const bytes = await bytesOf(file);
  if (bytes) {
    const pace = pacer(() => undefined);
    const made = await digests(bytes, () => pace(0));
    state.single = { name: file.name, size: bytes.length, ...made };
  }
  draw();
}

function draw(): void {
  const words = t();
  document.documentElement.lang = current() === "zh" ? "zh-CN" : "en";
  document.title = words.title;
  for (const element of document.querySelectorAll<HTMLElement>("[data-t]")) element.textContent = words[element.dataset.t as "title"];
  const language = byId("language");
  language.textContent = words.language;
  language.lang = current() === "zh" ? "en" : "zh-CN";
  byId("working-text").textContent = words.working;
  const answer = state.checked?.answer ?? null;
  const certificate = byId("certificate");
  certificate.hidden = state.certificate === null;
  certificate.replaceChildren(...(state.certificate ? drawCertificate(state.certificate, answer) : []));
  const trouble = state.trouble ? [Object.assign(document.createElement("p"), { className: "error", textContent: words[state.trouble] })] : [];
  trouble.forEach((one) => one.setAttribute("role", "alert"));
  byId("result").replaceChildren(...trouble, ...(state.checked ? drawResult(state.checked) : []));
  const known = state.certificate === "bad" ? null : state.certificate;
  byId("single-result").replaceChildren(...(state.single ? drawSingle(state.single, known, answer) : []));
}

/** A zone with a file chooser inside that also takes what is dropped on it. */
function zone(id: string, take: (file: File) => Promise<void>): void {
  const input = byId<HTMLInputElement>(id);
  const area = input.closest<HTMLElement>("label")!;
  input.addEventListener("change", () => {
    const file = input.files?.[0];
    // The same file may be chosen again.
    input.value = "";
    if (file) void take(file);
  });
  area.addEventListener("dragover", () => area.classList.add("over"));
  area.addEventListener("dragleave", () => area.classList.remove("over"));
  area.addEventListener("drop", (event) => {
    area.classList.remove("over");
    const file = event.dataTransfer?.files[0];
    if (file) void take(file);
  });
}

zone("package", openPackage);
zone("file", openSingle);
zone("roots-file", async (file) => {
  byId<HTMLTextAreaElement>("roots").value = file.size < 2 ** 22 ? await file.text() : "";
  await check();
});
for (const name of ["dragover", "drop"]) document.addEventListener(name, (event) => event.preventDefault());
byId("again").addEventListener("click", () => void check());
byId("language").addEventListener("click", () => {
  setLang(current() === "zh" ? "en" : "zh");
  draw();
});
// What is folded up has not been drawn yet; paper shows it all.
window.addEventListener("beforeprint", () => unfold(byId("result")));
const readAddress = () => {
  state.certificate = readFragment(location.hash);
  draw();
};
window.addEventListener("hashchange", readAddress);
readAddress();
