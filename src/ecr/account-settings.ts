import { GetAccountSettingCommand } from "@aws-sdk/client-ecr";
import { ask } from "../aws/request.ts";
import type { Session } from "./session.ts";
import type { Ecr } from "./types.ts";

/** https://docs.aws.amazon.com/AmazonECR/latest/userguide/blob-mounting.html: off until an account turns it on. */
export function accountSettingQuestions(session: Session): Pick<Ecr, "mountsBlobs"> {
  const { client, signal, principal } = session;
  const question = {
    action: "ecr:GetAccountSetting",
    about: `the account settings of ${principal.region}`,
    resource: "*",
  };
  const read = async () => {
    const command = new GetAccountSettingCommand({ name: "BLOB_MOUNTING" });
    const { value } = await ask(question, signal, (options) => client.send(command, options));
    return value === "ENABLED";
  };
  let asked: Promise<boolean> | undefined;
  return { mountsBlobs: () => (asked ??= read()) };
}
