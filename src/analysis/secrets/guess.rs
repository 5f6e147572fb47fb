//! Whether a value looks like a secret, or like what people write where one belongs.

/// Parts of words that mark what stands there as made up, in small letters.
const MADE_UP: [&str; 29] = [
    "example",
    "changeme",
    "change_me",
    "change-me",
    "changeit",
    "changethis",
    "your_",
    "your-",
    "yourpass",
    "yourtoken",
    "yoursecret",
    "placeholder",
    "dummy",
    "fake",
    "sample",
    "redacted",
    "replace",
    "insert",
    "foobar",
    "opensesame",
    "xxxx",
    "****",
    "....",
    "____",
    "1234567",
    "abcdefg",
    "0000000",
    "notasecret", // RFC 6749
    "czzcagrsa3f0m",
];
/// Whole values that say nothing, in small letters.
const NOTHING: [&str; 37] = [
    "secret",
    "secrets",
    "password",
    "passwd",
    "pass",
    "pwd",
    "token",
    "apikey",
    "api_key",
    "key",
    "none",
    "null",
    "nil",
    "true",
    "false",
    "yes",
    "no",
    "on",
    "off",
    "undefined",
    "default",
    "unset",
    "empty",
    "test",
    "testing",
    "todo",
    "required",
    "optional",
    "string",
    "value",
    "mysecret",
    "mypassword",
    "mytoken",
    "basic",
    "bearer",
    "auto",
    "admin",
];
/// What a value begins with that is computed or looked up somewhere else.
const ELSEWHERE: [&str; 18] = [
    "$",
    "{{",
    "<",
    "%(",
    "%{",
    "@@",
    "#{",
    "[[",
    "file:",
    "vault:",
    "ref+",
    "enc[",
    "arn:aws:",
    "op://",
    "ssm:",
    "env:",
    "env.",
    "process.env",
];

/// Entropy in bits a byte: 0 for repetitions, about 4.3 to 5.2 for random tokens.
pub(super) fn entropy(text: &[u8]) -> f64 {
    let mut counts = [0u32; 256];
    text.iter().for_each(|byte| counts[usize::from(*byte)] += 1);
    let length = text.len() as f64;
    let part = |count: &u32| {
        let share = f64::from(*count) / length;
        -share * share.log2()
    };
    counts.iter().filter(|count| **count > 0).map(part).sum()
}

/// Whether this stands where a secret belongs, and is none.
pub(super) fn placeholder(value: &[u8]) -> bool {
    let small = String::from_utf8_lossy(value).to_ascii_lowercase();
    let bare = small.trim_matches(|c: char| !c.is_alphanumeric());
    let one_letter = value.first().is_none_or(|first| value.iter().all(|byte| byte == first));
    // `SAS_KEY` is where a name belongs, `A1B2_C3D4` may be a value.
    let in_capitals = value.contains(&b'_') && value.iter().all(|b| b.is_ascii_uppercase() || *b == b'_');
    one_letter
        || in_capitals
        || NOTHING.contains(&bare)
        || MADE_UP.iter().any(|part| small.contains(part))
        || ELSEWHERE.iter().any(|start| small.starts_with(start))
        || ["${", "$(", "{{", "}}", "<%"].iter().any(|part| small.contains(part))
}

/// Whether this may be a password that somebody chose. Short ones are passwords, too.
pub(super) fn password(value: &[u8]) -> bool {
    (3..=512).contains(&value.len())
        && !value.iter().any(u8::is_ascii_whitespace)
        && !placeholder(value)
        && entropy(value) >= if value.len() < 8 { 1.5 } else { 2.0 }
}

/// Whether this is hardly a word: letters and digits, neither of them an ornament.
pub(super) fn strong(value: &[u8]) -> bool {
    let digits = value.iter().filter(|byte| byte.is_ascii_digit()).count();
    let letters = value.iter().filter(|byte| byte.is_ascii_alphabetic()).count();
    value.len() >= 7 && digits >= 1 && letters >= 2 && password(value) && entropy(value) >= 2.5
}

/// Whether `name` promises a secret, and `value` may be one.
pub(super) fn named(name: &[u8], value: &[u8]) -> bool {
    let words = words(name);
    let Some(promise) = promise(&words) else { return false };
    let text = String::from_utf8_lossy(value).to_ascii_lowercase();
    let says_its_name = words.contains(&text) || words.concat() == text.replace(['-', '_'], "");
    let path = text.starts_with(['/', '.', '~']) && (entropy(value) < 4.5 || text.matches('/').count() > 1);
    let call = text
        .find('(')
        .is_some_and(|at| text[..at].bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'.'));
    if says_its_name || path || call || text.contains("://") || !password(value) {
        return false;
    }
    match promise {
        Promise::Password => value.len() >= 6,
        // A number alone is a setting of something about a token.
        Promise::Key => {
            value.len() >= 8
                && entropy(value) >= 2.8
                && !value.iter().all(|byte| byte.is_ascii_digit() || *byte == b'.')
        }
    }
}

