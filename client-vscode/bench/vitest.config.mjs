import { defineConfig } from "vitest/config";

export default defineConfig({
  // Node 20 knows no `using` yet.
  oxc: { target: "node20" },
  test: {
    include: ["bench/**/*.bench.ts"],
    pool: "forks",
    execArgv: ["--expose-gc"],
    fileParallelism: false,
    disableConsoleIntercept: true,
    testTimeout: 900_000,
  },
});
