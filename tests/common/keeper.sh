# Keeps the mount namespace of an engine, with a `/run` of its own, so that it meets no other engine and that
# all mounts stay when it is started again. When the test that started it lets go of standard input, as it does
# however it ends, takes down what the engine left: processes, mounts, cgroups, files.
#
# What belongs to the engine bears the name of its folder. That comes by the environment, FOLDER: on a command
# line it would make this script a part of the engine.
if [ -n "$SYSTEM" ]; then
    # Another system's engines see the same processes, devices and temporary files. Its root becomes that of the
    # namespace: with less than that, containers see the old one.
    mount --bind "$SYSTEM" "$SYSTEM"
    for folder in /proc /sys /dev; do mount --rbind $folder "$SYSTEM$folder"; done
    temporary=$(dirname "$FOLDER")
    mkdir -p "$SYSTEM$temporary"
    mount --bind "$temporary" "$SYSTEM$temporary"
    cd "$SYSTEM"
    pivot_root . mnt
    cd /
    umount --lazy /mnt
fi
mount -t tmpfs tmpfs /run
echo ready
cat > /dev/null
name=$(basename "$FOLDER")

# Processes of the engine: its folder is on their command lines.
own() { printf %s "$name" | grep -lsF -f - /proc/[0-9]*/cmdline | cut -d / -f 3; }

# What these processes started: the containers' processes bear no name.
below() {
    for process; do
        for child in $(cat "/proc/$process/task/"*/children 2> /dev/null); do
            echo "$child"
            below "$child"
        done
    done
}

for try in $(seq 100); do
    processes=$(own)
    [ -n "$processes" ] || break
    kill -KILL $(below $processes) $processes 2> /dev/null
    sleep 0.05
done

for container in "$name" $(ls "$FOLDER"/root/*-containers 2> /dev/null); do
    find /sys/fs/cgroup -depth -type d -path "*$container*" -exec rmdir {} \; 2> /dev/null
done
for mount in $(grep -F "$name" /proc/self/mounts | cut -d ' ' -f 2); do
    umount --lazy "$mount" 2> /dev/null
done
for try in $(seq 50); do
    rm -rf "$FOLDER" && break
    sleep 0.1
done
