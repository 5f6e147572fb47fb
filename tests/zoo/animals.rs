//! The animals: what each is, how it dies, and what a senior engineer would say of it.

use super::keeper::{Animal, Keeper, Place, run, within};
use super::programs;

const SERVER: &str = "#!/bin/sh\necho serving\n";

fn animal(name: &'static str, cause: &'static str, grade: &'static str) -> Animal {
    Animal::new(name, cause, grade)
}

/// All that are made on Docker.
pub fn docker() -> Vec<Animal> {
    [programs_that_do_not_start(), refused(), ended(), quiet(), betrayed(), running()]
        .into_iter()
        .flatten()
        .collect()
}

/// Those that are made on Podman, too. It records no error when a start fails: what the files say stands alone there.
pub fn podman() -> Vec<Animal> {
    let chosen = [
        "crlf",
        "deleted",
        "missing",
        "not-executable",
        "unset-variable",
        "job",
        "killed",
        "paused",
        "crash-child",
    ];
    let unrecorded = ["deleted", "missing", "not-executable"];
    let mut animals: Vec<Animal> =
        docker().into_iter().filter(|animal| chosen.contains(&animal.name)).collect();
    for animal in animals.iter_mut().filter(|animal| unrecorded.contains(&animal.name)) {
        animal.grade = "likely";
    }
    animals
}

