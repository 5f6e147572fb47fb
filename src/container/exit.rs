//! Exit codes in words: which of them are signals, and by what name.

/// Numbers of signals on Linux, where containers run, whatever machine this program runs on.
const SIGNALS: [&str; 32] = [
    "",
    "SIGHUP",
    "SIGINT",
    "SIGQUIT",
    "SIGILL",
    "SIGTRAP",
    "SIGABRT",
    "SIGBUS",
    "SIGFPE",
    "SIGKILL",
    "SIGUSR1",
    "SIGSEGV",
    "SIGUSR2",
    "SIGPIPE",
    "SIGALRM",
    "SIGTERM",
    "SIGSTKFLT",
    "SIGCHLD",
    "SIGCONT",
    "SIGSTOP",
    "SIGTSTP",
    "SIGTTIN",
    "SIGTTOU",
    "SIGURG",
    "SIGXCPU",
    "SIGXFSZ",
    "SIGVTALRM",
    "SIGPROF",
    "SIGWINCH",
    "SIGIO",
    "SIGPWR",
    "SIGSYS",
];

/// The signal that an exit code stands for by convention: 128 and its number.
pub fn signal(code: i64) -> Option<&'static str> {
    let number = usize::try_from(code.checked_sub(128)?).ok()?;
    SIGNALS.get(number).copied().filter(|name| !name.is_empty())
}

/// The code, and the signal where it is one: `137 SIGKILL`.
pub fn words(code: i64) -> String {
    match signal(code) {
        Some(name) => format!("{code} {name}"),
        None => code.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_above_128_are_signals() {
        for (code, expected) in
            [(0, "0"), (1, "1"), (128, "128"), (129, "129 SIGHUP"), (137, "137 SIGKILL"), (159, "159 SIGSYS")]
        {
            assert_eq!(words(code), expected);
        }
        for code in [160, 255, -1, i64::MIN, i64::MAX] {
            assert_eq!(signal(code), None, "{code}");
        }
    }
}
