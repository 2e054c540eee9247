/** The scheme of reports: `permafrost-report:/<title>.md`. The shell knows it before the engine is loaded. */
export const REPORT_SCHEME = 'permafrost-report';
