# A lock between processes, for POSIX sh: a folder, because making one is atomic, with the owner's
# process id in it. Sourced by the scripts that need it; they provide `say`.

lock_wait_seconds=600

# take_lock FOLDER: waits for the lock, with a limit, and takes over one whose owner has died.
take_lock() {
  lock=$1
  waited=0
  while ! mkdir "$lock" 2>/dev/null; do
    if [ ! -w "${lock%/*}" ]; then
      say "cannot write into ${lock%/*}"
      exit 1
    fi
    owner=$(cat "$lock/pid" 2>/dev/null) || owner=
    if [ "$waited" -eq 0 ]; then say "waiting for another run${owner:+ (process $owner)}"; fi
    if lock_is_stale; then break_lock; fi
    if [ "$waited" -ge "$lock_wait_seconds" ]; then
      say "gave up after ${waited} s: if nothing else runs here, remove $lock"
      exit 1
    fi
    sleep 1
    waited=$((waited + 1))
  done
  echo $$ >"$lock/pid"
}

release_lock() { rm -rf "$lock"; }

# An owner writes its id right after making the folder; one that has none for 5 s died in between.
lock_is_stale() {
  if [ -n "$owner" ]; then
    ! kill -0 "$owner" 2>/dev/null
  else
    [ "$waited" -ge 5 ]
  fi
}

# Only one waiter may break a stale lock, and only the one it has seen: the next owner may have
# taken it since.
break_lock() {
  if mkdir "$lock.break" 2>/dev/null; then
    seen=$(cat "$lock/pid" 2>/dev/null) || seen=
    if [ "$seen" = "$owner" ]; then rm -rf "$lock"; fi
    rmdir "$lock.break"
  elif [ "$waited" -ge 10 ]; then
    rmdir "$lock.break" 2>/dev/null || true
  fi
}
