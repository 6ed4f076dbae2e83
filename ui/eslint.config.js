import js from "@eslint/js";
import svelte from "eslint-plugin-svelte";
import globals from "globals";
import ts from "typescript-eslint";
import svelteConfig from "./svelte.config.js";

export default ts.config(
    { ignores: ["dist/", "test-results/", "src/gen/"] },
    js.configs.recommended,
    ts.configs.recommendedTypeChecked,
    svelte.configs.recommended,
    {
        languageOptions: {
            globals: { ...globals.browser },
            parserOptions: {
                projectService: { allowDefaultProject: ["*.config.js", "*.config.ts"] },
                tsconfigRootDir: import.meta.dirname,
                extraFileExtensions: [".svelte"],
            },
        },
        rules: {
            eqeqeq: "error",
            "no-console": "error",
            "svelte/no-at-html-tags": "error",
            "@typescript-eslint/consistent-type-imports": "error",
            "no-restricted-imports": [
                "error",
                {
                    patterns: [
                        {
                            group: ["@tauri-apps/*"],
                            message: "Only src/host may know what hosts the window.",
                        },
                    ],
                },
            ],
        },
    },
    {
        files: ["**/*.svelte", "**/*.svelte.ts"],
        languageOptions: { parserOptions: { parser: ts.parser, svelteConfig } },
        rules: {
            // svelte-check knows the types of components; the linter takes them for `any`.
            "@typescript-eslint/no-unsafe-argument": "off",
            "@typescript-eslint/no-unsafe-call": "off",
            "@typescript-eslint/no-unsafe-member-access": "off",
            // Maps here are replaced as a whole, never changed in place: rows are too many for deep reactivity.
            "svelte/prefer-svelte-reactivity": "off",
        },
    },
    { files: ["src/host/**"], rules: { "no-restricted-imports": "off" } },
    { files: ["e2e/**", "*.config.ts"], languageOptions: { globals: { ...globals.node } } },
    { files: ["*.config.js"], ...ts.configs.disableTypeChecked },
);
