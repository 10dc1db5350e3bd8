import { isIndexType } from "../../oci/manifest.ts";
import { invalidParameter, Refusal } from "../refusal.ts";
import type { ScanningSetting } from "../registry-settings.ts";
import { type Image, statusOf } from "../repository.ts";
import { findingsIn, scanFrequencyOf } from "../scanning.ts";
import { commit, type Registry, saveSettings } from "../state.ts";
import { type Operations, operation, type Place, placeOf, repositoryArn } from "./call.ts";
import { imageId, inRepository, maxResults, nextToken, repositoryName } from "./fields.ts";
import { imageById } from "./images.ts";
import { numberKey, pageOf } from "./paging.ts";
import { nameOf } from "./repositories.ts";
import { scanStatusOf, summaryOf } from "./scan-details.ts";
import { type Checked, list, oneOf, optional, shape, text } from "./shape.ts";

const day = 86_400_000;

const scanningRule = shape({
  scanFrequency: oneOf(["SCAN_ON_PUSH", "CONTINUOUS_SCAN", "MANUAL"]),
  repositoryFilters: list(
    shape({
      // What ECR's pattern takes, in a form that a filter of thirty letters and a wrong one does not hold up for minutes.
      filter: text({ min: 1, max: 255, pattern: /^[a-z0-9*]+(?:[._\-/][a-z0-9*]+)*$/ }),
      filterType: oneOf(["WILDCARD"]),
    }),
    0,
    100,
  ),
});

/** Basic scanning: a scan is done as soon as it is asked for, and finds what the server was told to find. */
export const scanningOperations: Operations = {
  PutRegistryScanningConfiguration: operation(
    shape({
      scanType: optional(oneOf(["BASIC", "ENHANCED"])),
      rules: optional(list(scanningRule, 0, 2)),
    }),
    async ({ scanType = "BASIC", rules = [] }, call) => {
      const registry = await call.registryOf();
      const scanning: ScanningSetting = {
        scanType: scanType ?? "BASIC",
        rules: (rules ?? []).map(({ scanFrequency, repositoryFilters }) => ({
          scanFrequency,
          filters: repositoryFilters.map(({ filter }) => filter),
        })),
      };
      verifyFrequencies(scanning);
      saveSettings(registry, { scanning });
      return { registryScanningConfiguration: describeSetting(registry) };
    },
  ),

  GetRegistryScanningConfiguration: operation(shape({}), async (_, call) => {
    const registry = await call.registryOf();
    return { registryId: registry.account, scanningConfiguration: describeSetting(registry) };
  }),

  BatchGetRepositoryScanningConfiguration: operation(
    shape({ repositoryNames: list(repositoryName, 1, 25) }),
    async (input, call) => {
      const registry = await call.registryOf();
      const isThere = (name: string) => registry.repositories.has(name);
      return {
        scanningConfigurations: input.repositoryNames
          .filter(isThere)
          .map((name) => describeRepository(registry, name)),
        failures: input.repositoryNames
          .filter((name) => !isThere(name))
          .map((name) => ({
            repositoryName: name,
            failureCode: "REPOSITORY_NOT_FOUND",
            failureReason: "REPOSITORY_NOT_FOUND",
          })),
      };
    },
  ),

  StartImageScan: operation(shape({ ...inRepository, imageId }), async (input, call) => {
    const place = await placeOf(call, input);
    const { state, registry, repository } = place;
    const image = imageById(registry, repository, input.imageId);
    verifyScannable(place, image);
    commit(registry, repository, [{ did: "scan", digest: image.digest, at: state.now() }]);
    const status = { status: "IN_PROGRESS" };
    return { ...namesOf(place, image, input.imageId), imageScanStatus: status };
  }),

  DescribeImageScanFindings: operation(
    shape({ ...inRepository, imageId, nextToken, maxResults }),
    async (input, call) => {
      const place = await placeOf(call, input);
      const { state, registry, repository } = place;
      const image = imageById(registry, repository, input.imageId);
      if (image.scannedAt === undefined) throw notScanned(place, input.imageId);
      const { items, ...more } = pageOf(
        {
          secret: state.secret,
          scope: `findings ${registry.account} ${repository.name} ${image.digest}`,
          items: findingsIn(state.findings, repository, image).map((finding, at) => ({
            finding,
            at,
          })),
          keyOf: ({ at }) => numberKey(at),
        },
        input,
      );
      const findings = items.map(({ finding }) => finding);
      return {
        ...namesOf(place, image, input.imageId),
        ...scanStatusOf(image),
        imageScanFindings: { ...summaryOf(place, image), findings },
        ...more,
      };
    },
  ),
};

type ImageId = Checked<typeof imageId>;

function namesOf(
  { registry, repository }: Place,
  { digest }: Image,
  { imageTag }: ImageId,
): object {
  const id = { imageDigest: digest, ...(imageTag !== undefined && { imageTag }) };
  return { ...nameOf(registry, repository), imageId: id };
}

/** Once a day for each image. https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-scanning-basic.html */
function verifyScannable({ state }: Place, image: Image): void {
  if (statusOf(image, state.now()) !== "ACTIVE") {
    throw new Refusal("ImageArchivedException", `The image '${image.digest}' is archived`);
  }
  if (isIndexType(image.mediaType)) {
    const message = `The operating system and/or package manager are not supported: '${image.mediaType}'`;
    throw new Refusal("UnsupportedImageTypeException", message);
  }
  if (image.scannedAt !== undefined && state.now() - image.scannedAt < day) {
    const message = "The scan quota per image has been exceeded. Wait and try again.";
    throw new Refusal("LimitExceededException", message);
  }
}

function notScanned({ registry, repository }: Place, { imageDigest, imageTag }: ImageId): Refusal {
  const id = `{imageDigest:'${imageDigest ?? "null"}', imageTag:'${imageTag ?? "null"}'}`;
  return new Refusal(
    "ScanNotFoundException",
    `Image scan does not exist for the image with '${id}' in the repository with name '${repository.name}' in the registry with id '${registry.account}'`,
  );
}

/** https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_PutRegistryScanningConfiguration.html */
function verifyFrequencies({ scanType, rules }: ScanningSetting): void {
  const at = rules.findIndex(({ scanFrequency }) => scanFrequency === "CONTINUOUS_SCAN");
  if (scanType === "ENHANCED" || at < 0) return;
  throw invalidParameter(
    `rules.${at + 1}.member.scanFrequency`,
    "CONTINUOUS_SCAN goes with the scan type ENHANCED only",
  );
}

function describeSetting({ settings }: Registry): object {
  const { scanType, rules } = settings.scanning ?? { scanType: "BASIC", rules: [] };
  return {
    scanType,
    rules: rules.map(({ scanFrequency, filters }) => ({
      scanFrequency,
      repositoryFilters: filtersOf(filters),
    })),
  };
}

function describeRepository(registry: Registry, name: string): object {
  const scanOnPush = registry.repositories.get(name)?.scanOnPush ?? false;
  const { scanFrequency, filters } = scanFrequencyOf(registry.settings.scanning, {
    name,
    scanOnPush,
  });
  return {
    repositoryArn: repositoryArn(registry, name),
    repositoryName: name,
    scanOnPush: scanFrequency === "SCAN_ON_PUSH",
    scanFrequency,
    appliedScanFilters: filtersOf(filters),
  };
}

function filtersOf(filters: readonly string[]): object[] {
  return filters.map((filter) => ({ filter, filterType: "WILDCARD" }));
}
