export function highWater(): number;