fn programs_that_do_not_start() -> Vec<Animal> {
    let (needy, answer) = programs::library();
    let mut libraries = animal("library-missing", "shared-library-missing", "proven")
        .build("COPY main /app/main\nCOPY ld.so /lib64/ld-linux-x86-64.so.2\nCOPY libc.so.6 /lib64/libc.so.6\nENTRYPOINT [\"/app/main\"]")
        .file("main", needy.clone(), 0o755)
        .evidence(&["libanswer.so.1"]);
    let mut removed = animal("library-deleted", "shared-library-deleted-in-layer", "proven")
        .build(
            "COPY main /app/main\nCOPY ld.so /lib64/ld-linux-x86-64.so.2\nCOPY libc.so.6 /lib64/libc.so.6\n\
             COPY libanswer.so.1 /usr/lib/libanswer.so.1\nRUN rm /usr/lib/libanswer.so.1\nENTRYPOINT [\"/app/main\"]",
        )
        .file("main", needy, 0o755)
        .file("libanswer.so.1", answer, 0o755)
        .evidence(&["libanswer.so.1", "RUN"]);
    for (name, bytes) in programs::glibc() {
        libraries = libraries.file(name, bytes.clone(), 0o755);
        removed = removed.file(name, bytes, 0o755);
    }
    vec![
        animal("crlf", "crlf-line-endings", "proven")
            .build("COPY entry.sh /entrypoint.sh\nENTRYPOINT [\"/entrypoint.sh\"]")
            .file("entry.sh", "#!/bin/sh\r\necho hello\r\nexec \"$@\"\r\n", 0o755)
            .evidence(&["3 of 3 lines", "no such file"])
            .by_default(),
        animal("bom", "utf8-bom-before-shebang", "proven")
            .build("COPY entry.sh /entrypoint.sh\nENTRYPOINT [\"/entrypoint.sh\"]")
            .file("entry.sh", "\u{feff}#!/bin/sh\necho hello\n", 0o755)
            .evidence(&["EF BB BF"]),
        animal("deleted", "entrypoint-deleted-in-layer", "proven")
            .build("COPY hello /app/server\nRUN rm -rf /app/server\nENTRYPOINT [\"/app/server\"]")
            .evidence(&["/app/server", "RUN rm -rf /app/server"])
            .by_default(),
        animal("folder-deleted", "entrypoint-deleted-in-layer", "proven")
            .build("COPY hello /app/bin/server\nRUN rm -rf /app\nENTRYPOINT [\"/app/bin/server\"]")
            .evidence(&["RUN rm -rf /app"]),
        animal("missing", "entrypoint-not-in-image", "proven")
            .build("COPY hello /app/server.bin\nENTRYPOINT [\"/app/server\"]")
            .evidence(&["no layer", "/app/server.bin"])
            .by_default(),
        animal("hidden", "entrypoint-hidden-by-mount", "proven")
            .build("COPY hello /app/server\nENTRYPOINT [\"/app/server\"]")
            .options(&["-v", "@/empty:/app"])
            .evidence(&["bind", "/app"])
            .by_default(),
        animal("replaced", "entrypoint-replaced-by-mount", "proven")
            .build("COPY hello /app/server\nENTRYPOINT [\"/app/server\"]")
            .options(&["-v", "@/Dockerfile:/app/server"])
            .evidence(&["/app/server", "0644"]),
        animal("not-executable", "entrypoint-not-executable", "proven")
            .build("COPY server.sh /app/server.sh\nENTRYPOINT [\"/app/server.sh\"]")
            .file("server.sh", SERVER, 0o644)
            .evidence(&["0644"])
            .by_default(),
        animal("excludes-user", "entrypoint-mode-excludes-user", "proven")
            .build("COPY server.sh /app/server.sh\nUSER nobody\nENTRYPOINT [\"/app/server.sh\"]")
            .file("server.sh", SERVER, 0o744)
            .evidence(&["0744", "nobody"])
            .by_default(),
        animal("closed-folder", "parent-directory-not-traversable", "proven")
            .build("COPY server.sh /app/server.sh\nRUN chmod 700 /app\nUSER nobody\nENTRYPOINT [\"/app/server.sh\"]")
            .file("server.sh", SERVER, 0o755)
            .evidence(&["/app 0700"]),
        animal("folder", "entrypoint-is-a-directory", "proven")
            .build("COPY hello /app/server\nENTRYPOINT [\"/app\"]")
            .evidence(&["directory"]),
        animal("dangling", "entrypoint-dangling-symlink", "proven")
            .build("RUN ln -s /opt/tool-1.2/tool /bin/tool\nENTRYPOINT [\"/bin/tool\"]")
            .evidence(&["/opt/tool-1.2"])
            .by_default(),
        animal("one-word", "command-line-in-one-argv", "proven")
            .command(&["sleep 10"])
            .evidence(&["sleep 10"])
            .by_default(),
        animal("flag", "flag-used-as-command", "proven").command(&["--verbose"]).evidence(&["--verbose"]),
        animal("variable", "variable-not-expanded-exec-form", "proven").command(&["$SERVER"]).evidence(&["$SERVER"]),
        animal("path-lost", "path-env-overridden", "proven")
            .options(&["-e", "PATH=/opt/app/bin"])
            .command(&["ls"])
            .evidence(&["/bin/ls", "PATH=/opt/app/bin"])
            .by_default(),
        animal("not-installed", "command-not-installed", "proven").command(&["gunicorn", "app"]).evidence(&["PATH=/bin"]),
        animal("wrong-folder", "relative-entrypoint-wrong-workdir", "proven")
            .build("COPY hello /app/server\nWORKDIR /data\nCMD [\"./server\"]")
            .evidence(&["/app/server", "/data"]),
        animal("no-shell", "shell-form-without-shell", "proven")
            .build("COPY hello /server\nENTRYPOINT /server")
            .scratch()
            .evidence(&["/bin/sh"])
            .by_default(),
        animal("empty-file", "entrypoint-file-empty", "proven")
            .build("COPY server /server\nENTRYPOINT [\"/server\"]")
            .file("server", "", 0o755)
            .evidence(&["0 bytes"]),
        animal("no-shebang", "script-without-shebang", "proven")
            .build("COPY server /server\nENTRYPOINT [\"/server\"]")
            .file("server", "echo hello\n", 0o755)
            .evidence(&["echo hello"]),
        animal("pointer", "git-lfs-pointer-instead-of-binary", "proven")
            .build("COPY server /server\nENTRYPOINT [\"/server\"]")
            .file("server", "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n", 0o755)
            .evidence(&["git-lfs"]),
        animal("page", "html-page-instead-of-binary", "proven")
            .build("COPY server /server\nENTRYPOINT [\"/server\"]")
            .file("server", "<!DOCTYPE html>\n<title>404 Not Found</title>\n", 0o755)
            .evidence(&["DOCTYPE"]),
        animal("foreign", "wrong-architecture-binary", "proven")
            .build("COPY foreign /server\nENTRYPOINT [\"/server\"]")
            .evidence(&["arm64"])
            .by_default(),
        animal("cut-short", "truncated-binary", "proven")
            .build("COPY short /server\nENTRYPOINT [\"/server\"]")
            .evidence(&["40000 bytes"]),
        animal("no-interpreter", "shebang-interpreter-missing", "proven")
            .build("COPY run /run.sh\nENTRYPOINT [\"/run.sh\"]")
            .file("run", "#!/bin/bash\necho hello\n", 0o755)
            .evidence(&["/bin/bash"])
            .by_default(),
        animal("env-interpreter", "shebang-interpreter-missing", "proven")
            .build("RUN mkdir -p /usr/bin && ln -s /bin/busybox /usr/bin/env\nCOPY run /run.py\nENTRYPOINT [\"/run.py\"]")
            .file("run", "#!/usr/bin/env python3\nprint(1)\n", 0o755)
            .evidence(&["python3"]),
        animal("no-loader", "dynamic-loader-missing", "proven")
            .build("COPY dynamic /server\nENTRYPOINT [\"/server\"]")
            .evidence(&["ld-linux"])
            .by_default(),
        animal("glibc-on-musl", "glibc-binary-in-musl-image", "proven")
            .build("COPY hello /lib/ld-musl-x86_64.so.1\nCOPY dynamic /server\nENTRYPOINT [\"/server\"]")
            .evidence(&["ld-linux", "ld-musl"]),
        animal("nobody-there", "user-not-in-image", "proven")
            .options(&["--user", "nobodyy"])
            .command(&["true"])
            .evidence(&["nobodyy", "nobody"])
            .by_default(),
        animal("eats-itself", "entrypoint-deleted-in-writable-layer", "proven")
            .build("COPY server.sh /app/server.sh\nENTRYPOINT [\"/app/server.sh\"]")
            .file("server.sh", "#!/bin/sh\nrm /app/server.sh\n", 0o755)
            .life(|keeper, place| {
                run(keeper, place);
                keeper.docker(&["start", &place.name]);
                keeper.wait(&place.name);
            })
            .evidence(&["D /app/server.sh"])
            .by_default(),
        animal("under-init", "entrypoint-not-in-image", "proven")
            .options(&["--init"])
            .command(&["/opt/nothing"])
            .evidence(&["tini", "/opt/nothing"]),
        libraries.by_default(),
        removed,
    ]
}

