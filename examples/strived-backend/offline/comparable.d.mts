export function comparable(row: object): Record<string, unknown>;
