// TypeScript knows WebAssembly only with the types of a browser; @types/sql.js brings the interfaces without these values.

declare namespace WebAssembly {
  function compile(bytes: Uint8Array<ArrayBuffer>): Promise<Module>;
  const Instance: new (module: Module, imports: Imports) => Instance;
}
