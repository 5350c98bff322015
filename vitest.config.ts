import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: { alias: { "#platform": new URL("./src/platform/node.ts", import.meta.url).pathname } },
  test: {
    include: ["src/**/*.test.ts", "test/**/*.test.ts", "models/**/*.test.ts", "apps/**/*.test.ts"],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    pool: "forks",
  },
});
