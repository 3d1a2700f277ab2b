/** What is in the package: records with their entries, disclosed fields and files; context, outside evidence, matrix, stamps. */
import type { Content } from "../engine/exam";
import type { Findings, Proven, Standing } from "../engine/findings";
import type { MatrixRow, RecordOf, Text } from "../engine/index";
import { isObject, type Json } from "../engine/json";
import type { Verdict } from "../time/token";
import { button, code, facts, folded, h, save, type Child } from "./dom";
import { tag } from "./result";
import { actLabel, current, fieldLabel, kindLabel, message, t, when } from "./texts";

/** With more records than this they stay folded. */
const OPEN_RECORDS = 3;

type ByEntry = Map<number, Proven>;

export function drawContent(content: Content, findings: Findings): HTMLElement[] {
  const words = t();
  const { index } = content;
  const proven: ByEntry = new Map(findings.proven.map((one) => [one.index, one]));
  const sections: HTMLElement[] = [];
  if (index.records.length > 0) {
    const records = index.records.map((record) => drawRecord(record, content, proven, index.records.length <= OPEN_RECORDS));
    sections.push(h("section", {}, h("h2", {}, `${words.records} · ${index.records.length}`), ...records));
  }
  if (index.matrix) {
    const points = index.matrix.points.map((point) => {
      const record = index.records.find((one) => one.id === point.record);
      const title = `${record?.label ?? record?.number ?? point.record} · ${point.point ?? words.wholeSecret}`;
      return folded([title], () => [h("ul", { class: "plain-list" }, ...point.rows.map(drawRow))], index.matrix!.points.length <= OPEN_RECORDS, "record");
    });
    sections.push(h("section", {}, h("h2", {}, words.matrix), h("p", { class: "quiet" }, words.matrixWhy), ...points));
  }
  if (index.outside.length > 0) {
    const pieces = index.outside.map((piece) =>
      h(
        "li",
        {},
        h("p", { class: "strong" }, piece.label),
        facts([[words.issuer, piece.issuer], [words.day, piece.day]], "facts tight"),
        ...piece.files.map((file) => drawFile(file.path, file.name, content, null)),
      ),
    );
    sections.push(h("section", {}, h("h2", {}, words.outside), h("p", { class: "quiet" }, words.outsideWhy), h("ul", { class: "plain-list" }, ...pieces)));
  }
  if (index.context.length > 0) {
    const list = () => [h("ol", { class: "entries" }, ...index.context.map((entry) => drawEntry(entry, "", content, proven)))];
    sections.push(h("section", {}, folded([`${words.context} · ${words.entriesCount(index.context.length)}`], list)));
  }
  return sections;
}

function drawRecord(record: RecordOf, content: Content, proven: ByEntry, open: boolean): HTMLElement {
  const words = t();
  const title = h("span", { class: "strong" }, record.label ?? record.number ?? kindLabel(record.kind));
  const more = [kindLabel(record.kind), record.label && record.number, record.grade && (words.grades[record.grade] ?? record.grade), words.entriesCount(record.entries.length)];
  const summary = [title, h("span", { class: "quiet" }, more.filter(Boolean).join(" · "))];
  return folded(
    summary,
    () => [
      facts([[words.id, code(record.id)]], "facts tight"),
      ...(record.points.length > 0 ? [h("h3", {}, words.points), h("ul", { class: "plain-list" }, ...record.points.map((point) => drawPoint(record, point, content, proven)))] : []),
      ...(record.files.length > 0 ? [h("h3", {}, words.files), ...record.files.map((file) => drawFile(file.path, file.name, content, proven.get(file.entry)?.files.includes(file.path) ?? false, file.entry))] : []),
      h("h3", {}, words.entriesCount(record.entries.length)),
      h("ol", { class: "entries" }, ...record.entries.map((entry) => drawEntry(entry, record.kind, content, proven))),
    ],
    open,
    "record",
  );
}

function drawPoint(record: RecordOf, point: RecordOf["points"][number], content: Content, proven: ByEntry): HTMLElement {
  const holds = proven.get(point.entry)?.opened.includes(point.field);
  const value = content.opened.get(point.entry)?.find((field) => field.name === point.field)?.value;
  return h("li", {}, h("p", {}, h("span", { class: "strong" }, point.label), " ", h("span", { class: "quiet" }, `${t().entry(point.entry)} · ${fieldLabel(record.kind, point.field)}`)), holds && value !== undefined ? drawValue(value) : h("span", { class: "tag bad" }, t().notProven));
}

/** A file with its digests. `holds` is nothing for evidence from outside, which no entry vouches for. */
function drawFile(path: string, name: string, content: Content, holds: boolean | null, entry?: number): HTMLElement {
  const words = t();
  const bytes = content.file(path);
  const digests = content.digests(path);
  return h(
    "div",
    { class: "file" },
    h("p", {}, h("span", { class: "strong" }, name), " ", h("span", { class: "quiet" }, bytes ? words.bytes(bytes.length.toLocaleString("en")) : ""), " ", holds !== null && h("span", { class: `tag ${holds ? "trusted" : "bad"}` }, holds ? words.fileGood : words.fileBad), entry !== undefined && h("span", { class: "quiet" }, ` ${words.entry(entry)}`)),
    facts([["SHA-256", code(digests.sha256)], ["SM3", code(digests.sm3)]], "facts tight"),
    bytes && h("div", { class: "row no-print" }, button(words.saveFile, () => save(path.slice(path.lastIndexOf("/") + 1), bytes))),
  );
}

