// The package has no types. One list is imported by its file, because bundlers that prefer the CommonJS
// entry of the package would take in all 62 languages (211 KB).
declare module 'stopword/src/stopwords_eng.js' {
  export const eng: readonly string[];
}
