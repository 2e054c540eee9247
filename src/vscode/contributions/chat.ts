export const PARTICIPANT_ID = 'permafrost.chat';

/** The slash commands of `@permafrost`. */
const slashCommands = {
  remember: 'Keep what you write after it as a memory of this folder',
  search: 'Search the memories of this folder',
  freeze: 'Freeze this conversation; what you write after it is its name',
  thaw: 'Thaw a frozen window by its name and go on with it; on the next line, what you ask',
  resume: 'Go on here with the last thaw of a window, by its name, or with a session, by its id',
} as const;

export type SlashCommand = keyof typeof slashCommands;

/** `contributes.chatParticipants`. */
export const chatContributions = [
  {
    id: PARTICIPANT_ID,
    name: 'permafrost',
    fullName: 'Permafrost',
    description: 'Ask your vLLM server, with the memories of this folder',
    isSticky: true,
    commands: Object.entries(slashCommands).map(([name, description]) => ({ name, description })),
  },
];

/** The vendor under which the models of the vLLM server stand in the model picker. */
export const MODEL_VENDOR = 'permafrost';

/** `contributes.languageModelChatProviders`. */
export const modelProviderContributions = [{ vendor: MODEL_VENDOR, displayName: 'vLLM (Permafrost)' }];
