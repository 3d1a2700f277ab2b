/** The verdict, what is wrong, what is proven, what is only claimed, and on whose word. */
import type { Answer } from "../engine/exam";
import { type Claim, type Fault, type Findings, type Standing } from "../engine/findings";
import { button, code, facts, folded, h, save, type Child } from "./dom";
import { drawContent, drawOutsiders } from "./records";
import { message, faultText, t, when } from "./texts";

export interface Checked {
  fileName: string;
  size: number;
  seconds: string;
  answer: Answer;
}

export const tag = (standing: Standing): HTMLElement => h("span", { class: `tag ${standing}` }, t().standing[standing]);

export function drawResult(checked: Checked): HTMLElement[] {
  const { findings, content } = checked.answer;
  const parts = [drawVerdict(checked)];
  if (findings.faults.length > 0) parts.push(drawFaults(findings));
  if (findings.ledger || findings.stamps.length > 0 || findings.cosigned.length > 0) parts.push(drawWords(findings));
  if (content) parts.push(drawProven(findings));
  if (findings.claimed.length > 0) parts.push(drawClaims(findings));
  if (content) parts.push(...drawContent(content, findings));
  parts.push(...drawOutsiders(findings));
  return parts;
}

/** One sentence: the verdict's reason. */
export function verdictWhy(findings: Findings): string {
  const words = t();
  if (findings.outcome === "damaged") return findings.first?.kind === "archive" ? words.damagedArchive : words.damagedWhy;
  if (findings.outcome === "unreadable") return words.unreadableWhy;
  if (!restsOnReader(findings)) return words.wholeClaimed;
  return findings.stamps.length === 0 ? words.wholeNoTime : words.wholeTrusted;
}

/** Whether every key and authority is one that the reader has from elsewhere. */
function restsOnReader(findings: Findings): boolean {
  return [findings.ledger, findings.twin, ...findings.stamps].every((one) => !one || one.standing === "trusted");
}

function drawVerdict({ fileName, size, seconds, answer }: Checked): HTMLElement {
  const { findings, content } = answer;
  const words = t();
  const matter = content?.index.matter;
  const title = h("h2", { tabindex: "-1", id: "verdict" }, h("span", { class: "mark", "aria-hidden": "true" }, findings.outcome === "whole" ? "✓" : "✕"), words[findings.outcome], findings.outcome === "whole" && !restsOnReader(findings) && h("span", { class: "tag claimed" }, words.toConfirm));
  const actions = h(
    "div",
    { class: "row no-print" },
    button(words.save, () => save(`${fileName.replace(/\.zip$/i, "")}.findings.json`, new TextEncoder().encode(`${JSON.stringify(findings, null, 2)}\n`), "application/json")),
    button(words.print, () => window.print()),
  );
  const about = facts([
    [words.checkedFile, `${fileName} · ${words.bytes(size.toLocaleString("en"))} · ${words.took(seconds)}`],
    [words.matter, matter?.name],
    [words.caseNo, matter?.case_no],
    [words.allegedOn, matter?.alleged_on],
    [words.company, content?.index.company],
    [words.madeBy, content && `${content.index.made_by} · ${when(content.index.made_at)} · ${content.index.software}`],
    [words.asOf, content && when(content.index.as_of)],
  ]);
  return h("section", { class: `verdict ${findings.outcome}` }, title, h("p", {}, verdictWhy(findings)), about, actions);
}

function drawFault(fault: Fault): HTMLElement {
  const { where } = t();
  const cause = fault.cause && fault.cause.code !== fault.code ? message(fault.cause.code, fault.cause.args) : undefined;
  return h(
    "div",
    { class: "fault" },
    h("p", { class: "strong" }, faultText(fault)),
    facts(
      [
        [where.path, fault.path && code(fault.path)],
        [where.entry, fault.entry?.toString()],
        [where.field, fault.field && code(fault.field)],
        [where.part, fault.part && code(fault.part)],
        [where.cause, cause],
      ],
      "facts tight",
    ),
  );
}

function drawFaults({ first, faults }: Findings): HTMLElement {
  const words = t();
  const rest = faults.slice(1);
  return h(
    "section",
    { class: "faults" },
    h("h2", {}, words.first),
    first && drawFault(first),
    rest.length > 0 && folded([words.more(rest.length)], () => [faults.length >= 200 && h("p", {}, words.andMore), ...rest.map(drawFault)]),
  );
}

