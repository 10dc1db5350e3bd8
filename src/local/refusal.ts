/** The exceptions of the ECR service model (and of STS) that something here raises. */
export type RefusalType =
  | "AccessDenied"
  | "AccessDeniedException"
  | "EmptyUploadException"
  | "ExpiredTokenException"
  | "ImageAlreadyExistsException"
  | "ImageArchivedException"
  | "ImageDigestDoesNotMatchException"
  | "ImageNotFoundException"
  | "ImageReferencedByManifestListException"
  | "ImageTagAlreadyExistsException"
  | "ImageStorageClassUpdateNotSupportedException"
  | "InvalidLayerException"
  | "InvalidLayerPartException"
  | "InvalidParameterException"
  | "InvalidTagParameterException"
  | "LayerAlreadyExistsException"
  | "LayerInaccessibleException"
  | "LayerPartTooSmallException"
  | "LayersNotFoundException"
  | "LifecyclePolicyNotFoundException"
  | "LifecyclePolicyPreviewInProgressException"
  | "LifecyclePolicyPreviewNotFoundException"
  | "LimitExceededException"
  | "MissingAuthenticationTokenException"
  | "ReferencedImagesNotFoundException"
  | "RegistryPolicyNotFoundException"
  | "RepositoryAlreadyExistsException"
  | "RepositoryNotEmptyException"
  | "RepositoryNotFoundException"
  | "RepositoryPolicyNotFoundException"
  | "RequestEntityTooLargeException"
  | "ScanNotFoundException"
  | "SerializationException"
  | "ServerException"
  | "SigningConfigurationNotFoundException"
  | "TemplateAlreadyExistsException"
  | "TemplateNotFoundException"
  | "TooManyTagsException"
  | "UnknownOperationException"
  | "UnsupportedImageTypeException"
  | "UnsupportedOperation"
  | "UploadNotFoundException"
  | "ValidationException";

/**
 * ECR says no. Both planes raise it and each words it for its own protocol: the API as an exception of
 * its service model, the registry API as an error code of the distribution specification.
 */
export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly type: RefusalType;
  /** What the service model gives the exception besides its message. */
  readonly fields: object;

  constructor(type: RefusalType, message: string, fields: object = {}) {
    super(message);
    this.type = type;
    this.fields = fields;
  }
}

/** `InvalidParameterException` in ECR's own words. */
export function invalidParameter(parameter: string, constraint: string): Refusal {
  return new Refusal(
    "InvalidParameterException",
    `Invalid parameter at '${parameter}' failed to satisfy constraint: '${constraint}'`,
  );
}

export function repositoryNotFound(name: string, account: string): Refusal {
  return new Refusal(
    "RepositoryNotFoundException",
    `The repository with name '${name}' does not exist in the registry with id '${account}'`,
  );
}

/** ECR's reason when a child of an index is to be deleted before the index. */
export function referencedByList(parents: readonly string[]): string {
  return `Requested image referenced by manifest list: [${parents.join(", ")}]`;
}
