/** A certificate that came by QR code (`#entry=…&sha256=…&size=…&root=…`), and single files, held against the open package. */
import { base64, hex, text, unbase64, type Bytes } from "../engine/bytes";
import type { Answer, Content } from "../engine/exam";
import type { Findings } from "../engine/findings";
import { sha256 } from "../engine/hash";
import { code, facts, h } from "./dom";
import { t } from "./texts";

export interface Certificate {
  entry: number;
  /** Of the file, or of the entry's bytes. */
  sha256: string;
  size: number;
  root: string;
}

/** What a fragment says; nothing when it is empty, `"bad"` when it is not in form. */
export function readFragment(fragment: string): Certificate | "bad" | null {
  if (fragment.replace("#", "") === "") return null;
  const said = new URLSearchParams(fragment.replace("#", ""));
  const number = (name: string) => (/^(0|[1-9]\d{0,14})$/.test(said.get(name) ?? "") ? Number(said.get(name)) : null);
  const [entry, size] = [number("entry"), number("size")];
  const digest = said.get("sha256") ?? "";
  const written = (said.get("root") ?? "").replaceAll("-", "+").replaceAll("_", "/").replace(/=+$/, "");
  const root = unbase64(written.padEnd(Math.ceil(written.length / 4) * 4, "="));
  const inForm = entry !== null && size !== null && entry < size && /^[0-9a-f]{64}$/.test(digest) && root?.length === 32;
  return inForm ? { entry, size, sha256: digest, root: base64(root) } : "bad";
}

/** A file of the package by its digest, and whether it is proven and by which entry. */
function fileOf(digest: string, content: Content, findings: Findings): { name: string; entry: number; proven: boolean } | undefined {
  for (const record of content.index.records) {
    for (const file of record.files) {
      if (file.sha256 !== digest) continue;
      const proven = findings.proven.some((one) => one.index === file.entry && one.files.includes(file.path));
      return { name: file.name, entry: file.entry, proven };
    }
  }
  return undefined;
}

/** Roots of the checkpoints that hold: the package's own, stamped and cosigned ones. */
function rootsOf({ index: _, file }: Content, findings: Findings): Map<number, string> {
  const roots = new Map<number, string>();
  const line = (path: string): string | undefined => text(file(path) ?? new Uint8Array())?.split("\n")[2];
  for (const one of findings.stamps) roots.set(one.size, line(`data/stamps/${one.number}.note`) ?? "");
  for (const one of findings.cosigned) roots.set(one.size, line(`data/cosigned/${one.number}.note`) ?? "");
  if (findings.ledger) roots.set(findings.ledger.size, findings.ledger.root);
  return roots;
}

const remark = (good: boolean | null, line: string) => h("li", { class: good === null ? "open" : good ? "good" : "bad" }, line);

export function drawCertificate(certificate: Certificate | "bad", answer: Answer | null): HTMLElement[] {
  const words = t();
  const head = h("h2", {}, words.certificateTitle);
  if (certificate === "bad") return [head, h("p", { class: "error" }, words.certificateBad)];
  const said = facts([
    [words.certEntry, String(certificate.entry)],
    [words.certDigest, code(certificate.sha256)],
    [words.certTree, h("span", {}, words.certSize(certificate.size), " · ", code(certificate.root))],
  ]);
  if (!answer?.content) return [head, h("p", { class: "quiet" }, words.certificateWhy), said];
  const { content, findings } = answer;
  const remarks: HTMLElement[] = [];
  const proven = findings.proven.some((one) => one.index === certificate.entry);
  remarks.push(remark(proven, proven ? words.certInside : words.certOutside));
  const file = fileOf(certificate.sha256, content, findings);
  const entryBytes = content.file(`data/entries/${certificate.entry}.json`);
  if (proven && file?.proven && file.entry === certificate.entry) remarks.push(remark(true, words.certFile(file.name)));
  else if (proven && entryBytes && hex(sha256(entryBytes)) === certificate.sha256) remarks.push(remark(true, words.certEntryDigest));
  else remarks.push(remark(false, file ? words.certFileElsewhere(file.name) : words.certNoFile));
  const root = rootsOf(content, findings).get(certificate.size);
  if (root === undefined) remarks.push(remark(null, words.certRootUnknown));
  else remarks.push(remark(root === certificate.root, root === certificate.root ? words.certRoot : words.certRootOther));
  return [head, said, h("ul", { class: "remarks" }, ...remarks)];
}

export interface Single {
  name: string;
  size: number;
  sha256: Bytes;
  sm3: Bytes;
}

export function drawSingle(single: Single, certificate: Certificate | null, answer: Answer | null): HTMLElement[] {
  const words = t();
  const digest = hex(single.sha256);
  const remarks: HTMLElement[] = [];
  if (certificate) {
    const same = certificate.sha256 === digest;
    remarks.push(remark(same, same ? words.singleIs.certificate : words.singleIs.notCertificate));
  }
  if (answer?.content) {
    const { content, findings } = answer;
    const file = fileOf(digest, content, findings);
    const outside = content.index.outside.flatMap((one) => one.files).find((one) => one.sha256 === digest && content.digests(one.path).sha256 === digest);
    if (file) remarks.push(remark(file.proven, file.proven ? words.singleIs.disclosed(file.name) : words.singleIs.unproven(file.name)));
    else if (outside) remarks.push(remark(null, words.singleIs.outside(outside.name)));
    else remarks.push(remark(false, words.singleIs.none));
  }
  const said = facts([
    [words.checkedFile, `${single.name} · ${words.bytes(single.size.toLocaleString("en"))}`],
    ["SHA-256", code(digest)],
    ["SM3", code(hex(single.sm3))],
  ]);
  return [said, h("ul", { class: "remarks" }, ...remarks)];
}
