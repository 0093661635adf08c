// Who may import whom. The manifests say it per package; these rules say it per folder. Import cycles are Biome's
// (noImportCycles): it tells imports of types, which may go both ways, from those that load a file.
const inside = (path) => `^packages/${path}`;

module.exports = {
  forbidden: [
    {
      name: "core-stands-alone",
      comment: "The protocol has no dependency: no package, no Node module.",
      severity: "error",
      from: { path: inside("core/src/"), pathNot: "\\.test\\.ts$" },
      to: { pathNot: inside("core/src/") },
    },
    {
      name: "committee-knows-no-dag",
      severity: "error",
      from: { path: inside("core/src/committee/"), pathNot: "\\.test\\.ts$" },
      to: {
        path: inside("core/src/"),
        pathNot: [inside("core/src/committee/"), inside("core/src/(ids|invariant|rejection|bytes)\\.ts")],
      },
    },
    {
      name: "dag-knows-no-rule",
      severity: "error",
      from: { path: inside("core/src/dag/"), pathNot: "\\.test\\.ts$" },
      to: { path: inside("core/src/(consensus|pace|sync)/") },
    },
    {
      name: "rule-reads-only-the-dag",
      severity: "error",
      from: { path: inside("core/src/consensus/"), pathNot: "\\.test\\.ts$" },
      to: { path: inside("core/src/(pace|sync|codec)/|replica\\.ts") },
    },
    {
      name: "machine-is-given-the-order",
      severity: "error",
      from: { path: inside("machine/src/"), pathNot: "\\.test\\.ts$" },
      to: { path: "^packages/(sim|node)/" },
    },
    {
      name: "sim-is-pure",
      severity: "error",
      from: { path: inside("sim/src/"), pathNot: "\\.test\\.ts$" },
      to: { path: "^packages/node/" },
    },
    {
      name: "client-knows-only-the-api",
      comment: "The client runs in browsers: of the server it may know types, and nothing else.",
      severity: "error",
      from: { path: inside("client/src/"), pathNot: "\\.test\\.ts$" },
      to: { path: "^packages/", pathNot: [inside("client/src/"), inside("core/src/api")] },
    },
    {
      name: "through-the-front-door",
      comment: "A package is imported by its name, never by a path into its folders.",
      severity: "error",
      from: { path: "^packages/([^/]+)/" },
      to: { path: "^packages/([^/]+)/src/", pathNot: ["^packages/$1/", "/src/(index|api|conformance)\\.ts$"] },
    },
    {
      name: "doors-see-a-running-replica",
      comment: "A door knows what a running replica offers, never the driver, the log or the links behind it.",
      severity: "error",
      from: { path: inside("node/src/doors/"), pathNot: "\\.test\\.ts$" },
      to: { path: inside("node/src/(driver|transport|storage|store|command)/") },
    },
    {
      name: "no-orphans",
      severity: "error",
      from: { orphan: true, pathNot: "(\\.test|\\.d|bin|index)\\.ts$" },
      to: {},
    },
  ],
  options: {
    parser: "swc",
    tsPreCompilationDeps: true,
    exclude: { path: "/dist/|/testdata/|/\\.run/" },
    doNotFollow: { path: "node_modules" },
    tsConfig: { fileName: "tsconfig.base.json" },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["@quorate/source", "import", "types"],
      extensions: [".ts", ".js"],
    },
  },
};
