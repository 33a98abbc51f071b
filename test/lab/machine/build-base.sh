#!/bin/bash
# Makes the root file system that all machines of the lab share: Debian with the programs of a control plane, two users,
# and nothing that only costs time at boot.
# usage: build-base.sh FOLDER PUBLIC-KEY-FILE
set -euo pipefail
base=$1 key=$2
suite=bookworm
packages=systemd,systemd-sysv,dbus,openssh-server,iproute2,haproxy,keepalived,etcd-client,etcd-server,sudo,curl,ca-certificates,openssl,iputils-ping,procps

rm -rf "$base"
debootstrap --variant=minbase --include="$packages" "$suite" "$base"

# ops may use sudo freely; opspw has to give its password.
for user in ops opspw; do
  chroot "$base" useradd -m -s /bin/bash "$user"
  install -d -m 700 "$base/home/$user/.ssh"
  install -m 600 "$key" "$base/home/$user/.ssh/authorized_keys"
  chroot "$base" chown -R "$user:$user" "/home/$user/.ssh"
done
echo 'opspw:opspw-secret' | chroot "$base" chpasswd
echo 'ops ALL=(ALL) NOPASSWD:ALL' >"$base/etc/sudoers.d/ops"
echo 'opspw ALL=(ALL) ALL' >"$base/etc/sudoers.d/opspw"
chmod 440 "$base"/etc/sudoers.d/ops*

# Every machine gets its own identity.
rm -f "$base"/etc/ssh/ssh_host_* "$base/var/lib/dbus/machine-id"
: >"$base/etc/machine-id"

units=$base/etc/systemd/system
for unit in apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer e2scrub_reap.service \
  getty@tty1.service console-getty.service modprobe@configfs.service modprobe@drm.service modprobe@efi_pstore.service \
  modprobe@fuse.service modprobe@loop.service modprobe@dm_mod.service; do
  ln -sf /dev/null "$units/$unit"
done
rm -f "$units"/multi-user.target.wants/{etcd,haproxy,keepalived}.service "$units/etcd2.service"
mkdir -p "$units/multi-user.target.wants" "$units/network-online.target.wants" "$base/etc/systemd/journald.conf.d"
ln -sf /lib/systemd/system/systemd-networkd.service "$units/multi-user.target.wants/"
# keepalived's unicast_src_ip and etcd's listen URLs need the address to be there, as on a real server.
ln -sf /lib/systemd/system/systemd-networkd-wait-online.service "$units/network-online.target.wants/"
mkdir -p "$base/var/log/journal"
printf '[Journal]\nStorage=persistent\nSystemMaxUse=64M\nReadKMsg=no\n' >"$base/etc/systemd/journald.conf.d/lab.conf"
touch "$base/etc/default/locale"
# Not in the shared layer, so that moving the folder away is a plain rename, as it is on a server.
rm -rf "$base/var/lib/etcd"
# What plays the API server is haproxy under another name, so that a check for haproxy sees only the real one.
cp "$base/usr/sbin/haproxy" "$base/usr/local/bin/kube-apiserver-standin"
