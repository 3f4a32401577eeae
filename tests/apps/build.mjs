// Bundles each app of src/ into dist/<name>.js, as a site would ship it.
import { readFile } from "node:fs/promises";
import { build } from "esbuild";
import { compile } from "svelte/compiler";

const svelte = {
  name: "svelte",
  setup(bundler) {
    bundler.onLoad({ filter: /\.svelte$/ }, async ({ path }) => {
      const source = await readFile(path, "utf8");
      return { contents: compile(source, { filename: path, generate: "client" }).js.code };
    });
  },
};

await build({
  entryPoints: ["src/react.jsx", "src/vue.js", "src/svelte.js", "src/lit.js"],
  outdir: "dist",
  bundle: true,
  minify: true,
  jsx: "automatic",
  format: "iife",
  target: "es2022",
  conditions: ["browser", "production"],
  mainFields: ["browser", "module", "main"],
  define: {
    "process.env.NODE_ENV": '"production"',
    __VUE_OPTIONS_API__: "true",
    __VUE_PROD_DEVTOOLS__: "false",
    __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: "false",
  },
  plugins: [svelte],
  logLevel: "warning",
});
