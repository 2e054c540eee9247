/** What a caller may send, as the tool contract has it. Characters are Unicode code points. */
export const limits = {
  titleCharacters: 300,
  contentBytes: 50 * 1024 * 1024,
  tagCharacters: 64,
  tagsPerMemory: 50,
  sourceCharacters: 1000,
  anchorsPerMemory: 100,
  relationsPerMemory: 100,
  pathCharacters: 1000,
  queryCharacters: 2000,
  createBatch: 500,
  readBatch: 100,
  changeBatch: 500,
  searchResults: 100,
  listPage: 500,
  nameCharacters: 200,
  descriptionCharacters: 2000,
  messagesPerWindow: 10_000,
  toolsPerWindow: 1_000,
  roleCharacters: 64,
  modelCharacters: 500,
  conversationBytes: 50 * 1024 * 1024,
  continueCharacters: 1_000_000,
  /** Levels of lists and objects within each other: what goes through them one by one must come to an end. */
  jsonLevels: 100,
} as const;

/** Content up to this size, in bytes of UTF-8, is kept in the database; more goes to a blob. */
export const INLINE_CONTENT_BYTES = 10 * 1024;

const MB = 1024 * 1024;

/**
 * What each cache of an open context may hold, in bytes of this process's memory. A decoded memory of 160 words takes
 * 1.8 KB, so 27,000 of them fit: of 100,000 that are read by Zipf's law, those are five reads in six.
 */
export const cacheLimits = {
  memories: { maxBytes: 48 * MB, maxEntryBytes: MB / 8 },
  contents: { maxBytes: 16 * MB, maxEntryBytes: 4 * MB },
  lists: { maxBytes: 8 * MB, maxEntryBytes: MB },
  tags: { maxBytes: MB, maxEntryBytes: MB },
  searches: { maxBytes: 8 * MB, maxEntryBytes: MB },
} as const;
