// A small byte-level tokenizer: special tokens, 256 bytes, and frequent pieces taken longest first. Every text has
// one tokenization, and detokenizing gives the text back.

const SPECIAL = ['<|begin|>', '<|system|>', '<|user|>', '<|assistant|>', '<|tool|>', '<|end|>'] as const;
export const ASSISTANT_TOKEN = SPECIAL.indexOf('<|assistant|>');
export const END_TOKEN = SPECIAL.indexOf('<|end|>');

const WORDS =
  'the a of and to in is it that window context token cache block prefix frozen thaw salt memory snow ice winter ' +
  'server model answer question keeps finds holds reads same every again first last cold warm slow deep quiet blue';

/** Pieces that begin a word: what the stand-in's model writes. */
export const WORD_PIECES = WORDS.split(' ').map((word) => ` ${word}`);

const PIECES = [
  ...WORD_PIECES,
  '.',
  'ing',
  'ed',
  'er',
  'en',
  'on',
  'or',
  'th',
  'st',
  '": "',
  '", "',
  '{"',
  '\n\n',
];
const FIRST_BYTE = SPECIAL.length;
const FIRST_PIECE = FIRST_BYTE + 256;
const PIECE_IDS = new Map(
  PIECES.filter((piece) => piece.length > 1).map((piece, n) => [piece, FIRST_PIECE + n]),
);
const PIECE_TEXTS = [...PIECE_IDS.keys()];
const LONGEST = Math.max(...PIECE_TEXTS.map((piece) => piece.length));
const SPECIAL_SPLIT = /(<\|(?:begin|system|user|assistant|tool|end)\|>)/;

/** How many token ids there are. */
export const VOCABULARY = FIRST_PIECE + PIECE_TEXTS.length;

/** The ids of a text; special tokens written in it count as such, as they do for vLLM. */
export function tokenize(text: string): number[] {
  return text.split(SPECIAL_SPLIT).flatMap((part) => {
    const special = SPECIAL.findIndex((token) => token === part);
    return special >= 0 ? [special] : tokenizePlain(part);
  });
}

/** The text of ids; ids out of the vocabulary are left out, as vLLM's /detokenize does. */
export function detokenize(tokenIds: readonly number[]): string {
  return Buffer.concat(tokenIds.map(bytesOf)).toString('utf8');
}

/** The id of one piece, for a model that writes in pieces. */
export function pieceId(piece: string): number {
  return PIECE_IDS.get(piece) ?? FIRST_BYTE + piece.charCodeAt(0);
}

function tokenizePlain(text: string): number[] {
  // One character a byte, so that pieces (all ASCII) are found by slicing.
  const bytes = Buffer.from(text, 'utf8').toString('latin1');
  const tokenIds: number[] = [];
  for (let at = 0; at < bytes.length;) {
    const piece = longestPiece(bytes, at);
    tokenIds.push(pieceId(piece));
    at += piece.length;
  }
  return tokenIds;
}

function longestPiece(bytes: string, at: number): string {
  for (let length = LONGEST; length > 1; length--) {
    const piece = bytes.slice(at, at + length);
    if (PIECE_IDS.has(piece)) return piece;
  }
  return bytes.charAt(at);
}

function bytesOf(tokenId: number): Buffer {
  if (tokenId < FIRST_BYTE) return Buffer.from(SPECIAL[tokenId] ?? '');
  if (tokenId < FIRST_PIECE) return Buffer.from([tokenId - FIRST_BYTE]);
  return Buffer.from(PIECE_TEXTS[tokenId - FIRST_PIECE] ?? '');
}
