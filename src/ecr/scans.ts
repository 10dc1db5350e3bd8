import {
  DescribeImageScanFindingsCommand,
  type DescribeImageScanFindingsResponse,
  StartImageScanCommand,
} from "@aws-sdk/client-ecr";
import { isNamed } from "../aws/errors.ts";
import { ask, askMaybe } from "../aws/request.ts";
import type { Digest } from "../oci/reference.ts";
import { pauses } from "./pauses.ts";
import { basicVulnerability, enhancedVulnerability } from "./scan-findings.ts";
import { inWords, questionAbout, type Session } from "./session.ts";
import type { Ecr, ImageScan, RepositoryId } from "./types.ts";

/** Basic scans take seconds; Inspector's first look at a large image takes minutes. */
const patienceMs = 15 * 60_000;
const findingsPerPage = 1000;
/** A scan on push begins a moment after the push: only then is one started. */
const turnsBeforeStart = 2;

type Page = DescribeImageScanFindingsResponse;

/**
 * ECR's scans, basic and enhanced. The SDK's waiter knows COMPLETE alone, and would wait for ever for an enhanced
 * scan that goes on: ACTIVE. https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ImageScanStatus.html
 */
export function scanQuestions(session: Session): Pick<Ecr, "scan" | "finishedScan"> {
  return {
    scan: (id, digest) => scan(session, id, digest),
    finishedScan: (id, digest) => finishedScan(session, id, digest),
  };
}

async function finishedScan(
  session: Session,
  id: RepositoryId,
  digest: Digest,
): Promise<ImageScan | undefined> {
  const page = await describe(session, id, digest, { absent: ["ImageNotFoundException"] });
  const ended = page && endOf(page);
  return page && ended === "scanned" ? await whole(session, id, digest, page) : undefined;
}

async function scan(session: Session, id: RepositoryId, digest: Digest): Promise<ImageScan> {
  const about = `the scan of ${digest} in ${inWords(id, session.principal)}`;
  let status = "PENDING";
  let turns = 0;
  for await (const _ of pauses(Date.now() + patienceMs, about, session.signal)) {
    turns += 1;
    const page = await describe(session, id, digest);
    const ended = page
      ? endOf(page)
      : turns === turnsBeforeStart && (await start(session, id, digest));
    if (page && ended === "scanned") return await whole(session, id, digest, page);
    if (typeof ended === "object") return ended;
    status = page?.imageScanStatus?.status ?? status;
  }
  return { state: "unscanned", status, description: "it did not end within 15 minutes" };
}

const goingOn: readonly string[] = ["PENDING", "IN_PROGRESS"];

/** `undefined` while it goes on. A continuous scan is ACTIVE from its beginning, and has a date after its first end. */
function endOf({ imageScanStatus, imageScanFindings }: Page): ImageScan | "scanned" | undefined {
  const { status = "PENDING", description = "" } = imageScanStatus ?? {};
  if (status === "COMPLETE") return "scanned";
  if (status === "ACTIVE") {
    return imageScanFindings?.imageScanCompletedAt ? "scanned" : undefined;
  }
  if (goingOn.includes(status)) return undefined;
  return { state: "unscanned", status, description };
}

async function whole(
  session: Session,
  id: RepositoryId,
  digest: Digest,
  first: Page,
): Promise<ImageScan> {
  const pages = [first];
  for (let page: Page | undefined = first; page?.nextToken !== undefined; ) {
    page = await describe(session, id, digest, { nextToken: page.nextToken });
    if (page) pages.push(page);
  }
  const vulnerabilities = pages.flatMap(({ imageScanFindings: found }) => [
    ...(found?.findings ?? []).map(basicVulnerability),
    ...(found?.enhancedFindings ?? []).flatMap(enhancedVulnerability),
  ]);
  return { state: "scanned", vulnerabilities };
}

async function describe(
  { client, principal, signal }: Session,
  id: RepositoryId,
  digest: Digest,
  {
    nextToken,
    absent = [],
  }: { readonly nextToken?: string; readonly absent?: readonly string[] } = {},
): Promise<Page | undefined> {
  const question = {
    ...questionAbout("DescribeImageScanFindings", id, principal),
    absent: ["ScanNotFoundException", ...absent],
  };
  const command = new DescribeImageScanFindingsCommand({
    ...namesOf(id, digest),
    maxResults: findingsPerPage,
    nextToken,
  });
  return await askMaybe(question, signal, (options) => client.send(command, options));
}

function namesOf({ name, registryId }: RepositoryId, digest: Digest) {
  return { registryId, repositoryName: name, imageId: { imageDigest: digest } };
}

/** What ends the wait. With enhanced scanning nobody may start a scan, and Inspector comes by itself. */
const unscannable = {
  UnsupportedImageTypeException: "UNSUPPORTED_IMAGE",
  ImageArchivedException: "IMAGE_ARCHIVED",
} as const;

/** One scan a day is given: where it has been used, or Inspector scans, the result is waited for. */
const othersScan = ["ValidationException", "LimitExceededException"];

async function start(
  { client, principal, signal }: Session,
  id: RepositoryId,
  digest: Digest,
): Promise<ImageScan | undefined> {
  const question = questionAbout("StartImageScan", id, principal);
  const command = new StartImageScanCommand(namesOf(id, digest));
  return await ask(question, signal, async (options) => {
    try {
      await client.send(command, options);
      return undefined;
    } catch (error) {
      if (isNamed(error, ...othersScan)) return undefined;
      const known = Object.entries(unscannable).find(([name]) => isNamed(error, name));
      if (known === undefined) throw error;
      return { state: "unscanned", status: known[1], description: (error as Error).message };
    }
  });
}
