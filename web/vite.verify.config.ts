/** Build of the offline page: one HTML file with its script and style inside, permitted by their digests and nothing else. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { defineConfig, type Plugin } from "vite";

import { readLabels, readMessages } from "./verify/build/catalogue";

const VIRTUAL = "virtual:catalogue";

function catalogue(): Plugin {
  return {
    name: "catalogue",
    resolveId: (id) => (id === VIRTUAL ? `\0${VIRTUAL}` : undefined),
    load: (id) => (id === `\0${VIRTUAL}` ? `export const messages = ${JSON.stringify(readMessages())}; export const labels = ${JSON.stringify(readLabels())};` : undefined),
  };
}

/** The licences of the libraries inside, which want to go along. */
function licences(): string {
  const texts = ["@noble/hashes", "@noble/curves", "fflate"].map((name) => {
    const text = readFileSync(new URL(`node_modules/${name}/LICENSE`, import.meta.url), "utf8");
    return `${name}\n\n${text.trim()}`;
  });
  // Two hyphens would end the comment.
  return texts.join("\n\n").replaceAll(/-(?=-)/g, "- ");
}

/** Puts the script and the style into the page, and their digests into its policy. */
function oneFile(): Plugin {
  return {
    name: "one-file",
    enforce: "post",
    generateBundle(_, bundle) {
      const only = (ending: string) => {
        const names = Object.keys(bundle).filter((name) => name.endsWith(ending));
        if (names.length !== 1) throw new Error(`one ${ending} expected, found ${names.length}`);
        return bundle[names[0]!]!;
      };
      const [page, script, style] = [only(".html"), only(".js"), only(".css")];
      if (page.type !== "asset" || script.type !== "chunk" || style.type !== "asset") throw new Error("unexpected output");
      if (script.imports.length > 0 || script.dynamicImports.length > 0) throw new Error("the script imports something");
      // Inside a script element only these could end it.
      const code = script.code.trim().replaceAll("</script", "<\\/script").replaceAll("<!--", "<\\!--");
      const css = String(style.source).trim();
      const digest = (text: string) => `'sha256-${createHash("sha256").update(text, "utf8").digest("base64")}'`;
      const policy = `default-src 'none'; script-src ${digest(code)}; style-src ${digest(css)}; base-uri 'none'; form-action 'none'`;
      const html = String(page.source)
        .replace(/<script type="module"[^>]*><\/script>\s*/, "")
        .replace(/<link rel="stylesheet"[^>]*>\s*/, "")
        .replace("__POLICY__", () => policy)
        .replace("</head>", () => `<style>${css}</style>\n</head>`)
        .replace("</body>", () => `<script type="module">${code}</script>\n</body>`)
        .replace("</html>", () => `</html>\n<!--\nThis page contains:\n\n${licences()}\n-->`);
      if (/\s(src|href)=/.test(html.replace(/<(script|style)[^]*?<\/\1>/g, ""))) throw new Error("the page points elsewhere");
      page.source = html;
      delete bundle[script.fileName];
      delete bundle[style.fileName];
    },
  };
}

export default defineConfig({
  root: fileURLToPath(new URL("verify", import.meta.url)),
  publicDir: false,
  plugins: [catalogue(), oneFile()],
  build: {
    target: "es2022",
    outDir: fileURLToPath(new URL("dist", import.meta.url)),
    emptyOutDir: false,
    modulePreload: false,
    cssCodeSplit: false,
    rolldownOptions: { input: fileURLToPath(new URL("verify/verify.html", import.meta.url)) },
  },
});
