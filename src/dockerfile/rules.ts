import type { Rule } from "./rule.ts";
import { addForCopy } from "./rules/add.ts";
import { baseLatest, baseNotPinned, baseWithoutTag } from "./rules/base-image.ts";
import {
  apkCacheKept,
  aptListsKept,
  dnfCacheKept,
  npmCacheKept,
  pipCacheKept,
} from "./rules/caches.ts";
import { contextLeaks, ignoreFileMissing } from "./rules/context.ts";
import { compilerInImage, devDependenciesInImage } from "./rules/final-image.ts";
import { healthcheckMissing } from "./rules/health.ts";
import { installAfterCopy } from "./rules/order.ts";
import { installsApart } from "./rules/packages.ts";
import { installNotLocked } from "./rules/reproducible.ts";
import { secretCopied, secretInArg, secretInEnv, secretInUrl } from "./rules/secrets.ts";
import { shellForm } from "./rules/shell-form.ts";
import { unusedStage } from "./rules/unused-stage.ts";
import { runsAsRoot } from "./rules/user.ts";

const practices = "https://docs.docker.com/build/building/best-practices/";
const secrets = "https://docs.docker.com/build/building/secrets/";
const keptLayer = "nobody reads it in the image, and every pull carries it";
const published =
  "whoever can pull the image can read it, in the history too when it is deleted later";

