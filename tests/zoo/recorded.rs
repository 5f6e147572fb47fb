//! Animals whose programs are too large for a bare machine: what Python, Node, Java, servers and others wrote when they
//! died of one cause is written again by a container that ends with their exit code, with the files and settings that
//! were to blame. The way through the engine is the real one.

use super::keeper::Animal;

fn recorded(
    name: &'static str,
    cause: &'static str,
    grade: &'static str,
    build: &'static str,
    log: &str,
) -> Animal {
    Animal::new(name, cause, grade).build(build).file("log", log, 0o644)
}

const ENDS_WITH_1: &str = "COPY log /log\nCMD [\"sh\", \"-c\", \"cat /log >&2; exit 1\"]";
const ENDS_WITH_2: &str = "COPY log /log\nCMD [\"sh\", \"-c\", \"cat /log >&2; exit 2\"]";

pub fn animals() -> Vec<Animal> {
    vec![
        recorded(
            "python-env",
            "required-env-missing",
            "proven",
            ENDS_WITH_1,
            "Traceback (most recent call last):\n  File \"/app/app.py\", line 4, in <module>\n    url = os.environ['DATABASE_URL']\n\
             KeyError: 'DATABASE_URL'\n",
        )
        .evidence(&["DATABASE_URL is not among"])
        .by_default(),
        recorded(
            "python-module",
            "python-module-missing",
            "proven",
            ENDS_WITH_1,
            "Traceback (most recent call last):\n  File \"/app/app.py\", line 1, in <module>\n    import flask\nModuleNotFoundError: No module named \
             'flask'\n",
        )
        .evidence(&["flask"]),
        recorded(
            "python-exception",
            "python-uncaught-exception",
            "likely",
            ENDS_WITH_1,
            "Traceback (most recent call last):\n  File \"/app/app.py\", line 9, in <module>\n    run()\n  File \
             \"/usr/lib/python3.11/x.py\", line 1, in run\nZeroDivisionError: division by zero\n",
        )
        .evidence(&["/app/app.py"]),
        recorded(
            "node-module",
            "node-module-missing",
            "proven",
            ENDS_WITH_1,
            "node:internal/modules/cjs/loader:1148\n  throw err;\n\nError: Cannot find module 'express'\nRequire stack:\n- /app/server.js\n    at \
             Module._resolveFilename (node:internal/modules/cjs/loader:1145:15)\n  code: 'MODULE_NOT_FOUND',\n\nNode.js v20.11.1\n",
        )
        .evidence(&["node_modules"]),
        recorded(
            "go-panic",
            "go-panic",
            "proven",
            ENDS_WITH_2,
            "panic: runtime error: invalid memory address or nil pointer dereference\n[signal SIGSEGV: segmentation violation code=0x1 addr=0x0 \
             pc=0x480f2c]\n\ngoroutine 1 [running]:\nmain.load(...)\n\t/src/main.go:9\nmain.main()\n\t/src/main.go:5 +0x1c\n",
        )
        .evidence(&["nil pointer", "main.load"])
        .by_default(),
        recorded(
            "postgres",
            "postgres-password-not-set",
            "proven",
            ENDS_WITH_1,
            "Error: Database is uninitialized and superuser password is not specified.\n       You must specify POSTGRES_PASSWORD to a non-empty value \
             for the superuser.\n",
        )
        .evidence(&["POSTGRES_PASSWORD"]),
        recorded(
            "nginx",
            "nginx-config-error",
            "proven",
            "COPY log /log\nCOPY nginx.conf /etc/nginx/nginx.conf\nCMD [\"sh\", \"-c\", \"cat /log >&2; exit 1\"]",
            "2026/11/28 10:00:00 [emerg] 1#1: unknown directive \"sever\" in /etc/nginx/nginx.conf:2\nnginx: [emerg] unknown directive \"sever\" in \
             /etc/nginx/nginx.conf:2\n",
        )
        .file("nginx.conf", "events {}\nsever {}\n", 0o644)
        .evidence(&["line 2 of /etc/nginx/nginx.conf: sever {}"])
        .by_default(),
        recorded("java-jar", "java-jar-not-in-image", "proven", ENDS_WITH_1, "Error: Unable to access jarfile /app/app.jar\n")
            .evidence(&["/app"]),
        recorded(
            "no-authorities",
            "tls-ca-not-trusted",
            "proven",
            ENDS_WITH_1,
            "Get \"https://api.example.org/\": tls: failed to verify certificate: x509: certificate signed by unknown authority\n",
        )
        .evidence(&["ca-certificates.crt"]),
        recorded(
            "no-zones",
            "tzdata-missing",
            "proven",
            ENDS_WITH_1,
            "zoneinfo._common.ZoneInfoNotFoundError: 'No time zone found with key Europe/Berlin'\n",
        )
        .evidence(&["/usr/share/zoneinfo"]),
        recorded(
            "rubbish",
            "",
            "",
            "COPY log /log\nCMD [\"sh\", \"-c\", \"head -c 300000 /dev/zero | tr '\\\\0' x; cat /log; cat /bin/busybox | head -c 200000; exit 7\"]",
            "\u{1b}]0;title\u{7}\u{1b}[31mnothing\u{1b}[0m to see\n",
        ),
    ]
}
