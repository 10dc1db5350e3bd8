/** `200MB`, `1.5 GiB`. */
export const byteSize = /^\d+(?:\.\d+)? ?(?:[kMG]B|[KMG]iB|B)$/;

/** As `byteSize`, or `10%`. */
export const shareOrSize = /^\d+(?:\.\d+)? ?(?:%|[kMG]B|[KMG]iB|B)$/;

const units: Readonly<Record<string, number>> = {
  B: 1,
  kB: 1e3,
  MB: 1e6,
  GB: 1e9,
  KiB: 1024,
  MiB: 1024 ** 2,
  GiB: 1024 ** 3,
};

/** A size that fits `byteSize`, in bytes. */
export function bytesOf(text: string): number {
  const number = Number.parseFloat(text);
  const unit = text.replace(/^[\d. ]+/, "");
  return Math.round(number * (units[unit] ?? Number.NaN));
}
