/** Key under which an alert from a batch keeps what the batch said beside its alerts. No indicators are looked for in it. */
export const ENVELOPE_KEY = '_envelope';
