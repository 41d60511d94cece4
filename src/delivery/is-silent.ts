/** Answers to a push that reply nothing. Apart from the replies, which need node:crypto: a listener is ready before. */
export const isSilent = (answered: string): boolean => ['', 'success'].includes(answered.trim());
