//! What must not be shown although it explains something: values of the environment, credentials in URLs.

/// Names of variables whose values say nothing secret and explain much.
const HARMLESS: [&str; 18] = [
    "PATH",
    "LANG",
    "LC_ALL",
    "TZ",
    "HOME",
    "PWD",
    "HOSTNAME",
    "TERM",
    "NODE_ENV",
    "NODE_VERSION",
    "NODE_OPTIONS",
    "JAVA_HOME",
    "JAVA_OPTS",
    "JAVA_TOOL_OPTIONS",
    "PYTHONPATH",
    "LD_LIBRARY_PATH",
    "PORT",
    "PGDATA",
];

/// A variable as it may be shown: its name, and its value only where that is harmless.
pub fn env(name: &str, value: &str) -> String {
    if is_harmless(name) {
        return format!("{name}={}", text(value));
    }
    format!("{name}=… ({})", shape(value))
}

/// Whether the value of a variable may be shown.
pub fn is_harmless(name: &str) -> bool {
    HARMLESS.contains(&name)
}

/// What a value looks like without saying it.
pub fn shape(value: &str) -> String {
    let mut words = match value.chars().count() {
        0 => return "empty".to_owned(),
        1 => "1 character".to_owned(),
        count => format!("{count} characters"),
    };
    if value.ends_with('\r') {
        words.push_str(", the last one a carriage return");
    } else if value.ends_with(char::is_whitespace) {
        words.push_str(", the last one white space");
    }
    let quoted = |quote: char| value.len() > 1 && value.starts_with(quote) && value.ends_with(quote);
    if quoted('"') || quoted('\'') {
        words.push_str(", in quotes");
    }
    words
}

/// A text with the credentials of URLs, and values behind words such as `password=`, taken out.
pub fn text(text: &str) -> String {
    assigned(&urls(text))
}

fn urls(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("://") {
        let (before, behind) = rest.split_at(at + 3);
        out.push_str(before);
        let end =
            behind.find(|c: char| c.is_whitespace() || "/?#\"'`<>,;)".contains(c)).unwrap_or(behind.len());
        match behind[..end].rfind('@') {
            Some(sign) => {
                out.push_str("***");
                rest = &behind[sign..];
            }
            None => rest = behind,
        }
    }
    out.push_str(rest);
    out
}

/// Words after which a secret follows.
const WORDS: [&str; 9] =
    ["password", "passwd", "secret", "token", "apikey", "api_key", "access_key", "private_key", "pwd"];

fn assigned(text: &str) -> String {
    let lower = text.to_ascii_lowercase();
    if !WORDS.iter().any(|word| lower.contains(word)) {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while at < text.len() {
        let found = WORDS
            .iter()
            .filter_map(|word| lower[at..].find(word).map(|start| (at + start, word.len())))
            .min();
        let Some((start, length)) = found else { break };
        let behind = start + length;
        // `DB_PASSWORD_FILE=` is no secret's value; `password="…"`, `token: …` is.
        let after = &text[behind..];
        let skipped = after.len() - after.trim_start_matches(['"', '\'', ' ']).len();
        let sign = after[skipped..].chars().next().filter(|sign| matches!(sign, '=' | ':'));
        let Some(sign) = sign else {
            out.push_str(&text[at..behind]);
            at = behind;
            continue;
        };
        let mut from = behind + skipped + sign.len_utf8();
        let gap = &text[from..];
        from += gap.len() - gap.trim_start_matches(['"', '\'', ' ']).len();
        let value = &text[from..];
        let end = value.find(|c: char| c.is_whitespace() || "\"'&,;}".contains(c)).unwrap_or(value.len());
        out.push_str(&text[at..from]);
        // A sentence that only begins with such a word has nothing to hide: `password: cannot be empty`.
        let spaced = sign == ':' && text[..from].ends_with(' ');
        if end > 0 && !spaced {
            out.push_str("***");
        } else {
            out.push_str(&value[..end]);
        }
        at = from + end;
    }
    out.push_str(&text[at.min(text.len())..]);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_taken_out() {
        for (raw, shown) in [
            ("postgres://app:s3cret@db:5432/x failed", "postgres://***@db:5432/x failed"),
            ("see https://example.org/a@b", "see https://example.org/a@b"),
            ("amqp://a:b@x,amqp://c:d@y", "amqp://***@x,amqp://***@y"),
            ("DB_PASSWORD=hunter2 sh", "DB_PASSWORD=*** sh"),
            ("{\"password\":\"hunter2\",\"a\":1}", "{\"password\":\"***\",\"a\":1}"),
            (
                "password authentication failed for user \"app\"",
                "password authentication failed for user \"app\"",
            ),
            ("password: cannot be empty", "password: cannot be empty"),
            ("?token=abc&x=1", "?token=***&x=1"),
            ("pässword=x secret=", "pässword=x secret="),
        ] {
            assert_eq!(text(raw), shown);
        }
    }

    #[test]
    fn values_of_the_environment_are_told_by_their_shape() {
        assert_eq!(env("DB_URL", "\"x\"\r"), "DB_URL=… (4 characters, the last one a carriage return)");
        assert_eq!(env("PORT", "80"), "PORT=80");
        assert_eq!(env("KEY", "'a'"), "KEY=… (3 characters, in quotes)");
        assert_eq!(env("KEY", ""), "KEY=… (empty)");
    }
}
