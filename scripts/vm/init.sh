#!/bin/busybox sh
# The guest's first process: the host's root, read-only, under a tmpfs that takes the writes; cgroup v2 and nothing of v1.
/bin/busybox --install -s /bin
mkdir -p /proc /sys /dev /host /own /root
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs dev /dev

fail() {
  echo "guest: $*" >/dev/console
  poweroff -f
}

while read -r module; do insmod "/modules/$module" || fail "no module $module"; done </modules/order
mount -t 9p -o ro,trans=virtio,version=9p2000.L,cache=loose,msize=524288 host /host || fail "the host's root can't be mounted"
mount -t tmpfs -o mode=755 own /own
mkdir /own/upper /own/work
mount -t overlay -o lowerdir=/host,upperdir=/own/upper,workdir=/own/work root /root || fail "no root"

cd /root || fail "no root"
mount -t proc proc proc
mount -t sysfs sysfs sys
mount -t devtmpfs dev dev
mkdir -p dev/pts dev/shm
mount -t devpts -o gid=5,mode=620,ptmxmode=666 devpts dev/pts
mount -t tmpfs shm dev/shm
mount -t tmpfs -o mode=755 run run
# An upper directory can't lie on an overlay: tests have theirs below /tmp.
mount -t tmpfs -o mode=1777 tmp tmp
while read -r kept; do
  mkdir -p "./$kept"
  mount -o bind "/host$kept" "./$kept" || fail "no $kept"
done </task/kept
mount -t cgroup2 -o nsdelegate cgroup2 sys/fs/cgroup || fail "no cgroup v2"
ip link set lo up

port() {
  for each in /sys/class/virtio-ports/*; do
    [ "$(cat "$each/name")" = "$1" ] && echo "/dev/${each##*/}"
  done
}
out=$(port out) err=$(port err) code=$(port code)
cp /task/command run/task
mount --move . /

if [ -e /task/systemd ]; then
  # The command is a service of a system that systemd runs.
  mkdir -p run/systemd/system
  # It would empty /tmp when a unit needs sysinit.target.
  ln -s /dev/null run/systemd/system/systemd-tmpfiles-setup.service
  cat >run/ended <<END
#!/bin/sh
echo "\$EXIT_STATUS" >$code
END
  chmod 755 run/ended
  cat >run/systemd/system/task.service <<END
[Unit]
DefaultDependencies=no
SuccessAction=poweroff-immediate
FailureAction=poweroff-immediate
[Service]
Type=oneshot
ExecStart=/run/task
ExecStopPost=/run/ended
TimeoutStartSec=infinity
StandardInput=null
StandardOutput=file:$out
StandardError=file:$err
END
  exec chroot . /lib/systemd/systemd --unit=task.service
fi

# As a login does: not in the hierarchy's root, whose controllers are nobody's yet.
mkdir sys/fs/cgroup/session
(
  echo 0 >./sys/fs/cgroup/session/cgroup.procs
  exec setsid chroot . /run/task </dev/null >"$out" 2>"$err"
) &
wait $!
echo $? >"$code"
sync
poweroff -f
