/** From the certificate of an authority to a root, as of the moment that the token states (RFC 5280 section 6, RFC 3161 section 2.3). */
import { equal } from "../engine/bytes";
import { Refusal } from "../engine/refusal";
import { checkIssued } from "./signature";
import { ANY_PURPOSE, covers, isSelfIssued, TIME_STAMPING, USAGE, type Certificate } from "./x509";

/** Most intermediate certificates, and most steps that are tried: certificates of one name would make the search long. */
const MAX_BETWEEN = 8;
const MAX_STEPS = 60;

const broken = (reason: string) => new Refusal("stamp.chain", { reason });

function dates(certificate: Certificate, at: string): void {
  if (covers(certificate, at)) return;
  const early = at < certificate.notBefore;
  const args = { subject: certificate.subjectText, at, limit: early ? certificate.notBefore : certificate.notAfter };
  throw new Refusal(early ? "stamp.not_yet_valid" : "stamp.expired", args);
}

/** For time stamps and nothing else, and says so as critical; it may sign. */
function purpose(signer: Certificate): void {
  const subject = signer.subjectText;
  const only = signer.purposes?.critical && signer.purposes.all.length > 0 && signer.purposes.all.every((one) => one === TIME_STAMPING);
  if (!only) throw new Refusal("stamp.purpose", { subject });
  if (signer.keyUsage !== null && !(signer.keyUsage & (USAGE.digitalSignature | USAGE.nonRepudiation))) throw new Refusal("stamp.key_usage", { subject });
}

/** Certificates that could stand between: those whose names lead upwards. */
function candidates(signer: Certificate, given: Certificate[]): Certificate[] {
  const found: Certificate[] = [];
  const wanted = [signer.issuer];
  for (let name = wanted.pop(); name; name = wanted.pop()) {
    for (const one of given) {
      if (!equal(one.subject, name) || isSelfIssued(one) || found.length >= MAX_BETWEEN || found.some((other) => equal(other.raw, one.raw))) continue;
      found.push(one);
      wanted.push(one.issuer);
    }
  }
  return found;
}

/** What a certificate says about itself that no chain may have. */
function inForm(certificate: Certificate): void {
  if (!certificate.isV3) throw broken("version");
  if (!certificate.sameAlgorithm) throw broken("signatureAlgorithm");
  if (certificate.unknownCritical) throw broken("criticalExtension");
}

/** Whether this issuer, with so many certificates of authorities below it, may have issued what is below. */
function mayIssue(issuer: Certificate, below: Certificate[], isRoot: boolean, at: string): void {
  if (!isRoot) {
    dates(issuer, at);
    inForm(issuer);
    if (!issuer.authority?.isCa) throw broken("basicConstraints");
    const limit = issuer.authority.pathLength;
    if (limit !== undefined && below.length - 1 > limit) throw broken("pathLenConstraint");
    if (issuer.purposes && !issuer.purposes.all.some((one) => one === TIME_STAMPING || one === ANY_PURPOSE)) throw broken("extKeyUsage");
  }
  // Constraints on names of hosts and mailboxes bind nobody here; any other, and any name to which they could apply, is not understood.
  const harmless = issuer.nameConstraints === null || (issuer.nameConstraints.every((kind) => [0x81, 0x82, 0x86, 0x87].includes(kind)) && !below.some((one) => one.hasAlternativeNames));
  if (!harmless) throw broken("nameConstraints");
}

/** Which certificate signed which, by fingerprints: the stamps of one authority ask the same again and again. */
const issued = new Map<string, boolean>();

function isIssuedBy(certificate: Certificate, issuer: Certificate): boolean {
  const pair = `${certificate.fingerprint}/${issuer.fingerprint}`;
  const known = issued.get(pair) ?? checkIssued(certificate, issuer) !== null;
  if (issued.size > 10_000) issued.clear();
  issued.set(pair, known);
  return known;
}

/**
 * Finds a path upwards by names, and checks its signatures once it ends at a root: certificates that lead nowhere are no reason to
 * refuse. A refusal of one way does not close the others.
 */
function search(path: Certificate[], between: Certificate[], roots: Certificate[], at: string, budget = { left: MAX_STEPS }): Certificate[] | Refusal | null {
  const last = path.at(-1)!;
  let refused: Refusal | null = null;
  const ways = [...roots.map((one) => ({ one, isRoot: true })), ...between.map((one) => ({ one, isRoot: false }))];
  for (const { one, isRoot } of ways) {
    if (!equal(one.subject, last.issuer) || path.some((other) => equal(other.raw, one.raw))) continue;
    if (budget.left === 0) return broken("length");
    budget.left -= 1;
    try {
      mayIssue(one, path, isRoot, at);
      const longer = [...path, one];
      if (isRoot) {
        if (!path.every((certificate, place) => isIssuedBy(certificate, longer[place + 1]!))) throw new Refusal("stamp.chain_signature");
        return longer;
      }
      const found = search(longer, between, roots, at, budget);
      if (Array.isArray(found)) return found;
      refused = found ?? refused;
    } catch (thrown) {
      if (!(thrown instanceof Refusal)) throw thrown;
      refused = thrown.code === "stamp.algorithm" ? broken("signatureAlgorithm") : thrown;
    }
  }
  return refused;
}

/** The path to a root, the authority's certificate first; nothing when it leads to none of the roots. Anything wrong is refused. */
export function pathTo(signer: Certificate, given: Certificate[], roots: Certificate[], at: string): Certificate[] | null {
  dates(signer, at);
  purpose(signer);
  if (roots.some((root) => equal(root.raw, signer.raw))) return [signer];
  const between = candidates(signer, given);
  const inForce = roots.filter((root) => covers(root, at));
  const found = search([signer], between, inForce, at);
  if (found instanceof Refusal) throw found;
  if (found === null) {
    // A root counts only within its dates: say so if that is what is missing.
    const late = search([signer], between, roots, at);
    if (Array.isArray(late)) dates(late.at(-1)!, at);
    return null;
  }
  inForm(signer);
  if (signer.authority === null || signer.authority.isCa) throw broken("basicConstraints");
  const unfit = found.slice(1).find((one) => one.keyUsage !== null && !(one.keyUsage & USAGE.keyCertSign));
  if (unfit) throw new Refusal("stamp.key_usage", { subject: unfit.subjectText });
  return found;
}
