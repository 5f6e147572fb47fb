#!/usr/bin/env bash
# Makes ../sample.tar.gz, the image that hadal shows when none is named.
#
# Needs docker with BuildKit on an overlay storage driver (x86-64), gcc, python3 and a static busybox (Debian:
# busybox-static). Times, and so digests, differ from run to run; names, changes and causes do not, nor do bytes,
# but for the two programs, whose size is the compiler's affair. tests/sample.rs says what must hold.
#
#   BUSYBOX=/bin/busybox ./build.sh
set -euo pipefail
cd "$(dirname "$0")"
busybox=${BUSYBOX:-/bin/busybox}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
epoch='2026-01-01 00:00:00 UTC'
pack=(tar --format=ustar --sort=name --owner=0 --group=0 --numeric-owner --mtime="$epoch")

# The tools that RUN uses.
mkdir -p "$work/context/tools/bin"
cp "$busybox" "$work/context/tools/bin/busybox"
for tool in sh awk cat chmod chown cp cut echo ln mkdir printf rm sed tar; do
    ln -s busybox "$work/context/tools/bin/$tool"
done

# The base: accounts, two static programs (one under two names, one set-user-ID), a log, the usual folders.
cp -r base "$work/base"
mkdir -p "$work/base"/{bin,srv,tmp,usr/{bin,lib},var/{lib/pkg,log}}
for program in tided whoami; do
    gcc -Os -Wall -Wextra -ffreestanding -fno-tree-loop-distribute-patterns -fno-stack-protector \
        -fno-asynchronous-unwind-tables -fno-pie -no-pie -nostdlib -static \
        -Wl,--build-id=none,-z,noseparate-code,-s -o "$work/base/usr/bin/$program" "programs/$program.c"
done
ln "$work/base/usr/bin/tided" "$work/base/usr/bin/tidepool"
ln -s usr/lib "$work/base/lib"
printf 'Package: base\nStatus: installed\n\n' > "$work/base/var/lib/pkg/status"
find "$work/base" -type d -exec chmod 0755 {} +
find "$work/base" -type f -exec chmod u=rwX,go=rX {} +
chmod 1777 "$work/base/tmp"
chmod 4755 "$work/base/usr/bin/whoami"
"${pack[@]}" -cf "$work/context/base.tar" -C "$work/base" .

# The packages.
mkdir "$work/context/packages"
cp packages/install.sh "$work/context/packages/"
for name in harmonics markup manual; do
    cp -r "packages/$name" "$work/$name"
    if [ "$name" = harmonics ]; then
        "$busybox" awk -f packages/node-factors.awk > "$work/$name/usr/share/harmonics/node-factors.tsv"
    fi
    find "$work/$name" -type d -exec chmod 0755 {} +
    find "$work/$name" -type f -exec chmod 0644 {} +
    "${pack[@]}" -cf "$work/context/packages/$name.tar" -C "$work/$name" usr
done

cp -r app "$work/context/app"
chmod -R u=rwX,go=rX "$work/context/app"
find "$work/context/app" -exec touch -d "$epoch" {} +

DOCKER_BUILDKIT=1 docker build --no-cache --network none --tag tidepool:1.4 --file Dockerfile "$work/context"
docker save --output "$work/built.tar" tidepool:1.4

# One more layer, which engines never write themselves but other builders do: the list of harbours is appended
# to an archive twice, so the layer holds the same path twice and only the later copy is ever seen.
mkdir -p "$work/fix/srv/tidepool/data"
stations="$work/fix/srv/tidepool/data/stations.tsv"
fix=(tar --format=ustar --owner=10001 --group=10001 --numeric-owner --mtime="$epoch" -C "$work/fix")
sed 's/Quill Harbour/Quill Haven/' app/data/stations.tsv > "$stations"
"${fix[@]}" -cf "$work/fix.tar" srv/tidepool/data/stations.tsv
sed 's/Quill Harbour/Old Quill Haven/' app/data/stations.tsv > "$stations"
"${fix[@]}" -rf "$work/fix.tar" srv/tidepool/data/stations.tsv
python3 append-layer.py "$work/built.tar" "$work/fix.tar" 'tar -r -f harbours.tar srv/tidepool/data/stations.tsv' \
    'the same path twice in one layer' "$work/sample.tar"

gzip -9n < "$work/sample.tar" > ../sample.tar.gz
ls -l ../sample.tar.gz
