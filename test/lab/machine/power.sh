#!/bin/bash
# One machine's power supply. Enters cgroups of the machine's own, then runs it until it is off; a reboot inside starts it
# again. The machine is an overlay of FOLDER/upper over LOWER.
# usage: power.sh NAME FOLDER LOWER[:LOWER…]     (the network as HAVEN_LAB_NAMESPACE, _OWN, _BRIDGE, _MAC)
set -u
name=$1 folder=$2 lower=$3
own=$HAVEN_LAB_OWN
echo $$ >"$folder/power.pid"

# Without a cgroup of its own every machine's systemd would share one tree with the host's.
for controller in systemd unified cpu cpuacct cpuset memory devices freezer blkio pids; do
  tree=/sys/fs/cgroup/$controller
  [ -d "$tree" ] || continue
  mkdir -p "$tree/$HAVEN_LAB_NAMESPACE/$name"
  if [ "$controller" = cpuset ]; then
    for each in "$tree/$HAVEN_LAB_NAMESPACE" "$tree/$HAVEN_LAB_NAMESPACE/$name"; do
      cat "$tree/cpuset.cpus" >"$each/cpuset.cpus"
      cat "$tree/cpuset.mems" >"$each/cpuset.mems"
    done
  fi
  echo $$ >"$tree/$HAVEN_LAB_NAMESPACE/$name/cgroup.procs"
done
if [ -f /sys/fs/cgroup/cgroup.controllers ]; then
  mkdir -p "/sys/fs/cgroup/$HAVEN_LAB_NAMESPACE/$name"
  echo $$ >"/sys/fs/cgroup/$HAVEN_LAB_NAMESPACE/$name/cgroup.procs"
fi

unplug() {
  ip -n "$HAVEN_LAB_NAMESPACE" link del "v-$name" 2>/dev/null
  # A machine without power answers nobody: its addresses go with its namespace.
  [ -e "/run/netns/$own" ] && ip netns del "$own"
  return 0
}
plug() {
  unplug
  ip netns add "$own"
  ip -n "$own" link set lo up
  ip link add name eth0 address "$HAVEN_LAB_MAC" netns "$own" type veth peer name "v-$name" netns "$HAVEN_LAB_NAMESPACE"
  ip -n "$HAVEN_LAB_NAMESPACE" link set "v-$name" master "$HAVEN_LAB_BRIDGE" up
}

options=()
[ -f "$folder/nspawn.options" ] && mapfile -t options <"$folder/nspawn.options"
ended=133
while [ "$ended" = 133 ]; do
  plug
  mountpoint -q "$folder/root" ||
    mount -t overlay overlay -o "lowerdir=$lower,upperdir=$folder/upper,workdir=$folder/work" "$folder/root"
  # CAP_NET_ADMIN: a namespace given by its path comes without the right to change it.
  SYSTEMD_NSPAWN_API_VFS_WRITABLE=network systemd-nspawn -q -D "$folder/root" -M "$name" --hostname="$name" -b \
    --register=no --keep-unit --network-namespace-path="/run/netns/$own" --resolv-conf=off --timezone=off \
    --link-journal=no --capability=CAP_NET_ADMIN "${options[@]}" </dev/null >>"$folder/console.log" 2>&1
  ended=$?
  echo "=== ended with $ended" >>"$folder/console.log"
  unplug
  umount "$folder/root" 2>/dev/null
done
rm -f "$folder/power.pid"
