//! Strings that real builders recorded, and what they were in the Dockerfile.

#![allow(clippy::needless_raw_string_hashes, reason = "recorded strings are copied as they are")]

use super::*;

/// Recorded, and the one line that is shown.
const LINES: &[(&str, &str)] = &[
    // Docker 20.10, the classic builder.
    (
        "/bin/sh -c #(nop) ADD file:48d39dc39de3cccf2c041e287cb45f526e6054ca0370415454beefc12f5c3038 in / ",
        "ADD file:48d39dc39de3 in /",
    ),
    (r#"/bin/sh -c #(nop)  CMD ["sh"]"#, r#"CMD ["sh"]"#),
    (
        r#"/bin/sh -c #(nop)  LABEL org.opencontainers.image.title=A "quoted" title maintainer=me <a@b.c> multi=two words"#,
        r#"LABEL org.opencontainers.image.title="A \"quoted\" title" maintainer="me <a@b.c>" multi="two words""#,
    ),
    ("/bin/sh -c #(nop)  MAINTAINER Some One <so@example.com>", "MAINTAINER Some One <so@example.com>"),
    ("/bin/sh -c #(nop)  ARG PLAIN=1", "ARG PLAIN=1"),
    (
        "/bin/sh -c #(nop)  ARG SPACED=two words and /bin/sh -c here",
        r#"ARG SPACED="two words and /bin/sh -c here""#,
    ),
    (r#"/bin/sh -c #(nop)  ENV A=1 B=two words C=say "hi""#, r#"ENV A=1 B="two words" C="say \"hi\"""#),
    ("/bin/sh -c #(nop)  ENV OLD=style value", r#"ENV OLD="style value""#),
    ("/bin/sh -c #(nop) WORKDIR /srv/app", "WORKDIR /srv/app"),
    (
        "/bin/sh -c #(nop) COPY multi:6670cbf7cd17c6dd88900a78add0555e2a767cd02f310922c55f66bda034de2c in /srv/app/ ",
        "COPY multi:6670cbf7cd17 in /srv/app/",
    ),
    (
        "/bin/sh -c #(nop) COPY --chown=0:0file:d8a006482ae06032497452691a2ec7af5b73116f8b5d645cc2feaea6963960b5 in /srv/owned.txt ",
        "COPY --chown=0:0 file:d8a006482ae0 in /srv/owned.txt",
    ),
    (
        "/bin/sh -c #(nop) COPY file:bff5ef14082129eb4d8cd3e688f7b6da45ba43185133808d49e4f63162a6e286 in /srv/with space.txt ",
        "COPY file:bff5ef140821 in /srv/with space.txt",
    ),
    (
        "|2 PLAIN=2 SPACED=a b /bin/sh -c echo one && echo \"a  &&  b\" ;   echo 'x;  y'",
        "RUN echo one && echo \"a  &&  b\" ; echo 'x;  y'",
    ),
    // A value that holds a shell, as Docker records it: all that may be the command is kept.
    ("|2 PLAIN=2 SPACED=x /bin/sh -c y /bin/sh -c echo one", "RUN y /bin/sh -c echo one"),
    ("|1 DIRS=/opt /bin/x y /bin/sh -c make", "RUN make"),
    ("|2 PLAIN=2 B=x /bin/echo exec form b", "RUN /bin/echo exec form b"),
    (
        "/bin/ash -eo pipefail -c #(nop)  SHELL [/bin/ash -eo pipefail -c]",
        r#"SHELL ["/bin/ash", "-eo", "pipefail", "-c"]"#,
    ),
    ("|1 PLAIN=2 /bin/ash -eo pipefail -c echo piped | cat", "RUN echo piped | cat"),
    ("/bin/bash -c #(nop)  EXPOSE 443/tcp 53/udp 80", "EXPOSE 443/tcp 53/udp 80"),
    ("/bin/bash -c #(nop)  VOLUME [/data]", r#"VOLUME ["/data"]"#),
    ("/bin/bash -c #(nop)  VOLUME [/v 1 /v2]", r#"VOLUME ["/v 1", "/v2"]"#),
    ("/bin/bash -c #(nop)  USER 0:0", "USER 0:0"),
    (
        r#"/bin/bash -c #(nop)  HEALTHCHECK &{["CMD-SHELL" "echo \"ok\" || exit 1"] "5m0s" "3s" "10s" '\x05'}"#,
        r#"HEALTHCHECK --interval=5m --timeout=3s --start-period=10s --retries=5 CMD echo "ok" || exit 1"#,
    ),
    (
        r#"/bin/bash -c #(nop)  HEALTHCHECK &{["CMD" "/bin/true" "x y"] "0s" "0s" "0s" '\x00'}"#,
        r#"HEALTHCHECK CMD ["/bin/true", "x y"]"#,
    ),
    (r#"/bin/bash -c #(nop)  HEALTHCHECK &{["NONE"] "0s" "0s" "0s" '\x00'}"#, "HEALTHCHECK NONE"),
    ("/bin/bash -c #(nop)  ONBUILD RUN echo onbuild && true", "ONBUILD RUN echo onbuild && true"),
    (
        r#"/bin/bash -c #(nop)  ENTRYPOINT ["/bin/sh" "-c" "echo \"$0\""]"#,
        r#"ENTRYPOINT ["/bin/sh", "-c", "echo \"$0\""]"#,
    ),
    (r#"/bin/bash -c #(nop)  CMD ["a" "b c" "<&>"]"#, r#"CMD ["a", "b c", "<&>"]"#),
    // BuildKit of Docker 20.10.
    ("COPY /one /one # buildkit", "COPY /one /one"),
    ("COPY b c.txt /srv/with space.txt # buildkit", "COPY b c.txt /srv/with space.txt"),
    ("RUN /bin/sh -c echo mounted # buildkit", "RUN echo mounted"),
    (r#"ENV A=1 B=two words C=say "hi""#, r#"ENV A=1 B="two words" C="say \"hi\"""#),
    ("RUN |2 PLAIN=2 S=two words /bin/bash -c echo bash # buildkit", "RUN echo bash"),
    ("RUN |2 PLAIN=2 S=x /bin/echo exec form b # buildkit", "RUN /bin/echo exec form b"),
    ("EXPOSE map[443/tcp:{} 53/udp:{} 80/tcp:{}]", "EXPOSE 443/tcp 53/udp 80/tcp"),
    (r#"CMD ["/bin/bash" "-c" "echo shell \"form\""]"#, r#"CMD ["/bin/bash", "-c", "echo shell \"form\""]"#),
    // BuildKit of later versions, by its sources.
    ("EXPOSE [443/tcp 80/tcp]", "EXPOSE 443/tcp 80/tcp"),
    (
        "HEALTHCHECK {Test:[CMD-SHELL curl -f [::1] || exit 1] Interval:30s Timeout:3s StartPeriod:0s StartInterval:2s Retries:3}",
        "HEALTHCHECK --interval=30s --timeout=3s --start-interval=2s --retries=3 CMD curl -f [::1] || exit 1",
    ),
    (
        "HEALTHCHECK {Test:[CMD /bin/true x y] Interval:1h0m0s Timeout:0s StartPeriod:0s StartInterval:0s Retries:0}",
        "HEALTHCHECK --interval=1h CMD [/bin/true x y]",
    ),
    (
        "HEALTHCHECK {Test:[NONE] Interval:0s Timeout:0s StartPeriod:0s StartInterval:0s Retries:0}",
        "HEALTHCHECK NONE",
    ),
    (
        r#"HEALTHCHECK &{["CMD-SHELL" "curl -f x"] "30s" "3s" "0s" "0s" '\x03'}"#,
        "HEALTHCHECK --interval=30s --timeout=3s --retries=3 CMD curl -f x",
    ),
    ("RUN /bin/sh -c set -e\necho  a\n\n  echo 'it''s'\n # buildkit", "RUN set -e ⏎ echo a ⏎ echo 'it''s'"),
    ("RUN /bin/sh -c cat <<X > /f\none\nX # buildkit", "RUN cat <<X > /f ⏎ one ⏎ X"),
    ("COPY <<EOF /etc/motd # buildkit", "COPY <<EOF /etc/motd"),
    // Buildah 1.28: the words of the Dockerfile, and the count of the words of its build arguments.
    (
        "|5 PLAIN=2 SPACED=x /bin/sh -c y /bin/sh -c echo one && echo \"a && b\" ; echo 'x; y'",
        "RUN echo one && echo \"a && b\" ; echo 'x; y'",
    ),
    (
        r#"|7 PLAIN=2 SPACED=two words and /bin/sh -c here /bin/sh -c ["/bin/echo", "exec form", "b"]"#,
        r#"RUN ["/bin/echo", "exec form", "b"]"#,
    ),
    // Buildah of later versions, by its sources.
    ("/bin/sh -c <<EOF\necho a\necho b", "RUN <<EOF ⏎ echo a ⏎ echo b"),
    (
        r#"/bin/sh -c #(nop) LABEL org.opencontainers.image.title="A \"quoted\" title" multi="two words""#,
        r#"LABEL org.opencontainers.image.title="A \"quoted\" title" multi="two words""#,
    ),
    ("/bin/sh -c #(nop) ARG PLAIN SPACED", "ARG PLAIN SPACED"),
    ("/bin/sh -c #(nop) ENV OLD style value", "ENV OLD style value"),
    (
        r#"|7 PLAIN=2 SPACED=two words and more /bin/sh -c ["/bin/echo", "exec form", "b"]"#,
        r#"RUN ["/bin/echo", "exec form", "b"]"#,
    ),
    (
        "|5 PLAIN=2 SPACED=two words /bin/sh -c echo long     && mkdir -p /x/y",
        "RUN echo long && mkdir -p /x/y",
    ),
    (r#"/bin/sh -c #(nop) VOLUME ["/v 1", "/v2"]"#, r#"VOLUME ["/v 1", "/v2"]"#),
    (
        r#"/bin/sh -c #(nop) HEALTHCHECK --interval=5m --retries=5 CMD echo "ok" || exit 1"#,
        r#"HEALTHCHECK --interval=5m --retries=5 CMD echo "ok" || exit 1"#,
    ),
    (r#"/bin/sh -c #(nop) CMD ["a", "b c", "<&>"]"#, r#"CMD ["a", "b c", "<&>"]"#),
    // Old versions of Docker.
    (r#"/bin/sh -c #(nop) ENTRYPOINT &{["docker-entrypoint.sh"]}"#, r#"ENTRYPOINT ["docker-entrypoint.sh"]"#),
    ("/bin/sh -c #(nop)  STOPSIGNAL [SIGTERM]", "STOPSIGNAL SIGTERM"),
    ("/bin/sh -c #(nop)  USER [node]", "USER node"),
    ("/bin/sh -c apt-get update &&     apt-get install -y x", "RUN apt-get update && apt-get install -y x"),
    // Kaniko records the lines of the Dockerfile.
    ("RUN bash -c \"make && make install\"", "RUN bash -c \"make && make install\""),
    ("RUN /bin/sh -c \"make\"", "RUN /bin/sh -c \"make\""),
    ("COPY --from=build --chown=1:1 --link /a /b", "COPY --from=build --chown=1:1 --link /a /b"),
    // Windows.
    (
        r#"cmd /S /C #(nop)  CMD ["c:\\windows\\system32\\cmd.exe"]"#,
        r#"CMD ["c:\\windows\\system32\\cmd.exe"]"#,
    ),
    ("cmd /S /C dir c:\\", "RUN dir c:\\"),
    (
        "powershell -NoLogo -Command $ErrorActionPreference = 'Stop'; Get-Item x",
        "RUN $ErrorActionPreference = 'Stop'; Get-Item x",
    ),
    (r"C:\Windows\System32\cmd.exe /S /C ver", "RUN ver"),
    // Nothing that is known.
    ("bazel build ...", "bazel build ..."),
    ("# debian.sh --arch 'amd64' out/ 'bookworm'", "# debian.sh --arch 'amd64' out/ 'bookworm'"),
    ("Buildpacks Launcher Config", "Buildpacks Launcher Config"),
    ("/usr/bin/python3 -c print(1)", "/usr/bin/python3 -c print(1)"),
    ("/bin/sh", "/bin/sh"),
    ("RUN |x y # buildkit", "RUN |x y"),
    (r#"CMD ["a" "b"#, r#"CMD ["a" "b"#),
    (r#"CMD ["\xff"]"#, r#"CMD ["\xff"]"#),
    ("HEALTHCHECK &{odd}", "HEALTHCHECK &{odd}"),
    ("VOLUME", "VOLUME"),
    ("", ""),
];

#[test]
fn instructions_read_like_the_dockerfile() {
    for (created_by, shown) in LINES {
        assert_eq!(instruction(created_by), *shown, "{created_by}");
    }
}

fn step(created_by: &str) -> Step {
    let entry = HistoryEntry { created_by: Some(created_by.to_owned()), ..HistoryEntry::default() };
    Step { entry, layer: None }
}

#[test]
fn the_full_text_has_line_breaks() {
    for (created_by, text) in [
        ("RUN /bin/sh -c echo a && echo b # buildkit", "RUN echo a && echo b"),
        (
            "RUN /bin/sh -c apt-get update     && apt-get install -y --no-install-recommends     curl     git     \
             && rm -rf /var/lib/apt/lists/* # buildkit",
            "RUN apt-get update && \\\n    apt-get install -y --no-install-recommends \\\n    curl \\\n    git && \\\n    \
             rm -rf /var/lib/apt/lists/*",
        ),
        (
            "/bin/sh -c set -eux; if [ -e /etc/x ]; then echo 'a && b; c'; fi; v=$(cat a && cat b); case x in x) y;; esac",
            "RUN set -eux; \\\n    if [ -e /etc/x ]; then \\\n    echo 'a && b; c'; \\\n    fi; \\\n    v=$(cat a && cat b); \\\n    \
             case x in x) y;; \\\n    esac",
        ),
        (
            "RUN /bin/sh -c set -e\n  echo a\n\necho b\n # buildkit",
            "RUN <<EOF\nset -e\n  echo a\n\necho b\nEOF",
        ),
        ("RUN /bin/sh -c echo <<1\nEOF\n # buildkit", "RUN <<EOFF\necho <<1\nEOF\nEOFF"),
        ("/bin/sh -c <<'END'\necho a\necho b", "RUN <<'END'\necho a\necho b\nEND"),
        ("RUN /bin/sh -c cat <<-'X' > /f\none\n\tX # buildkit", "RUN cat <<-'X' > /f\none\n\tX"),
        (
            "LABEL a=one b=two words c=something that is long enough to need more than a single line",
            "LABEL a=one \\\n    b=\"two words\" \\\n    c=\"something that is long enough to need more than a single line\"",
        ),
        (
            "/bin/sh -c #(nop) ADD file:48d39dc39de3cccf2c041e287cb45f526e6054ca0370415454beefc12f5c3038 in / ",
            "ADD file:48d39dc39de3cccf2c041e287cb45f526e6054ca0370415454beefc12f5c3038 in /",
        ),
        ("made\nby hand", "made\nby hand"),
        ("", ""),
    ] {
        assert_eq!(step(created_by).text(), text);
    }
}

#[test]
fn no_text_is_lost() {
    let bare = |text: &str| text.replace(" \\\n", "").split_whitespace().collect::<String>();
    for (created_by, line) in LINES {
        let step = step(created_by);
        let text = step.text();
        if !text.contains("<<") && !step.sources_unknown() {
            assert_eq!(bare(&text), bare(&line.replace('⏎', "")), "{created_by}");
        }
    }
    let odd = "a\\ b 'c\"' \"d'\\\"\" `e;f` $(g ( h && i ) ) ${j:-k;l} m;;n;o||p |q &r>&2 \\";
    let long = format!("{odd}   && {odd}\t; {odd}");
    assert_eq!(bare(&step(&format!("/bin/sh -c {long}")).text()), bare(&format!("RUN {long}")));
}

#[test]
fn what_a_step_tells_of_itself() {
    let run = step("RUN |2 PLAIN=2 S=two words /bin/bash -c echo bash # buildkit");
    assert_eq!((run.verb(), run.arguments()), ("RUN", Some("PLAIN=2 S=two words")));
    let other = step("bazel build ...");
    assert_eq!((other.verb(), other.arguments()), ("", None));
    let digits = "0".repeat(64);
    assert!(step(&format!("/bin/sh -c #(nop) COPY dir:{digits} in /x ")).sources_unknown());
    assert!(!step("COPY a b # buildkit").sources_unknown());
    assert_eq!(step("|0 /bin/sh -c make").arguments(), None);
}

#[test]
fn pairing_never_guesses() {
    let entry = |empty_layer| HistoryEntry { empty_layer, ..HistoryEntry::default() };
    let layers = |history: &[HistoryEntry], layers| {
        let (steps, problem) = pair(history, layers);
        (steps.iter().map(|step| step.layer).collect::<Vec<_>>(), problem.is_some())
    };
    let mixed = [entry(false), entry(true), entry(false)];
    assert_eq!(layers(&mixed, 2), (vec![Some(0), None, Some(1)], false));
    assert_eq!(layers(&mixed, 3), (vec![None, None, None], true));
    assert_eq!(layers(&mixed, 1), (vec![None, None, None], true));
    assert_eq!(layers(&[], 4), (vec![], false));
}

/// What takes the square of a text's length would not end here.
#[test]
fn large_texts_take_no_time() {
    for piece in [
        "env ",
        "/bin/sh -o ",
        "/bin/sh -c ",
        "cmd /a ",
        "<<a ",
        "a\n",
        "A=b ",
        "file:",
        "'\n",
        "(;",
        "EOF\n",
        "  \t",
    ] {
        for start in ["", "|9 ", "RUN |9 ", "ENV A=b c ", "RUN /bin/sh -c <<a\n", "VOLUME [/"] {
            let step = step(&format!("{start}{}", piece.repeat((1 << 17) / piece.len())));
            drop((step.instruction(), step.text()));
        }
    }
}

mod odd {
    use proptest::prelude::*;

    /// Pieces of what builders record, in any order.
    fn text() -> impl Strategy<Value = String> {
        let pieces = [
            "/bin/sh -c ",
            "#(nop) ",
            "RUN ",
            "CMD ",
            "[\"a\" \"b\"]",
            "[a b]",
            "&{",
            "}",
            "|2 ",
            "A=b ",
            "B=",
            "C=x y ",
            "\"",
            "'",
            "\\",
            "`",
            "$(",
            ")",
            "&&",
            "; ",
            "||",
            "   ",
            "\t",
            "\n",
            "<<EOF",
            "EOF",
            "ENV ",
            "COPY ",
            "file:",
            "HEALTHCHECK ",
            "Test:[",
            "] Interval:1s",
            "'\\x03'",
            "# buildkit",
            "é",
            "⏎",
            "map[80:{}]",
            "cmd /S /C ",
            " in ",
            "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
            "env ",
            "word ",
            "then ",
            "EXPOSE ",
        ];
        prop::collection::vec(0..pieces.len(), 0..24)
            .prop_map(move |picks| picks.into_iter().map(|pick| pieces[pick]).collect())
    }

    proptest! {
        #[test]
        fn any_text_is_shown_on_one_line_and_its_command_is_kept(created_by in text()) {
            let step = super::step(&created_by);
            let line = step.instruction();
            prop_assert!(!line.contains(['\n', '\r']));
            prop_assert!(line.starts_with(step.verb()) && step.text().starts_with(step.verb()));
            // The last word is the command's, the instruction's or a mark: no form hides it.
            let last = created_by.trim().trim_end_matches("# buildkit").split_whitespace().next_back();
            if let Some(last) = last.filter(|word| word.chars().all(|c| c.is_ascii_lowercase())) {
                prop_assert!(line.contains(last), "{last} is not in {line}");
                prop_assert!(step.text().contains(last));
            }
        }
    }
}
