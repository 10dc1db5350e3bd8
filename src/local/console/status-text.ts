import type { LocalStatus, RegistryStatus } from "./status.ts";

const longestPadded = 40;

/** What a local ECR holds, for people. */
export function statusText({ now, ahead, registries }: LocalStatus): string {
  const days = ahead === 0 ? "" : `, ${(ahead / 86_400_000).toFixed(1)} days ahead`;
  const used = registries.filter(({ repositories }) => repositories.length > 0);
  const parts = used.map(registryText);
  return [`it is ${now}${days}`, ...(parts.length > 0 ? parts : ["no repositories"])].join("\n\n");
}

function registryText({ account, region, host, repositories }: RegistryStatus): string {
  // One long name must not push the figures of all the others out of sight.
  const width = Math.min(longestPadded, Math.max(...repositories.map(({ name }) => name.length)));
  const lines = repositories.map(({ name, images, tags, bytes, lifecycle }) => {
    const counts = `${count(images, "image")}, ${count(tags, "tag")}, ${(bytes / 1e6).toFixed(1)} MB`;
    return `  ${name.padEnd(width)}  ${counts}${lifecycle ? ", lifecycle policy" : ""}`;
  });
  return [`${account} ${region} at ${host}`, ...lines].join("\n");
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
