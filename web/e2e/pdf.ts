/** Documents for tests of the viewer. */

/** A PDF of some pages with words on each; the fonts are only named. */
export function pdf(pages: number): Buffer {
  const parts = ["<< /Type /Catalog /Pages 2 0 R >>", `<< /Type /Pages /Count ${pages} /Kids [${Array.from({ length: pages }, (_, n) => `${4 + 2 * n} 0 R`).join(" ")}] >>`, "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"];
  for (let n = 1; n <= pages; n++) {
    const text = `BT /F1 20 Tf 60 700 Td (Quench plan, sheet ${n}) Tj ET`;
    parts.push(`<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /Font << /F1 3 0 R >> >> /Contents ${5 + 2 * (n - 1)} 0 R >>`);
    parts.push(`<< /Length ${text.length} >>\nstream\n${text}\nendstream`);
  }
  let out = "%PDF-1.4\n";
  const at = parts.map((part, n) => {
    const begin = out.length;
    out += `${n + 1} 0 obj\n${part}\nendobj\n`;
    return begin;
  });
  const table = out.length;
  out += `xref\n0 ${parts.length + 1}\n0000000000 65535 f \n${at.map((n) => `${String(n).padStart(10, "0")} 00000 n \n`).join("")}trailer << /Size ${parts.length + 1} /Root 1 0 R >>\nstartxref\n${table}\n%%EOF`;
  return Buffer.from(out, "latin1");
}
