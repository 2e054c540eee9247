/** A memory as `memory_create` takes it. */
export interface DemoMemory {
  readonly title: string;
  readonly content: string;
  readonly tags: readonly string[];
  readonly tier: 'short_term' | 'long_term';
}

/** What a team and its agents came to know about the demo project, Tidepool; oldest first. */
export const demoMemories: readonly DemoMemory[] = [
  lasting(
    'What Tidepool is for',
    ['product', 'overview'],
    `Tidepool serves tide forecasts and water-level readings for 214 harbour gauges to two customers: the harbour
masters' dashboard (reads every 30 s) and the ferry planner (one bulk read each night at 02:10).

Being **late is worse than being wrong by 2 cm**: a forecast older than 20 minutes closes a berth.`,
  ),
  lasting(
    'Decision: water levels are integers in millimetres',
    ['decision', 'units', 'forecast'],
    `All levels are integers in **millimetres above chart datum**, from the gauge's packet to the JSON answer.
Metres as floats gave two answers for one reading after a round trip through JSON and Postgres \`real\`.

Only the dashboard formats metres. If you see a \`/ 1000\` outside \`src/format.ts\`, it is a bug.`,
  ),
  lasting(
    'Gauge clocks drift; trust receivedAt for order, measuredAt for physics',
    ['gauges', 'time', 'gotcha'],
    `Cheap gauges drift up to 90 s a week and jump back when they reboot. So:

- order and de-duplicate by \`receivedAt\` (ours),
- fit the harmonic model on \`measuredAt\` (theirs), corrected by the median offset of the last 50 packets,
- drop a packet whose corrected time lies more than 10 minutes ahead.`,
  ),
  lasting(
    'Harmonic model: 37 constituents, refit monthly',
    ['forecast', 'model'],
    `\`src/forecast.ts\` sums 37 tidal constituents (M2, S2, N2, K1, O1, ...). The amplitudes are refitted on the first of the
month from 13 months of readings; fewer than 6 months and we fall back to the regional mean.

More constituents did not help: with 67 the hold-out error fell only from 41 mm to 40 mm.`,
  ),
  lasting(
    'Run one test file quickly',
    ['testing', 'commands'],
    `\`\`\`sh
npm test -- test/forecast.test.ts        # one file
npm test -- -g 'spring tide'             # by name
\`\`\`

The whole suite takes 40 s because of the Postgres tests; without a database they are skipped and say so.`,
  ),
  lasting(
    'Local Postgres listens on 5433, not 5432',
    ['setup', 'postgres'],
    `\`docker compose up db\` maps to **5433**, because half the team has a system Postgres on 5432. The tests read
\`TIDEPOOL_DATABASE_URL\`; \`.env.example\` has the right value.`,
  ),
  lasting(
    'Why readings are partitioned by month and never updated',
    ['decision', 'postgres', 'storage'],
    `\`readings\` is append-only and partitioned by month of \`receivedAt\`. A correction is a new row with \`supersedes\`.

1. Dropping a month is instant; \`DELETE\` of 60 million rows took the replica down (incident of 3 March).
2. The harbour authority audits corrections, so history must stay.`,
  ),
  lasting(
    'Incident 3 March: a DELETE of old readings stalled the replica',
    ['incident', 'postgres'],
    `**What happened**: the retention job deleted 60 million rows in one transaction; replication lag reached 47 minutes and the
dashboard showed stale levels.

**Why it was not seen**: the lag alert watched bytes, not seconds.

**Since then**: partitions are dropped, lag alerts at 30 s, and the dashboard shows the age of each level.`,
  ),
  lasting(
    'Code style: results, not exceptions, at the parser',
    ['style', 'gauges'],
    `\`parsePacket\` returns \`{ kind: 'reading' } | { kind: 'refused', reason }\`. Three gauges in a hundred send garbage at any time,
so a bad packet is an ordinary value. Exceptions are for what we did not foresee, and they page someone.`,
  ),
  lasting(
    'Alert thresholds belong to the harbour, not to us',
    ['alerts', 'product'],
    `Each harbour master sets thresholds on the dashboard; \`src/alerts.ts\` only reads them. Do not add a default: an alert that
nobody asked for closed the fish quay for an hour in January.`,
  ),
  lasting(
    'An alert needs two readings in a row',
    ['alerts', 'gotcha'],
    `Wake from a passing ferry lifts one reading by up to 300 mm. An alert fires when **two successive readings** exceed the
threshold, and clears after five below it. See \`shouldRaise\` in \`src/alerts.ts\`.`,
  ),
  lasting(
    'Gauge 117 (Old Lock) reads 80 mm high, on purpose',
    ['gauges', 'gotcha'],
    `The Old Lock gauge sits behind the sill. The 80 mm offset is real and agreed with the harbour. **Do not calibrate it away**; it
was "fixed" twice already.`,
  ),
  lasting(
    'API versions: add fields, never rename them',
    ['api', 'decision'],
    `The ferry planner is compiled and updated twice a year. Fields may be added to \`/v1\`; nothing is renamed or removed.
\`stationId\` and \`gaugeId\` are the same thing for that reason.`,
  ),
  lasting(
    'Forecast answers are cached for 60 s by gauge and hour',
    ['api', 'performance', 'cache'],
    `\`GET /v1/gauges/:id/forecast\` is cached by \`(gaugeId, hour)\` for 60 s. A refit bumps \`modelVersion\`, which is in the key, so
nothing has to be purged. Hit rate in May: 94 %.`,
  ),
  lasting(
    'The nightly bulk read must stream',
    ['api', 'performance'],
    `The ferry planner's 02:10 read covers 214 gauges for 14 days, about 180 MB of JSON. It is streamed row by row with
back-pressure from \`pg-query-stream\`; building an array first used 2.3 GB and killed the pod.`,
  ),
  lasting(
    'Who to ask',
    ['people'],
    `- Tidal physics, constituents: Ingrid (survey office)
- Gauge firmware and packets: Tomasz
- Dashboard: Amara
- Postgres and on-call rota: Luis`,
  ),
  lasting(
    'Deploy: merge to main, watch the lag panel for ten minutes',
    ['deploy', 'runbook'],
    `A merge to \`main\` deploys by itself in about six minutes, one harbour region after another. Watch *Readings: age by region*.
Above 120 s in any region for two minutes: \`npm run rollback\`, then ask questions.`,
  ),
  lasting(
    'Rollback does not undo migrations',
    ['deploy', 'postgres', 'gotcha'],
    `\`npm run rollback\` switches the image and nothing else. So every migration must work with the release before it:
add a column in one release, use it in the next, drop the old one in a third.`,
  ),
  lasting(
    'Daylight saving: forecasts are in UTC, only the dashboard converts',
    ['time', 'forecast', 'decision'],
    `In autumn a local hour exists twice, and a tide table once had two 02:30 high waters. Everything inside is UTC with a
\`Z\`; \`src/format.ts\` converts with the harbour's zone, never with the server's.`,
  ),
  lasting(
    'Packet checksum is CRC-16/CCITT-FALSE, not XMODEM',
    ['gauges', 'protocol'],
    `Initial value \`0xFFFF\`. The vendor's manual says XMODEM (\`0x0000\`), which is wrong for firmware 2.4 and newer.
Test vector: \`"123456789"\` gives \`0x29B1\`.`,
  ),
  lasting(
    'Firmware 2.4 sends temperature in tenths of a degree',
    ['gauges', 'protocol'],
    `Before 2.4 the field was whole degrees. \`parsePacket\` decides by the version byte. 31 gauges still run 2.3; the list is in
\`docs/runbook.md\`.`,
  ),
  lasting(
    'Storm surge is added after the harmonic sum',
    ['forecast', 'model', 'weather'],
    `\`level = harmonic(t) + surge(t)\`. Surge comes hourly from the weather office as millimetres per region, already including the
inverse barometer effect, so do **not** correct for air pressure again (we did in 2024: 1 hPa is about 10 mm).`,
  ),
  lasting(
    'Flaky test: alerts.test.ts "clears after five" needed a fake clock',
    ['testing', 'alerts'],
    `It slept 50 ms and failed on a loaded machine in one run of thirty. Clocks are passed in now:
\`new AlertBook({ now: () => t })\`. Sleeping in a test is a review comment.`,
  ),
  lasting(
    'Secrets: never in .env of the repository',
    ['security', 'setup'],
    `\`.env\` is for ports and addresses. Keys for the weather office live in the team's vault under \`tidepool/weather\`; locally
\`npm run secrets\` fetches them into the keychain.`,
  ),
  lasting(
    'Logging: one line a request, levels that mean something',
    ['observability', 'style'],
    `\`error\` pages someone, \`warn\` is read in the morning, \`info\` is one line a request. A refused packet is \`info\` with its reason
counted in \`packets_refused_total{reason}\`.`,
  ),
  lasting(
    'Benchmark: parsing 10,000 packets takes 38 ms',
    ['performance', 'gauges'],
    `Measured with \`npm run bench\` on the CI runner (2 cores): 38 ms for 10,000 packets, was 210 ms before we stopped
slicing Buffers. Above 60 ms, look for copies in \`src/packet.ts\`.`,
  ),
  current(
    'Working on: forecast smoothing at the seam of a refit',
    ['task', 'forecast'],
    `On the first of the month the level jumps by up to 25 mm when new amplitudes take over. Plan:

- [x] reproduce with gauge 042, 1 May
- [x] blend old and new model over 6 hours (raised cosine)
- [ ] keep \`modelVersion\` of both in the cache key
- [ ] tell the ferry planner's team`,
  ),
  current(
    'Blend weights must use UTC hours since refit, not wall clock',
    ['forecast', 'time'],
    `First attempt used \`getHours()\`, so the blend ran backwards for an hour in tests with TZ=Europe/Dublin. Use
\`(t - refitAt) / 3_600_000\`.`,
  ),
  current(
    'Review note: Ingrid wants the blend capped at 30 mm',
    ['review', 'forecast'],
    `If old and new model differ by more than 30 mm the gauge was probably moved: publish the new model at once and raise a
\`model_jump\` event instead of blending.`,
  ),
  current(
    'CI is red on Node 26 only: pg-query-stream and web streams',
    ['ci', 'todo'],
    `\`Readable.toWeb\` closes early when the consumer is slow. Pinned to Node 24 for now; upstream has a fix that is not
released. Check again in two weeks.`,
  ),
  current(
    'Branch surge-v2 is waiting for sample data',
    ['task', 'weather'],
    `The weather office promised a day of 10-minute surge files. Until then the parser in \`src/surge.ts\` has only the documented
example. Ask again on Monday.`,
  ),
  current(
    'Query that found the duplicate readings',
    ['postgres', 'snippet'],
    `\`\`\`sql
select gauge_id, measured_at, count(*)
  from readings
 where received_at > now() - interval '1 day'
 group by 1, 2
having count(*) > 1
 order by 3 desc
 limit 20;
\`\`\`

All 14 came from gauge 203, which sends each packet twice since its modem was replaced.`,
  ),
  current(
    'Gauge 203 sends every packet twice',
    ['gauges', 'todo'],
    `Harmless, because \`(gauge_id, sequence)\` is unique, but it counts as refused. Tomasz will change the modem's retry setting
on his next visit; silence the counter for 203 until then.`,
  ),
  current(
    'Dashboard shows "-0.00 m" at slack water',
    ['bug', 'dashboard'],
    `\`(-3 / 1000).toFixed(2)\` is \`-0.00\`. Format from the integer: sign, then \`Math.abs\`. Amara has the ticket; the
fix is one line in \`src/format.ts\`.`,
  ),
  current(
    'Try next: answer 304 for forecasts that did not change',
    ['idea', 'api', 'performance'],
    `The dashboard asks 214 times in 30 s and 94 % of the answers are the same. An ETag of
\`modelVersion + surgeVersion + hour\` would save about 11 GB a day.`,
  ),
  current(
    'Left off on Friday: test for a blend across New Year',
    ['task', 'testing'],
    `\`test/blend.test.ts\` has the case written and failing: refit at 2026-12-31T21:00Z, asked at 2027-01-01T01:00Z. The weight comes
out as 0.93, expected 0.75, so one hour too many. Suspect: local hours.`,
  ),
];

function lasting(title: string, tags: readonly string[], content: string): DemoMemory {
  return { title, tags, tier: 'long_term', content };
}

function current(title: string, tags: readonly string[], content: string): DemoMemory {
  return { title, tags, tier: 'short_term', content };
}
