/** A conversation to freeze, as `window_freeze` takes it. */
export interface DemoConversation {
  readonly name: string;
  readonly description: string;
  readonly tags: readonly string[];
  readonly messages: readonly { readonly role: 'system' | 'user' | 'assistant'; readonly content: string }[];
}

const system = `You are a careful engineer on Tidepool, a service that forecasts water levels for 214 harbour gauges. Levels are
integers in millimetres above chart datum and times are UTC. Say what you are not sure of, and show the arithmetic.`;

/** Two conversations about the demo project, worth coming back to. */
export const demoConversations: readonly DemoConversation[] = [
  {
    name: 'Smoothing the refit seam',
    description: 'How to blend two harmonic models over six hours, with the numbers for gauge 042.',
    tags: ['forecast', 'design'],
    messages: [
      { role: 'system', content: system },
      {
        role: 'user',
        content: `On 1 May at 00:00 the forecast of gauge 042 jumps from 2,914 mm to 2,938 mm, because the refitted amplitudes take over.
How would you hide the seam without lying about the level?`,
      },
      {
        role: 'assistant',
        content: `Blend both models over six hours with a raised cosine: w(h) = (1 - cos(pi * h / 6)) / 2, and level = (1 - w) * old + w * new.

At h = 1, w = 0.067 and the step is 1.6 mm; the steepest hour is the third to the fourth, about 6 mm, which is below the wake of
one ferry. After six hours w = 1 and the old model is dropped. Both model versions have to be part of the cache key.`,
      },
      { role: 'user', content: 'And if somebody moved the gauge, so that the models differ by 200 mm?' },
      {
        role: 'assistant',
        content: `Then blending would publish levels that are wrong for hours. I would cap it: if the two differ by more than 30 mm at the time of
the refit, publish the new model at once and raise model_jump. Thirty is a guess from last year's refits, whose largest honest
difference was 25 mm; the survey office should confirm it.`,
      },
    ],
  },
  {
    name: 'Duplicate readings of gauge 203',
    description: 'From 14 duplicate rows to a modem that retries too early.',
    tags: ['incident', 'gauges'],
    messages: [
      { role: 'system', content: system },
      {
        role: 'user',
        content: `packets_refused_total{reason="duplicate"} rose from 0 to 240 an hour yesterday at 14:20. Only gauge 203. What would you look at?`,
      },
      {
        role: 'assistant',
        content: `240 an hour is one every 15 s, which is this gauge's sending interval: every packet comes twice, rather than some packets many
times. So I would look at what changed at 14:20 on the way from the gauge: the modem, its retry time, or a second route.
Compare receivedAt of each pair. A constant gap points to a retry timer, a varying one to two routes.`,
      },
      { role: 'user', content: 'The gap is 2.00 s in all pairs. The modem was replaced at 14:15.' },
      {
        role: 'assistant',
        content: `Then it is the modem's retry timer: it sends again after 2 s without an acknowledgement, and ours takes 2.3 s on that link. The
unique key (gauge_id, sequence) already drops the copies, so no data is wrong. Raise the timer to 5 s on the next visit, and
leave 203 out of the refusal alert until then.`,
      },
    ],
  },
];
