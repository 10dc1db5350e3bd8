import {
  type FunctionConfiguration,
  GetFunctionCommand,
  LambdaClient,
  ListFunctionsCommand,
} from "@aws-sdk/client-lambda";
import { everyPage } from "../aws/pages.ts";
import { patient } from "../aws/throttling.ts";
import { SlipwayError } from "../errors.ts";
import { plural } from "../wording.ts";
import { asker, clientOptions, forEach, type InUseSession, type Running } from "./session.ts";

/** The most that Lambda gives (Lambda API reference, ListFunctions). */
const functionsPerPage = 50;

/**
 * What Lambda runs in a region: the images of all functions that are made of one, the unpublished version and every
 * published one. An alias is a pointer to one or two of these (Lambda developer guide, "Lambda function aliases"),
 * so that all that an alias may bring is among them. Throws ACCESS_DENIED with the permission that is missing.
 */
export async function askLambda(session: InUseSession): Promise<Running> {
  const own = {
    ...asker(session, "lambda"),
    client: patient(new LambdaClient(clientOptions(session)), session),
  };
  const versions = await listVersions(own);
  const ofImages = versions.filter(({ PackageType }) => PackageType === "Image");
  const documents = await forEach(ofImages, (version) => imageOf(own, version));
  const names = new Set(ofImages.map(({ FunctionName }) => FunctionName));
  return {
    documents,
    counted: [
      `${plural(names.size, "function")} made of an image`,
      `${plural(ofImages.length, "version")} of them, published or not`,
    ],
  };
}

type Clientele = ReturnType<typeof asker> & { readonly client: LambdaClient };

function listVersions({ client, ask }: Clientele): Promise<readonly FunctionConfiguration[]> {
  return everyPage(async (Marker) => {
    const input = { FunctionVersion: "ALL", MaxItems: functionsPerPage, Marker } as const;
    const answer = await ask("ListFunctions", "*", (options) =>
      client.send(new ListFunctionsCommand(input), options),
    );
    return { items: answer.Functions ?? [], next: answer.NextMarker };
  });
}

async function imageOf(
  { client, askMaybe }: Clientele,
  { FunctionName, FunctionArn = "*", Version }: FunctionConfiguration,
): Promise<readonly object[]> {
  const command = new GetFunctionCommand({ FunctionName, Qualifier: Version });
  const answer = await askMaybe(
    "GetFunction",
    FunctionArn,
    "ResourceNotFoundException",
    (options) => client.send(command, options),
  );
  if (!answer) return [];
  const { ImageUri, ResolvedImageUri } = answer.Code ?? {};
  if (!ImageUri)
    throw new SlipwayError(
      "AWS_FAILED",
      `Lambda does not say which image ${FunctionArn} is made of`,
    );
  return [{ Configuration: {}, Code: { ImageUri, ResolvedImageUri } }];
}
