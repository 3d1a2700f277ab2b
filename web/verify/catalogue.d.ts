/** What `vite.verify.config.ts` takes out of `catalog/` when the page is built. */
declare module "virtual:catalogue" {
  export const messages: Record<string, [zh: string, en: string]>;
  export const labels: Record<string, [zh: string, en: string]>;
}