/** Every rule of ours, by its code. The level is the highest that it gives. */
export const rules = {
  ADD_FOR_COPY: {
    level: "warning",
    about: "ADD of plain files",
    reason: "ADD unpacks archives and fetches addresses; COPY does only what it says",
    url: `${practices}#add-or-copy`,
    find: addForCopy,
  },
  APK_CACHE_KEPT: {
    level: "warning",
    about: "apk add without --no-cache or clean-up in the same layer",
    reason: keptLayer,
    url: "https://wiki.alpinelinux.org/wiki/Alpine_Package_Keeper",
    find: apkCacheKept,
  },
  APT_LISTS_KEPT: {
    level: "warning",
    about: "apt-get install without removing the package lists in the same layer",
    reason: keptLayer,
    url: `${practices}#apt-get`,
    find: aptListsKept,
  },
  BASE_LATEST: {
    level: "warning",
    about: "a base image with the tag latest",
    reason: "the next build may stand on another major version",
    url: `${practices}#pin-base-image-versions`,
    find: baseLatest,
  },
  BASE_NOT_PINNED: {
    level: "error",
    about: "a base image without its digest; an error with pin: digest, else an info",
    reason: "a tag moves: the same commit builds another image tomorrow",
    url: `${practices}#pin-base-image-versions`,
    find: baseNotPinned,
  },
  BASE_NO_TAG: {
    level: "warning",
    about: "a base image without a tag",
    reason: "it means latest: the next build may stand on another major version",
    url: `${practices}#pin-base-image-versions`,
    find: baseWithoutTag,
  },
  COMPILER_IN_IMAGE: {
    level: "warning",
    about: "compilers or a build image in what is published; an info with several stages",
    reason: "it makes the image larger, and helps whoever breaks in",
    url: `${practices}#use-multi-stage-builds`,
    find: compilerInImage,
  },
  CONTEXT_LEAKS: {
    level: "error",
    about: ".env, keys, .git or node_modules in a context that is copied whole",
    reason: "what the ignore file lets through is in the layer",
    url: "https://docs.docker.com/build/concepts/context/#dockerignore-files",
    find: contextLeaks,
  },
  DEV_DEPENDENCIES: {
    level: "warning",
    about: "development dependencies of npm in the image",
    reason: "they make the image larger, and scanners find their vulnerabilities",
    url: "https://docs.npmjs.com/cli/commands/npm-ci#omit",
    find: devDependenciesInImage,
  },
  DNF_CACHE_KEPT: {
    level: "warning",
    about: "dnf or yum install without clean all in the same layer",
    reason: keptLayer,
    url: "https://dnf.readthedocs.io/en/latest/command_ref.html#clean-command",
    find: dnfCacheKept,
  },
  HEALTHCHECK_MISSING: {
    level: "info",
    about: "EXPOSE without HEALTHCHECK",
    reason: "docker and compose cannot tell a process that hangs from one that serves",
    url: "https://docs.docker.com/reference/dockerfile/#healthcheck",
    find: healthcheckMissing,
  },
  IGNORE_FILE_MISSING: {
    level: "warning",
    about: "the context is copied whole, without a .dockerignore",
    reason: "whatever lies there, now or later, gets into the image",
    url: "https://docs.docker.com/build/concepts/context/#dockerignore-files",
    find: ignoreFileMissing,
  },
  INSTALLS_APART: {
    level: "info",
    about: "two RUN in a row that install packages",
    reason: "each costs an update and a layer of its own",
    url: `${practices}#minimize-the-number-of-layers`,
    find: installsApart,
  },
  INSTALL_AFTER_COPY: {
    level: "warning",
    about: "dependencies are installed after COPY . .",
    reason: "every change of any file makes the install run again",
    url: "https://docs.docker.com/build/cache/optimize/#order-your-layers",
    find: installAfterCopy,
  },
  INSTALL_NOT_LOCKED: {
    level: "warning",
    about: "npm install where npm ci fits; yarn and pnpm without their lock file",
    reason: "the same commit may get other dependencies tomorrow",
    url: "https://docs.npmjs.com/cli/commands/npm-ci",
    find: installNotLocked,
  },
  JSONArgsRecommended: {
    level: "warning",
    about: "CMD or ENTRYPOINT in shell form: a rule of BuildKit, which holds without docker too",
    reason:
      "a shell is the first process and passes no signal on: the container is killed after its grace",
    url: "https://docs.docker.com/go/dockerfile/rule/json-args-recommended/",
    find: shellForm,
  },
  NPM_CACHE_KEPT: {
    level: "warning",
    about: "npm ci without cleaning its cache in the same layer",
    reason: keptLayer,
    url: "https://docs.npmjs.com/cli/commands/npm-cache",
    find: npmCacheKept,
  },
  PIP_CACHE_KEPT: {
    level: "warning",
    about: "pip install without --no-cache-dir",
    reason: keptLayer,
    url: "https://pip.pypa.io/en/stable/topics/caching/",
    find: pipCacheKept,
  },
  SECRET_COPIED: {
    level: "error",
    about: "COPY or ADD of .env, a private key or the credentials of a client",
    reason: published,
    url: secrets,
    find: secretCopied,
  },
  SECRET_IN_ARG: {
    level: "error",
    about: "a secret in ARG; a warning where only its name is there",
    reason: published,
    url: secrets,
    find: secretInArg,
  },
  SECRET_IN_ENV: {
    level: "error",
    about: "a secret in ENV",
    reason: published,
    url: secrets,
    find: secretInEnv,
  },
  SECRET_IN_URL: {
    level: "error",
    about: "a password in an address of ADD or RUN",
    reason: published,
    url: secrets,
    find: secretInUrl,
  },
  UNUSED_STAGE: {
    level: "warning",
    about: "a stage that the target does not need; an info when it has a name",
    reason: "whoever reads the file takes it for a part of the image",
    url: "https://docs.docker.com/build/building/multi-stage/",
    find: unusedStage,
  },
  USER_ROOT: {
    level: "error",
    about:
      "the image runs as root: an error when USER says so, a warning when no USER says otherwise",
    reason: "who breaks out of the process is root in the container",
    url: `${practices}#user`,
    find: runsAsRoot,
  },
} as const satisfies Readonly<Record<string, Rule>>;

export type RuleCode = keyof typeof rules;

/** Those about what is published: a part that is built for another image need not be as they want it. */
export const finalImageCodes: readonly string[] = [
  "COMPILER_IN_IMAGE",
  "DEV_DEPENDENCIES",
  "HEALTHCHECK_MISSING",
  "UNUSED_STAGE",
  "USER_ROOT",
] satisfies readonly RuleCode[];
