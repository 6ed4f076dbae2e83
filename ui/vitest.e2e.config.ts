import { defineConfig } from "vitest/config";

// `--mode pictures` takes pictures instead of testing.
export default defineConfig(({ mode }) => ({
  test: {
    include: mode === "pictures" ? ["e2e/pictures.ts"] : ["e2e/**/*.e2e.ts"],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    fileParallelism: false,
  },
}));
