/** ISO 8601 in UTC, as every JSON document of wxop has it. */
export const iso = (milliseconds: number): string => new Date(milliseconds).toISOString();
