import type { Entry } from "../layers/facts.ts";
import type { FileSystem, Placed } from "../layers/file-system.ts";
import type { Remark } from "./remark.ts";

const setUid = 0o4000;
const setGid = 0o2000;
const sticky = 0o1000;
const worldWrites = 0o002;
const anyoneRuns = 0o111;

/** What Debian, Alpine, Red Hat and Amazon Linux install set-uid or set-gid, and nobody is surprised to find. */
const ofTheBase =
  /^(?:usr\/)?(?:s?bin\/(?:su|mount|umount|passwd|chsh|chfn|newgrp|gpasswd|chage|expiry|wall|write|write\.ul|bsd-write|ssh-agent|crontab|sudo|sudoedit|bbsuid|unix_chkpwd|pam_extrausers_chkpwd|pam_timestamp_check|pkexec|fusermount3?|dotlockfile|newuidmap|newgidmap|userhelper|usernetctl|netreport|grub2-set-bootflag|mount\.nfs|staprun|screen|locate|plocate|postdrop|postqueue|utempter)|lib(?:exec)?\/(?:.*\/)?(?:ssh-keysign|dbus-daemon-launch-helper|polkit-agent-helper-1|utempter|utempter\/utempter|pt_chown))$/;

/** Rights that are wider than a container needs, in the file system that it sees. */
export function modeRemarks({ visible }: FileSystem, allowed: (path: string) => boolean): Remark[] {
  const wide = visible.filter(({ entry }) => isSetId(entry) || isOpen(entry));
  const told = wide
    .filter(({ entry }) => !allowed(entry.path))
    .sort((a, b) => (a.entry.path < b.entry.path ? -1 : 1));
  const known = told.filter(({ entry }) => isSetId(entry) && ofTheBase.test(entry.path));
  const others = told.filter((one) => !known.includes(one)).map(modeRemark);
  return known.length === 0 ? others : [...others, knownRemark(known)];
}

function modeRemark({ entry, layer }: Placed): Remark {
  const where = `layer ${layer + 1} /${entry.path}`;
  const written = entry.mode.toString(8).padStart(4, "0");
  if (isSetId(entry)) {
    return { code: "SETUID_FILE", level: "warning", where, message: setIdText(entry, written) };
  }
  const message = `a directory that everybody may write to, without sticky bit (${written})`;
  return { code: "WORLD_WRITABLE", level: "warning", where, message };
}

function knownRemark(known: readonly Placed[]): Remark {
  const paths = known.map(({ entry }) => `/${entry.path}`).sort();
  const message = `${paths.length} set-uid or set-gid programs of the base system: ${paths.join(", ")}`;
  return { code: "SETUID_FILE", level: "info", where: "file system", message };
}

function isSetId({ type, mode }: Entry): boolean {
  return type === "file" && (mode & (setUid | setGid)) !== 0 && (mode & anyoneRuns) !== 0;
}

function isOpen({ type, mode }: Entry): boolean {
  return type === "directory" && (mode & worldWrites) !== 0 && (mode & sticky) === 0;
}

function setIdText({ mode, uid, gid }: Entry, written: string): string {
  const who = mode & setUid ? (uid === 0 ? "root" : `user ${uid}`) : `group ${gid}`;
  return `a program that runs as ${who} whoever starts it (${written})`;
}
