import type { ImageScan } from "../../ecr/types.ts";
import { eachOf } from "../../oci/parallel.ts";
import type { Finding, GateSubject, GateTarget } from "../../release/gate.ts";
import { imageBefore, type RunnableImage, runnableImages } from "../images.ts";
import type { GatePlace } from "../judge.ts";
import { type ScannedImage, severityOf } from "./vulnerability.ts";

const scansAtOnce = 8;

export interface RegistryScan {
  readonly images: readonly ScannedImage[];
  /** Images that ECR did not scan, and why. */
  readonly findings: readonly Finding[];
}

/** What ECR finds at each target in each image of the index: it scans no index. */
export async function scanRegistries(
  { tree, targets }: NonNullable<GateSubject["published"]>,
  { ecr }: GatePlace,
  previous?: GateSubject["before"],
): Promise<RegistryScan> {
  const questions = targets.flatMap((target) =>
    runnableImages(tree).map((image) => ({ target, image })),
  );
  type Question = (typeof questions)[number];
  const answers = new Map<Question, ImageScan>();
  const earlier = new Map<Question, ImageScan | undefined>();
  await eachOf(questions, scansAtOnce, async (question) => {
    const { target, image } = question;
    const client = ecr(target.request);
    answers.set(question, await client.scan(target.repository, image.stored.digest));
    const old = previous && imageBefore(image.platform, previous);
    if (old) earlier.set(question, await client.finishedScan(target.repository, old.digest));
  });
  const images: ScannedImage[] = [];
  const findings: Finding[] = [];
  for (const question of questions) {
    const place = placeOf(question.image, question.target, targets.length);
    const answer = answers.get(question);
    if (answer?.state === "unscanned") findings.push(unscanned(place, answer));
    if (answer?.state !== "scanned") continue;
    const before = earlier.get(question);
    images.push({
      place,
      vulnerabilities: vulnerabilitiesOf(answer),
      ...(before?.state === "scanned" && { before: vulnerabilitiesOf(before) }),
    });
  }
  return { images, findings };
}

function vulnerabilitiesOf({ vulnerabilities }: Extract<ImageScan, { state: "scanned" }>) {
  return vulnerabilities.map((one) => ({ ...one, severity: severityOf(one.severity) }));
}

function placeOf({ platform, stored }: RunnableImage, { id }: GateTarget, targets: number): string {
  const image = platform ?? stored.digest;
  return targets > 1 ? `${image} at ${id}` : image;
}

/** Of an image without a distribution, such as `FROM scratch`, nobody can say more. */
function unscanned(place: string, scan: Extract<ImageScan, { state: "unscanned" }>): Finding {
  const { status, description } = scan;
  const isUnsupported = status === "UNSUPPORTED_IMAGE";
  return {
    code: "NOT_SCANNED",
    level: isUnsupported ? "warning" : "error",
    place,
    message: `ECR's scan ended as ${status}${description === "" ? "" : `: ${description}`}`,
    reason: isUnsupported
      ? "ECR knows no packages of this image's distribution, so nothing is known of them"
      : "what was not looked at has not passed",
    repair: isUnsupported
      ? "scan with trivy or grype, which also read the packages of languages: gates.scan.with"
      : "run the same command again; see the repository's scan settings",
    url: "https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-scanning-troubleshooting.html",
  };
}
