#!/bin/sh
# Makes an image of a static busybox and one file:  make-image.sh NAME:TAG GREETING > image.tar
# The archive is as `docker save` writes it, so `docker load` takes it too. Needs busybox (static) and GNU tar.
set -eu
umask 022
name=$1
greeting=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

pack() { tar -cf "$1.tar" --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner -C "$1" .; }
digest() { echo "sha256:$(sha256sum "$1" | cut -d' ' -f1)"; }
case $(uname -m) in x86_64) architecture=amd64 ;; aarch64) architecture=arm64 ;; *) architecture=$(uname -m) ;; esac

# Two layers: the programs are the same in every image, so a registry and a host keep them once.
mkdir -p base/bin top
cp "$(command -v busybox)" base/bin/busybox
for command in sh cat sleep; do ln -s busybox "base/bin/$command"; done
echo "$greeting" > top/greeting
pack base
pack top

cat > config.json <<END
{ "os": "linux", "architecture": "$architecture", "created": "$(date -u +%Y-%m-%dT%H:%M:%SZ)",
  "config": { "Cmd": ["sh", "-c", "cat /greeting; exec sleep 1000000"], "Env": ["PATH=/bin"] },
  "rootfs": { "type": "layers", "diff_ids": ["$(digest base.tar)", "$(digest top.tar)"] } }
END
cat > manifest.json <<END
[{ "Config": "config.json", "RepoTags": ["$name"], "Layers": ["base.tar", "top.tar"] }]
END
tar -cf - manifest.json config.json base.tar top.tar