fn refused() -> Vec<Animal> {
    vec![
        animal("netns", "shared-netns-owner-not-running", "proven")
            .command(&["sleep", "100"])
            .life(|keeper, place| {
                let owner = format!("{}-owner", place.name);
                keeper.docker(&[
                    "run",
                    "-d",
                    "--name",
                    &owner,
                    "--network",
                    "none",
                    &place.image,
                    "sleep",
                    "100",
                ]);
                place.others.lock().unwrap().push(owner.clone());
                let network = format!("container:{owner}");
                keeper.docker(&[
                    "create",
                    "--name",
                    &place.name,
                    "--network",
                    &network,
                    &place.image,
                    "sleep",
                    "100",
                ]);
                keeper.docker(&["kill", &owner]);
                keeper.docker(&["start", &place.name]);
            })
            .evidence(&["-owner", "exited"])
            .by_default(),
        animal("no-device", "device-missing-on-host", "proven")
            .options(&["--device", "/dev/hadal-nothing"])
            .command(&["true"])
            .evidence(&["/dev/hadal-nothing"])
            .by_default(),
        animal("no-gpu", "gpu-runtime-missing", "proven")
            .options(&["--gpus", "all"])
            .command(&["true"])
            .evidence(&["DeviceRequests"]),
        animal("onto-file", "mount-directory-onto-file", "proven")
            .options(&["-v", "@/a:/etc/passwd"])
            .command(&["true"])
            .evidence(&["/etc/passwd"])
            .by_default(),
        animal("inner-mount", "mountpoint-inside-readonly-mount", "proven")
            .options(&["-v", "@/a:/data:ro", "-v", "@/b:/data/inner"])
            .command(&["true"])
            .evidence(&["/data/inner"]),
        animal("source-gone", "bind-source-missing", "proven")
            .options(&["--mount", "type=bind,source=@/b,target=/data"])
            .command(&["true"])
            .life(|keeper, place| {
                keeper.create(place);
                std::fs::remove_dir(place.folder.path().join("b")).unwrap();
                keeper.docker(&["start", &place.name]);
            })
            .evidence(&["does not exist"])
            .by_default(),
        animal("untouched", "created-never-started", "proven")
            .command(&["true"])
            .life(Keeper::create)
            .fine()
            .by_default(),
    ]
}

