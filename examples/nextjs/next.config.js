// An application needs none of this.
export default {
  // In this repository tsconfig.json leads to the sources of the packages; here they are what they are when they are installed.
  turbopack: {
    resolveAlias: {
      '@huggingplace/opentelemetry-exporter': '../../packages/exporter/dist/index.mjs',
      '@huggingplace/tracing': '../../packages/tracing/dist/index.mjs',
      'huggingplace-sdk/internal': '../../packages/sdk/dist/internal.mjs',
    },
  },
};
