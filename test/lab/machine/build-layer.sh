#!/bin/bash
# Makes a layer over the base with what a machine needs to run containers, from Debian's packages.
# usage: build-layer.sh BASE LAYER
set -euo pipefail
base=$1 layer=$2
root=$layer.root
packages='containerd runc containernetworking-plugins iptables conntrack socat kmod ethtool unzip'

rm -rf "$layer" "$layer.work"
mkdir -p "$layer" "$layer.work" "$root"
mount -t overlay overlay -o "lowerdir=$base,upperdir=$layer,workdir=$layer.work" "$root"
trap 'umount "$root" && rmdir "$root"; rm -rf "$layer.work"' EXIT
cp -f /etc/resolv.conf "$root/etc/resolv.conf" 2>/dev/null || true
# Nothing is started while it is installed.
printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
chmod 755 "$root/usr/sbin/policy-rc.d"
chroot "$root" apt-get -q update
# shellcheck disable=SC2086
DEBIAN_FRONTEND=noninteractive chroot "$root" apt-get -qy --no-install-recommends install $packages
rm -f "$root/usr/sbin/policy-rc.d" "$root/etc/resolv.conf" "$root/etc/systemd/system/multi-user.target.wants/containerd.service"
rm -rf "$root"/var/cache/apt/archives/*.deb "$root"/var/lib/apt/lists/*