fn ended() -> Vec<Animal> {
    vec![
        animal("oom", "oom-kill-container-limit", "proven")
            .build("COPY hog /hog\nCMD [\"/hog\"]")
            .options(&["--memory", "16m"])
            .evidence(&["OOMKilled true", "Memory 16777216"])
            .by_default(),
        animal("oom-heap", "oom-kill-heap-larger-than-limit", "proven")
            .build("COPY hog /java\nCMD [\"/java\", \"-Xmx512m\"]")
            .options(&["--memory", "16m"])
            .evidence(&["-Xmx512m"]),
        animal("oom-child", "oom-kill-of-child-process", "proven")
            .build("COPY hog /hog\nCMD [\"sh\", \"-c\", \"/hog; echo failed with $? >&2; exit 1\"]")
            .options(&["--memory", "16m"])
            .evidence(&["OOMKilled true"])
            .by_default(),
        animal("killed", "killed-by-docker-kill", "proven")
            .command(&["sleep", "100"])
            .life(|keeper, place| {
                keeper.start(place);
                keeper.docker(&["kill", &place.name]);
                keeper.wait(&place.name);
            })
            .evidence(&["signal 9"])
            .by_default(),
        animal("killed-from-outside", "killed-by-unknown-sender", "possible")
            .command(&["sleep", "100"])
            .life(|keeper, place| {
                keeper.start(place);
                let pid = keeper.state(&place.name, "{{.State.Pid}}");
                let pid = rustix::process::Pid::from_raw(pid.parse().unwrap()).unwrap();
                rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
                keeper.wait(&place.name);
            })
            .evidence(&["OOMKilled false", "complete for that time"])
            .by_default(),
        animal("stopped", "stopped-on-request", "proven")
            .script("trap 'exit 0' TERM; while :; do sleep 0.1; done")
            .life(stop)
            .fine()
            .by_default(),
        animal("stopped-143", "stopped-on-request", "proven")
            .options(&["--init"])
            .command(&["sleep", "100"])
            .life(stop)
            .fine(),
        animal("stop-shell", "stop-timeout-shell-does-not-forward", "proven")
            .script("sleep 100; true")
            .life(stop)
            .fine()
            .by_default(),
        animal("stop-default", "stop-timeout-pid1-default-ignored", "likely")
            .command(&["sleep", "100"])
            .life(stop)
            .fine(),
        animal("stop-ignored", "stop-timeout-sigterm-ignored", "proven")
            .script("trap '' TERM; while :; do sleep 1; done")
            .life(stop)
            .fine(),
        animal("crash-init", "segfault", "likely")
            .build("COPY crash /crash\nCMD [\"/crash\"]")
            .options(&["--init"])
            .evidence(&["139"])
            .by_default(),
        animal("crash", "segfault", "possible")
            .build("COPY crash /crash\nCMD [\"/crash\"]")
            .evidence(&["139"]),
        animal("crash-child", "segfault-of-child-process", "proven")
            .build("COPY crash /crash\nCMD [\"sh\", \"-c\", \"/crash; exit $?\"]")
            .evidence(&["Segmentation fault"]),
        animal("assertion", "abort-reported-as-139", "proven")
            .build("COPY assertion /assertion\nCMD [\"/assertion\"]")
            .evidence(&["argc > 9", "139"])
            .by_default(),
        animal("assertion-init", "abort-assertion", "proven")
            .build("COPY assertion /assertion\nCMD [\"/assertion\"]")
            .options(&["--init"])
            .evidence(&["argc > 9"]),
        animal("terminate", "abort-reported-as-139", "proven")
            .build("COPY aborter /aborter\nCMD [\"/aborter\"]")
            .evidence(&["terminate called"]),
        animal("divide", "integer-division-fault", "likely")
            .build("COPY divide /divide\nCMD [\"/divide\"]")
            .evidence(&["136"]),
        animal("illegal", "illegal-instruction", "likely")
            .build("COPY illegal /illegal\nCMD [\"/illegal\"]")
            .evidence(&["132"]),
        animal("bus", "shm-too-small", "likely")
            .build("COPY bus /bus\nCMD [\"/bus\"]")
            .evidence(&["ShmSize 67108864"]),
        animal("pipefail", "pipefail-sigpipe", "proven")
            .build("COPY run.sh /run.sh\nCMD [\"/run.sh\"]")
            .file("run.sh", "#!/bin/sh\nset -eo pipefail\nyes | head -n 1 > /dev/null\n", 0o755)
            .evidence(&["141"]),
        animal("hangup", "hangup-signal", "proven").options(&["--init"]).command(&["sleep", "100"]).life(
            |keeper, place| {
                keeper.start(place);
                keeper.docker(&["kill", "--signal", "HUP", &place.name]);
                keeper.wait(&place.name);
            },
        ),
        animal("interrupt", "interrupted-by-signal", "proven")
            .options(&["--init"])
            .command(&["sleep", "100"])
            .life(|keeper, place| {
                keeper.start(place);
                keeper.docker(&["kill", "--signal", "INT", &place.name]);
                keeper.wait(&place.name);
            }),
    ]
}

