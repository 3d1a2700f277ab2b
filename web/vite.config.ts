/** Build of the console: split by route, no inline scripts, nothing fetched from elsewhere. */
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

const server = process.env.JINGUI_URL ?? "http://127.0.0.1:8787";

export default defineConfig({
  plugins: [react()],
  build: {
    target: "es2022",
    sourcemap: false,
    manifest: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 900,
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [{ name: "react", test: /node_modules[\\/](react|react-dom|scheduler)[\\/]/ }],
        },
      },
    },
  },
  // The host as the browser wrote it: the server refuses what comes from another origin.
  server: { proxy: { "/api": { target: server, changeOrigin: false } } },
  // The offline page is built on its own (vite.verify.config.ts).
  optimizeDeps: { entries: ["index.html"] },
  test: { environment: "node", include: ["tests/**/*.test.ts", "tests/**/*.test.tsx"] },
});
