import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vite";

// The window's own policy, so that a build served by a plain server is held to the same rules.
const policy =
  "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'";

export default defineConfig({
  plugins: [svelte()],
  build: { target: "safari16", assetsInlineLimit: 0 },
  server: { port: 5175, strictPort: false },
  preview: { headers: { "Content-Security-Policy": policy } },
});