fn stop(keeper: &Keeper, place: &Place) {
    keeper.start(place);
    std::thread::sleep(std::time::Duration::from_millis(300));
    keeper.docker(&["stop", "-t", "1", &place.name]);
    keeper.wait(&place.name);
}

fn quiet() -> Vec<Animal> {
    vec![
        animal("job", "job-completed", "likely").script("echo done").fine().by_default(),
        animal("shell", "interactive-shell-without-stdin", "proven")
            .command(&["sh"])
            .evidence(&["OpenStdin false"])
            .by_default(),
        animal("daemon", "main-process-daemonized", "proven")
            .build("COPY forker /usr/sbin/nginx\nEXPOSE 80\nCMD [\"/usr/sbin/nginx\"]")
            .evidence(&["/run.pid"]),
        animal("forgetful", "entrypoint-does-not-exec-cmd", "proven")
            .build("COPY entry.sh /entry.sh\nENTRYPOINT [\"/entry.sh\"]\nCMD [\"server\"]")
            .file("entry.sh", "#!/bin/sh\necho preparing\n", 0o755)
            .evidence(&["/entry.sh", "server"])
            .by_default(),
        animal("silent", "silent-failure-set-e", "possible")
            .build("COPY entry.sh /entry.sh\nENTRYPOINT [\"/entry.sh\"]")
            .file("entry.sh", "#!/bin/sh\nset -e\ngrep -q ready /etc/passwd\nexec \"$@\"\n", 0o755)
            .evidence(&["/entry.sh"])
            .by_default(),
        animal("waits", "startup-wait-timed-out", "proven")
            .script("echo waiting for db:5432; timeout 1 sleep 5 || exit 124")
            .evidence(&["waiting for db"]),
        animal("255", "application-exit-255", "possible")
            .build("COPY exit255 /exit255\nCMD [\"/exit255\"]")
            .evidence(&["255"]),
    ]
}

