import { defineConfig } from "vitest/config";

export default defineConfig({
  // Node 20 knows no `using` yet.
  oxc: { target: "node20" },
  test: {
    // What is late fails; a machine that is busy only is slow.
    testTimeout: 180_000,
    hookTimeout: 180_000,
    projects: [
      { extends: true, test: { name: "unit", include: ["test/unit/**/*.test.ts"], pool: "threads" } },
      {
        extends: true,
        test: {
          name: "wire",
          include: ["test/wire/**/*.test.ts"],
          pool: "forks",
          // Each file has a daemon of its own, and they come when the unit tests are through.
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
      // Makes the .vsix and a whole Python environment of it: minutes.
      { extends: true, test: { name: "package", include: ["test/package/**/*.test.ts"], pool: "forks", sequence: { groupOrder: 2 } } },
    ],
  },
});
