/** Start: the language first, then the page. */
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app";
import { startI18n } from "./i18n";
import "./styles.css";

const nonce = document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content;

if (nonce && nonce !== "__CSP_NONCE__") {
  // Some components measure scroll bars with a style element of their own and know no nonce.
  const create = document.createElement.bind(document);
  document.createElement = ((name: string, options?: ElementCreationOptions) => {
    const element = create(name, options);
    if (element instanceof HTMLStyleElement) element.nonce = nonce;
    return element;
  }) as typeof document.createElement;
}

void startI18n().then(() => {
  const root = document.getElementById("root");
  if (root) {
    createRoot(root).render(
      <StrictMode>
        <App nonce={nonce && nonce !== "__CSP_NONCE__" ? nonce : undefined} />
      </StrictMode>,
    );
  }
});