fn betrayed() -> Vec<Animal> {
    vec![
        animal("unset-variable", "required-env-missing", "proven")
            .script("set -u; echo connecting to $DATABASE_URL")
            .evidence(&["DATABASE_URL is not among"])
            .by_default(),
        animal("must-be-set", "required-env-missing", "proven")
            .script(": ${API_TOKEN:?API_TOKEN must be set}")
            .evidence(&["API_TOKEN is not among"]),
        animal("refused", "dependency-connection-refused", "proven")
            .script("ip link set lo up 2>/dev/null; wget -q -O - http://127.0.0.1:5432/ || exit 1")
            .evidence(&["127.0.0.1"])
            .by_default(),
        animal("no-name", "dns-resolution-failed", "proven")
            .script("wget -q -O - http://db:5432/ || exit 1")
            .evidence(&["db", "none"])
            .by_default(),
        animal("read-only", "read-only-rootfs", "proven")
            .options(&["--read-only"])
            .script("echo 1 > /srv.pid; exit 3")
            .evidence(&["ReadonlyRootfs true"])
            .by_default(),
        animal("read-only-mount", "read-only-rootfs", "proven")
            .options(&["-v", "@/a:/data:ro"])
            .script("touch /data/x || exit 3")
            .evidence(&["/data", "(ro"]),
        animal("tmpfs-full", "no-space-on-tmpfs", "proven")
            .options(&["--tmpfs", "/cache:size=64k"])
            .script("dd if=/dev/zero of=/cache/x bs=1k count=100 || exit 1")
            .evidence(&["size=64k"])
            .by_default(),
        animal("shm-full", "shm-too-small", "proven")
            .options(&["--shm-size", "1m"])
            .script("dd if=/dev/zero of=/dev/shm/x bs=1k count=2000 || exit 1")
            .evidence(&["ShmSize 1048576"]),
        animal("denied", "permission-denied-non-root", "proven")
            .build("RUN mkdir /data\nUSER nobody\nCMD [\"sh\", \"-c\", \"touch /data/x || exit 1\"]")
            .evidence(&["/data 0755", "0:0"])
            .by_default(),
        animal("denied-bind", "permission-denied-bind-mount", "proven")
            .options(&["-v", "@/a:/data", "--user", "65534"])
            .script("touch /data/x || exit 1")
            .evidence(&["/data", "65534"])
            .by_default(),
        animal("noexec", "noexec-mount", "proven")
            .options(&["--tmpfs", "/work"])
            .script("cp /bin/busybox /work/tool; /work/tool true")
            .evidence(&["noexec", "/work"]),
        animal("no-script", "script-not-in-image", "proven")
            .command(&["sh", "/app/run.sh"])
            .evidence(&["/app"])
            .by_default(),
        animal("shell-not-found", "command-not-installed", "proven")
            .script("echo starting; gunicorn app:app")
            .evidence(&["gunicorn", "PATH"]),
        animal("script-denied", "script-not-executable", "proven")
            .build("COPY run.sh /app/run.sh\nCMD [\"sh\", \"-c\", \"echo starting; /app/run.sh\"]")
            .file("run.sh", SERVER, 0o644)
            .evidence(&["0644"]),
        animal("no-capability", "missing-capability", "proven")
            .options(&["--cap-drop", "ALL"])
            .script("touch /tmp/x; chown 1:1 /tmp/x || exit 1")
            .evidence(&["CapDrop ALL"])
            .by_default(),
        animal("config-folder", "bind-source-was-missing-directory-created", "proven")
            .options(&["-v", "@/config.json:/app/config.json"])
            .script("cat /app/config.json || exit 1")
            .evidence(&["/app/config.json"])
            .by_default(),
        animal("wrong-workdir", "relative-path-wrong-workdir", "proven")
            .build("COPY settings.yml /app/config/settings.yml\nWORKDIR /\nCMD [\"sh\", \"-c\", \"cat config/settings.yml || exit 1\"]")
            .file("settings.yml", "a: 1\n", 0o644)
            .evidence(&["/app/config/settings.yml"]),
        animal("port-twice", "port-in-use-inside-container", "proven")
            .script("nc -l -p 8080 & sleep 0.3; nc -l -p 8080 || exit 1")
            .evidence(&["NetworkMode none"]),
        animal("stale-pid", "stale-pid-file-in-writable-layer", "proven")
            .script("if [ -f /run.pid ]; then echo 'A server is already running. Check /run.pid.'; exit 1; fi; echo 7 > /run.pid")
            .life(|keeper, place| {
                run(keeper, place);
                keeper.docker(&["start", &place.name]);
                keeper.wait(&place.name);
            })
            .evidence(&["A /run.pid"])
            .by_default(),
        animal("pids", "pids-limit", "proven")
            .options(&["--pids-limit", "5"])
            .script("set -e; for i in 1 2 3 4 5 6 7 8; do sleep 3 & done; wait")
            .evidence(&["PidsLimit 5"]),
        animal("files", "open-file-limit", "proven")
            .build("COPY opener /opener\nCMD [\"/opener\"]")
            .options(&["--ulimit", "nofile=20:20"])
            .evidence(&["nofile 20"])
            .by_default(),
        animal("quotes", "env-value-contains-quotes", "proven")
            .build("COPY reader /reader\nCMD [\"/reader\"]")
            .options(&["-e", "PORT=\"8080\""])
            .evidence(&["PORT"])
            .by_default(),
    ]
}