/** On whose word it rests: ledger, twin, authorities, witnesses, each with its standing. */
function drawWords(findings: Findings): HTMLElement {
  const words = t();
  const tree = (one: NonNullable<Findings["ledger"]>): Child =>
    h("div", {}, h("span", { class: "name" }, one.origin), tag(one.standing), facts([[words.key, code(one.vkey)], [words.size, String(one.size)], [words.root, code(one.root)]], "facts tight"));
  const unique = (list: { name: string; standing: Standing }[]): Child => {
    const seen = new Map(list.map((one) => [`${one.name}\0${one.standing}`, one]));
    return h("div", {}, ...[...seen.values()].map((one) => h("div", {}, h("span", { class: "name" }, one.name), tag(one.standing))));
  };
  const stamps = [...findings.stamps.map((one) => ({ name: one.authority, standing: one.standing })), ...findings.sealed.map((one) => ({ name: one.verdict.authority, standing: one.standing }))];
  const witnesses = findings.cosigned.map((one) => ({ name: one.witness, standing: one.standing }));
  return h(
    "section",
    {},
    h("h2", {}, words.byWhom),
    facts(
      [
        [words.ledger, findings.ledger && tree(findings.ledger)],
        [words.twin, findings.twin && tree(findings.twin)],
        [words.authority, stamps.length > 0 ? unique(stamps) : words.noTime],
        [words.witness, witnesses.length > 0 ? unique(witnesses) : words.noWitness],
      ],
      "facts wide",
    ),
  );
}

function drawProven(findings: Findings): HTMLElement {
  const words = t();
  const { proven, ledger, sealed } = findings;
  const count = (holds: (one: Findings["proven"][number]) => boolean) => proven.filter(holds).length;
  const times = proven.flatMap((one) => one.time?.no_later_than ?? []).sort();
  const fields = proven.reduce((sum, one) => sum + one.opened.length, 0);
  const files = proven.reduce((sum, one) => sum + one.files.length, 0);
  const ahead = count((one) => one.clock_ahead);
  if (proven.length === 0) return h("section", {}, h("h2", {}, words.proven), h("p", {}, words.provenNone));
  const lines = [
    words.provenEntries(proven.length, ledger?.size ?? 0),
    times.length > 0 && words.provenTimed(times.length, when(times[0]!), when(times.at(-1)!)),
    proven.length > times.length && words.provenUntimed(proven.length - times.length),
    count((one) => one.twin) > 0 && words.provenTwin(count((one) => one.twin)),
    count((one) => one.cosigned.length > 0) > 0 && words.provenWitness(count((one) => one.cosigned.length > 0)),
    fields + files > 0 && words.provenOpened(fields, files),
    ...sealed.map((seal) => words.provenSeal(when(seal.verdict.time))),
    ahead > 0 && words.clockAhead(ahead),
  ];
  return h("section", {}, h("h2", {}, words.proven), h("ul", { class: "proven" }, ...lines.filter((line) => line !== false).map((line) => h("li", {}, line))));
}

/** Keys and authorities first: they are what the reader can do something about. */
const CLAIM_ORDER = ["key", "authority", "witness", "time", "outside", "matrix", "paper", "label", "company", "made"];

function drawClaims({ claimed }: Findings): HTMLElement {
  const words = t();
  const rank = (claim: Claim) => CLAIM_ORDER.indexOf(claim.code.replace("package.claim.", ""));
  const sorted = [...claimed].sort((a, b) => rank(a) - rank(b));
  const shown = new Set(sorted.map((claim) => message(claim.code, { path: claim.path, value: readable(claim.value) })));
  const list = (lines: string[]) => h("ul", {}, ...lines.map((line) => h("li", {}, line)));
  const lines = [...shown];
  const few = lines.slice(0, 6);
  return h("section", {}, h("h2", {}, words.claimed), list(few), lines.length > few.length && folded([words.rest(lines.length - few.length)], () => [list(lines.slice(few.length))]));
}

/** Instants inside a value as people read them. */
const readable = (value: string): string => value.replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z/g, when);