enum Promise {
    Password,
    Key,
}

/// Words by which a name says that it is about a secret and not the secret.
const ABOUT: [&str; 47] = [
    "file",
    "files",
    "path",
    "dir",
    "url",
    "uri",
    "endpoint",
    "host",
    "name",
    "id",
    "type",
    "length",
    "len",
    "size",
    "min",
    "max",
    "ttl",
    "expiry",
    "expires",
    "expiration",
    "expire",
    "timeout",
    "lifetime",
    "age",
    "enabled",
    "disabled",
    "required",
    "policy",
    "header",
    "prefix",
    "suffix",
    "field",
    "regex",
    "pattern",
    "algorithm",
    "alg",
    "count",
    "limit",
    "format",
    "provider",
    "store",
    "manager",
    "ref",
    "version",
    "class",
    "label",
    "hint",
];

fn promise(words: &[String]) -> Option<Promise> {
    let has = |wanted: &[&str]| words.iter().any(|word| wanted.contains(&word.as_str()));
    let last = words.last()?.as_str();
    if ABOUT.contains(&last) || has(&["public", "pub", "keyring", "prompt", "sha256", "checksum", "example"])
    {
        return None;
    }
    if has(&["password", "passwd", "passphrase", "pwd", "pw", "pass", "dbpassword", "userpassword"])
        || words.iter().any(|word| word.ends_with("password"))
    {
        return Some(Promise::Password);
    }
    let before_key = [
        "api",
        "access",
        "private",
        "secret",
        "encryption",
        "signing",
        "auth",
        "master",
        "account",
        "app",
        "deploy",
    ];
    let key = words.windows(2).any(|pair| pair[1] == "key" && before_key.contains(&pair[0].as_str()));
    let plain = [
        "secret",
        "secrets",
        "token",
        "apikey",
        "credential",
        "credentials",
        "authtoken",
        "accesstoken",
        "secretkey",
    ];
    (key || has(&plain)).then_some(Promise::Key)
}

/// `DB_PASSWORD`, `db.password` and `dbPassword` as words in small letters.
fn words(name: &[u8]) -> Vec<String> {
    let name = String::from_utf8_lossy(name);
    let mut words = vec![String::new()];
    let mut small_before = false;
    for letter in name.chars() {
        if !letter.is_alphanumeric() || letter.is_uppercase() && small_before {
            words.push(String::new());
        }
        small_before = letter.is_lowercase();
        if letter.is_alphanumeric()
            && let Some(word) = words.last_mut()
        {
            word.extend(letter.to_lowercase());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_values() {
        for (name, value, secret) in [
            ("DB_PASSWORD", "hunter2", true),
            ("dbPassword", "correct-horse", true),
            ("DB_PASSWORD", "changeme", false),
            ("DB_PASSWORD", "${DB_PASSWORD}", false),
            ("DB_PASSWORD", "password", false),
            ("POSTGRES_PASSWORD", "postgres", false),
            ("DB_PASSWORD_FILE", "/run/secrets/db", false),
            ("DB_PASSWORD", "/run/secrets/db", false),
            ("PASSWORD_MIN_LENGTH", "12345678", false),
            ("API_TOKEN", "f3a9c81be02d47", true),
            ("API_TOKEN", "86400000", false),
            ("TOKEN_URL", "f3a9c81be02d47", false),
            ("SECRET_KEY_BASE", "a8d7f6e5c4b3a2918070", true),
            ("GPG_KEY", "E3FF2839C048B25C084DEBE9B26995E310250568", false),
            ("PYTHON_SHA256", "a8d7f6e5c4b3a2918070", false),
            ("SSH_PUBLIC_KEY", "AAAAC3NzaC1lZDI1NTE5", false),
            ("AWS_ACCESS_KEY_ID", "f3a9c81be02d47", false),
            ("PATH", "/usr/local/sbin:/usr/local/bin", false),
            ("SECRET", "getSecret(\"a\")", false),
            ("SECRET", "NAME_OF_SECRET", false),
        ] {
            assert_eq!(named(name.as_bytes(), value.as_bytes()), secret, "{name}={value}");
        }
    }

    #[test]
    fn entropy_is_in_bits_a_byte() {
        assert!(entropy(b"aaaa").abs() < 1e-9);
        assert!((entropy(b"abab") - 1.0).abs() < 1e-9);
        assert!((entropy(b"abcdefgh") - 3.0).abs() < 1e-9);
        assert!(entropy(b"").abs() < 1e-9);
    }
}