fn running() -> Vec<Animal> {
    let sick: fn(&Keeper, &Place) = |keeper, place| {
        keeper.start(place);
        within(20, || keeper.state(&place.name, "{{.State.Health.Status}}") == "unhealthy");
    };
    vec![
        animal("probe-missing", "healthcheck-command-not-in-image", "proven")
            .options(&[
                "--health-cmd",
                "curl -f http://localhost:8080/",
                "--health-interval",
                "1s",
                "--health-retries",
                "1",
            ])
            .command(&["sleep", "100"])
            .life(sick)
            .evidence(&["curl"])
            .by_default(),
        animal("probe-port", "healthcheck-wrong-port", "proven")
            .options(&[
                "--expose",
                "8080",
                "--health-cmd",
                "wget -q -O - http://127.0.0.1:9999/",
                "--health-interval",
                "1s",
                "--health-retries",
                "1",
            ])
            .command(&["sleep", "100"])
            .life(sick)
            .evidence(&["9999", "8080"]),
        animal("paused", "paused-by-request", "proven")
            .command(&["sleep", "100"])
            .life(|keeper, place| {
                keeper.start(place);
                keeper.docker(&["pause", &place.name]);
            })
            .fine()
            .by_default(),
        animal("healthy", "", "")
            .options(&["--health-cmd", "true", "--health-interval", "1s"])
            .command(&["sleep", "100"])
            .life(|keeper, place| {
                keeper.start(place);
                within(20, || keeper.state(&place.name, "{{.State.Health.Status}}") == "healthy");
            })
            .fine()
            .by_default(),
        animal("loop", "required-env-missing", "proven")
            .options(&["--restart", "on-failure:3"])
            .script("set -u; echo $DATABASE_URL")
            .life(|keeper, place| {
                keeper.start(place);
                within(20, || keeper.state(&place.name, "{{.RestartCount}} {{.State.Status}}") == "3 exited");
            })
            .evidence(&["DATABASE_URL"])
            .by_default(),
    ]
}
