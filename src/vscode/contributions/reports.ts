/** The scheme of reports of commands. */
export const REPORT_SCHEME = 'permafrost-report';
