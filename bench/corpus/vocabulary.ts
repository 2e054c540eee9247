import { Random } from './random.ts';
import { Zipf } from './zipf.ts';

/** English words that say nothing alone, most frequent first; in running text they are about two words of five. */
const FUNCTION_WORDS = words(`
  the of and to a in is that for it as was with be by on not this are from at or have an which but they you were
  we one all when there their has been if more will would who so no out up into them can only other than then some
  could its over these also after any our where between before because most should through does`);

/** What people who write software write about, roughly by frequency. */
const SUBJECTS = words(`
  server file test build code error request user data client config function service module value type cache
  token query table index memory version session commit window branch worker process update deploy release database
  schema migration endpoint handler parser socket timeout retry buffer stream queue thread lock message event
  header cookie password secret certificate cluster node container image volume network proxy gateway route path
  folder directory workspace project package dependency library plugin extension editor terminal command option
  setting default flag feature issue review merge conflict pipeline job stage runner artifact log metric trace
  alert dashboard report customer invoice payment order product catalog price discount account role permission
  policy audit backup snapshot restore replica shard partition column row record field key hash checksum signature
  encryption protocol format encoding locale template layout theme colour icon button dialog menu view panel
  search filter sort page cursor limit batch chunk block model prompt embedding tokenizer inference gradient layer
  benchmark latency throughput budget fixture mock assertion coverage regression snapshotting leak crash deadlock`);

const VERBS = words(`
  use add run fix change check write read set move remove call start fail keep load open close send return create
  delete handle wait need rename split replace support avoid expect measure store parse render compile install
  verify resolve reject cancel schedule decide prefer document`);

const ENDINGS = ['', 's', 'ed', 'ing', 'er'];
const SYLLABLES = words(
  'al ba cor den el fen gra hul in jor kel lum mar nos or pel qua ros sta tor ul ven wis yor zan',
);

const SIZE = 20_000;

/** Words by rank, most frequent first, each as likely as in running text. */
export class Vocabulary {
  readonly #words: readonly string[];
  readonly #ranks: Zipf;

  constructor(seed: number) {
    this.#words = [...new Set([...FUNCTION_WORDS, ...known(), ...rare(new Random(seed))])].slice(0, SIZE);
    this.#ranks = new Zipf(this.#words.length, 2.7);
  }

  word(random: Random): string {
    return this.#words[this.#ranks.rank(random)] ?? '';
  }
}

/** Whether somebody would search for a word. */
export function isTelling(word: string): boolean {
  return !COMMON.has(word);
}

const COMMON = new Set(FUNCTION_WORDS);

/** Nouns and verbs in turn, with the bare forms ahead of the others. */
function known(): string[] {
  return ENDINGS.flatMap((ending) =>
    SUBJECTS.flatMap((subject, rank) => [subject, VERBS[rank] ?? []].flat().map((word) => word + ending)),
  );
}

/** Names of people, places and code that occur now and then; one in eight is an identifier. */
function* rare(random: Random): Generator<string> {
  for (let made = 0; made < SIZE * 2; made++) {
    const name = Array.from({ length: random.between(2, 4) }, () => random.pick(SYLLABLES)).join('');
    const subject = random.pick(SUBJECTS);
    yield made % 8 === 0 ? name + subject.charAt(0).toUpperCase() + subject.slice(1) : name;
  }
}

function words(text: string): string[] {
  return text.trim().split(/\s+/);
}