function drawEntry(index: number, kind: string, content: Content, proven: ByEntry): HTMLElement {
  const words = t();
  const one = proven.get(index);
  const opened = content.opened.get(index) ?? [];
  const head = h("p", {}, h("span", { class: "strong" }, words.entry(index)), one && ` · ${kind === "" ? `${kindLabel(one.kind)} · ` : ""}${actLabel(one.act)}`, !one && h("span", { class: "tag bad" }, words.notProven));
  if (!one) return h("li", {}, head);
  const { time } = one;
  return h(
    "li",
    {},
    head,
    facts(
      [
        [words.noLater, time ? h("span", {}, when(time.no_later_than), words.by(time.authority), " ", tag(time.standing)) : h("span", { class: "tag claimed" }, words.noStamp)],
        [words.at, when(one.at)],
        [words.revision, one.revision?.toString()],
        [words.inTwin, one.twin && words.yes],
        [words.seenBy, one.cosigned.length > 0 && String(one.cosigned.length)],
      ],
      "facts tight",
    ),
    opened.length > 0 && h("div", { class: "disclosed" }, facts(opened.map((field): [string, Child] => [fieldLabel(kind, field.name), drawValue(field.value)]))),
  );
}

/** A disclosed value: texts as they are, objects and lists as lists; beyond some depth as it is written. */
function drawValue(value: Json, depth = 0): HTMLElement {
  if (typeof value === "string") return h("span", { class: "value" }, value);
  if (value === null || typeof value !== "object" || depth > 4) return h("code", { class: "value" }, JSON.stringify(value));
  if (isObject(value)) return facts(Object.entries(value).map(([name, inner]): [string, Child] => [Object.hasOwn(t().valueKeys, name) ? t().valueKeys[name]! : name, drawValue(inner, depth + 1)]), "facts tight value");
  return h("ul", { class: "value" }, ...value.map((inner) => h("li", {}, drawValue(inner, depth + 1))));
}

const both = (text: Text): string => (current() === "zh" ? text.zh : text.en);

function drawRow(row: MatrixRow): HTMLElement {
  const words = t();
  const items = row.items.map((item) => {
    const why = item.why_not && message(`package.why_not.${item.why_not}`);
    const about = [both(item.label), item.about, item.day, item.entry !== undefined && words.entry(item.entry)].filter(Boolean).join(" · ");
    return h("li", {}, h("span", { class: `tag ${item.counts ? "trusted" : "claimed"}` }, item.counts ? words.counts : words.countsNot), " ", about, why && h("span", { class: "quiet" }, ` ${why}`));
  });
  const missing = row.missing.map((one) => h("li", {}, h("span", { class: "tag bad" }, words.lacking), " ", both(one.text)));
  const nothing = items.length + missing.length === 0 && h("li", { class: "quiet" }, words.nothing);
  return h("li", {}, h("p", {}, h("span", { class: "strong" }, both(row.label)), " ", h("span", { class: "quiet" }, row.clause)), h("ul", { class: "plain-list" }, ...items, ...missing, nothing));
}

/** Time stamps, witnesses and seals in every detail. */
export function drawOutsiders(findings: Findings): HTMLElement[] {
  const words = t();
  const sections: HTMLElement[] = [];
  const detail = (title: string, standing: Standing, pairs: [string, Child][], verdicts: Verdict[]) =>
    folded([h("span", { class: "strong" }, title), tag(standing)], () => [facts(pairs, "facts tight"), ...verdicts.map((verdict, at) => h("div", { class: "token" }, at > 0 && h("h3", {}, `${words.renewal} ${at}`), drawVerdict(verdict)))], false, "record");
  if (findings.stamps.length > 0) {
    const stamps = findings.stamps.map((one) =>
      detail(`${words.stamp(one.number)} · ${when(one.time)} · ${one.authority}`, one.standing, [[words.size, words.covers(one.size)], [words.renewal, one.renewed_by.length > 0 && words.renewed(one.renewed_by.join(", "))], [words.ends, when(one.ends)]], one.verdicts),
    );
    sections.push(h("section", {}, h("h2", {}, words.stamps), ...stamps));
  }
  if (findings.sealed.length > 0) {
    const seals = findings.sealed.map((one) => detail(`${one.path} · ${when(one.verdict.time)}`, one.standing, [], [one.verdict]));
    sections.push(h("section", {}, h("h2", {}, words.seals), ...seals));
  }
  if (findings.cosigned.length > 0) {
    const seen = findings.cosigned.map((one) => detail(`${one.witness} · ${when(one.at)}`, one.standing, [[words.size, words.covers(one.size)], [words.key, code(one.vkey)]], []));
    sections.push(h("section", {}, h("h2", {}, words.cosigned), ...seen));
  }
  return sections;
}

function drawVerdict(verdict: Verdict): HTMLElement {
  const words = t();
  const { accuracy, algorithms } = verdict;
  const links = verdict.chain.map((link) => h("li", {}, link.subject, h("br"), code(link.fingerprint), h("br"), h("span", { class: "quiet" }, `${when(link.not_before)} – ${when(link.not_after)} · ${link.signature}`)));
  return facts(
    [
      [words.time, `${when(verdict.time)} (${verdict.time_text})`],
      [words.accuracy, accuracy && `± ${accuracy.seconds + accuracy.millis / 1000 + accuracy.micros / 1e6} s`],
      [words.authority, verdict.authority],
      [words.serial, code(verdict.serial)],
      [words.policy, code(verdict.policy)],
      [words.algorithm, `${algorithms.imprint} / ${algorithms.digest} / ${algorithms.signature}`],
      [words.chain, h("ol", { class: "chain" }, ...links)],
    ],
    "facts tight",
  );
}
