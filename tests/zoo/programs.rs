//! Small programs for the zoo, compiled when it opens: with gcc, static unless something about being dynamic is the point.

use std::collections::BTreeMap;
use std::process::Command;

/// Name, source, further arguments of the compiler.
const SOURCES: [(&str, &str, &[&str]); 13] = [
    ("hello", "#include <stdio.h>\nint main(void) { puts(\"hello\"); return 0; }", &["-static"]),
    ("dynamic", "#include <stdio.h>\nint main(void) { puts(\"hello\"); return 0; }", &[]),
    (
        "hog",
        "#include <stdlib.h>\n#include <string.h>\n#include <unistd.h>\nint main(void) { usleep(400000); for (;;) { char *p = malloc(1 << 20); memset(p, 1, 1 << 20); } }",
        &["-static"],
    ),
    ("crash", "int main(void) { *(volatile int *)8 = 1; return 0; }", &["-static"]),
    (
        "assertion",
        "#include <assert.h>\nint main(int argc, char **argv) { assert(argc > 9); return 0; }",
        &["-static", "-UNDEBUG"],
    ),
    ("divide", "int main(int argc, char **argv) { volatile int z = argc - 1; return 7 / z; }", &["-static"]),
    ("illegal", "int main(void) { __builtin_trap(); }", &["-static", "-O1"]),
    (
        "bus",
        "#include <fcntl.h>\n#include <sys/mman.h>\n#include <unistd.h>\n#include <string.h>\nint main(void) { int f = open(\"/dev/shm/x\", \
         O_CREAT | O_RDWR, 0600); ftruncate(f, 1 << 27); char *p = mmap(0, 1 << 27, PROT_WRITE, MAP_SHARED, f, 0); memset(p, 1, 1 << 27); return 0; }",
        &["-static"],
    ),
    (
        "forker",
        "#include <fcntl.h>\n#include <stdlib.h>\n#include <unistd.h>\nint main(void) { if (fork()) { usleep(100000); return 0; } close(open(\"/run.pid\", O_CREAT | \
         O_WRONLY, 0644)); usleep(300000); for (;;) pause(); }",
        &["-static"],
    ),
    (
        "opener",
        "#include <fcntl.h>\n#include <stdio.h>\n#include <stdlib.h>\nint main(void) { for (;;) if (open(\"/etc/passwd\", O_RDONLY) < 0) { \
         perror(\"open /etc/passwd\"); return 1; } }",
        &["-static"],
    ),
    (
        "reader",
        "#include <stdio.h>\n#include <stdlib.h>\nint main(int c, char **v) { char *end, *s = getenv(\"PORT\"); long n = strtol(s ? s : \"\", &end, 10); \
         if (!s || *end || !n) { fprintf(stderr, \"invalid literal for int() with base 10: '%s'\\n\", s ? s : \"\"); return 1; } return 0; }",
        &["-static"],
    ),
    (
        "aborter",
        "#include <stdio.h>\n#include <stdlib.h>\nint main(void) { fputs(\"terminate called after throwing an instance of 'std::runtime_error'\\n\", \
         stderr); abort(); }",
        &["-static"],
    ),
    ("exit255", "int main(void) { return 255; }", &["-static"]),
];

/// All of them, by name.
pub fn compiled() -> BTreeMap<&'static str, Vec<u8>> {
    let folder = tempfile::tempdir().unwrap();
    let mut programs = BTreeMap::new();
    for (name, source, arguments) in SOURCES {
        let path = folder.path().join(format!("{name}.c"));
        let out = folder.path().join(name);
        std::fs::write(&path, source).unwrap();
        let mut gcc = Command::new("gcc");
        let output =
            gcc.args(["-w", "-O0", "-o"]).arg(&out).arg(&path).args(arguments).output().expect("gcc");
        assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
        programs.insert(name, std::fs::read(&out).unwrap());
    }
    let hello = programs["hello"].clone();
    // The same for another machine, and cut short.
    let mut foreign = hello.clone();
    foreign[18..20].copy_from_slice(&[183, 0]);
    programs.insert("foreign", foreign);
    programs.insert("short", hello[..40_000].to_vec());
    programs
}

/// A library of the C compiler's own making, and a program that needs it.
pub fn library() -> (Vec<u8>, Vec<u8>) {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    std::fs::write(at("answer.c"), "int answer(void) { return 42; }").unwrap();
    std::fs::write(at("main.c"), "int answer(void); int main(void) { return answer() - 42; }").unwrap();
    let gcc = |arguments: &[&str]| {
        let output = Command::new("gcc").current_dir(folder.path()).args(arguments).output().expect("gcc");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    };
    gcc(&["-shared", "-fPIC", "-o", "libanswer.so.1", "-Wl,-soname,libanswer.so.1", "answer.c"]);
    gcc(&["-o", "main", "main.c", "-L.", "-l:libanswer.so.1"]);
    (std::fs::read(at("main")).unwrap(), std::fs::read(at("libanswer.so.1")).unwrap())
}

/// The C library of this machine and its loader, for images that are to run dynamic programs.
pub fn glibc() -> Vec<(&'static str, Vec<u8>)> {
    let machine = std::env::consts::ARCH;
    let loader =
        if machine == "aarch64" { "/lib/ld-linux-aarch64.so.1" } else { "/lib64/ld-linux-x86-64.so.2" };
    let libc = if machine == "aarch64" {
        "/lib/aarch64-linux-gnu/libc.so.6"
    } else {
        "/lib/x86_64-linux-gnu/libc.so.6"
    };
    vec![("ld.so", std::fs::read(loader).unwrap()), ("libc.so.6", std::fs::read(libc).unwrap())]
}
