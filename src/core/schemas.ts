import * as z from 'zod';

// Zod would compile a function for each schema at its first use. At the start that takes longer than it saves (2 to 4 ms), and
// a call is hardly slower without (0.01 ms). Schemas ask for this when they are made, so it comes before them.
z.config({ jitless: true });
