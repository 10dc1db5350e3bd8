import { Refusal, say, start } from "../say.ts";
import { baseImageName, makeBaseImage } from "./busybox.ts";

await start(() => {
  const folder = process.argv[2];
  if (folder === undefined) throw new Refusal("usage: scripts/base-image FOLDER");
  const context = makeBaseImage(folder);
  if (context !== undefined) console.log(`${baseImageName}=${context}`);
  else say(`there is no apt here to make ${baseImageName} with: it will be pulled from Docker Hub`);
});
