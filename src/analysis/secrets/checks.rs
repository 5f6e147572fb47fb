//! What has to hold for a match to be a secret, by the names that rules use.

use std::ops::Range;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use serde::Deserialize;

use super::guess::{entropy, named, password, placeholder, strong};

/// See the module; `assets/secrets.toml` describes each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Check {
    Pem,
    Encrypted,
    Pem64,
    Strong,
    Crc,
    Jwt,
    Basic,
    Named,
    Password,
    Url,
}

/// What a check says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    No,
    Yes,
    /// Beyond doubt: nothing else needs to hold.
    Certain,
}

impl Check {
    /// `whole` is the match, `name` and `secret` its groups.
    pub(super) fn judge(self, whole: &[u8], name: &[u8], secret: &[u8]) -> Verdict {
        let yes = match self {
            Check::Pem => pem(secret),
            Check::Encrypted => encrypted(secret),
            Check::Pem64 => decoded(secret).is_some_and(|block| pem(&block)),
            Check::Strong => strong(secret),
            Check::Crc if crc(secret) => return Verdict::Certain,
            Check::Crc => mixed(secret) && entropy(secret) >= 4.0,
            Check::Jwt => jwt(secret),
            // Other entries of the same file are no base64 of anything.
            Check::Basic => name != b"auth" || basic(secret),
            Check::Named => named(name, secret),
            Check::Password => password(secret),
            Check::Url => url(whole, name, secret),
        };
        if yes { Verdict::Yes } else { Verdict::No }
    }
}

/// Letters of base64, without what text formats put between them: line breaks, also written `\n`, indentation, quotes.
fn letters(text: &[u8]) -> Vec<u8> {
    let mut letters = Vec::with_capacity(text.len());
    let mut at = 0;
    while at < text.len() {
        match text[at] {
            b'\\' => at += 1,
            byte if byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/') => letters.push(byte),
            _ => {}
        }
        at += 1;
    }
    letters
}

fn decoded(text: &[u8]) -> Option<Vec<u8>> {
    let mut letters = letters(text);
    // A last letter on its own carries no byte.
    if letters.len() % 4 == 1 {
        letters.pop();
    }
    let engine = base64::engine::GeneralPurpose::new(
        &base64::alphabet::STANDARD,
        base64::engine::GeneralPurposeConfig::new()
            .with_decode_allow_trailing_bits(true)
            .with_decode_padding_mode(base64::engine::DecodePaddingMode::Indifferent),
    );
    engine.decode(letters).ok()
}

fn find(text: &[u8], part: &[u8], from: usize) -> Option<usize> {
    let rest = text.get(from..)?;
    rest.windows(part.len()).position(|window| window == part).map(|at| from + at)
}

/// What stands between BEGIN and END.
fn pem_body(block: &[u8]) -> Option<Range<usize>> {
    let start = find(block, b"-----", find(block, b"KEY", 0)?)? + 5;
    Some(start..find(block, b"-----END", start)?)
}

/// Whether a private key needs a passphrase, as far as the block says so.
fn encrypted(block: &[u8]) -> bool {
    let openssh = |body: Range<usize>| {
        let bytes = decoded(&block[body]).unwrap_or_default();
        let cipher = bytes.strip_prefix(b"openssh-key-v1\0\0\0\0");
        cipher.is_some_and(|cipher| !cipher.starts_with(b"\x04none"))
    };
    find(block, b"ENCRYPTED", 0).is_some() || pem_body(block).is_some_and(openssh)
}

/// Whether the block between BEGIN and END is a key and not a picture of one.
fn pem(block: &[u8]) -> bool {
    let Some(inside) = pem_body(block) else { return false };
    let start = inside.start;
    let body = &block[inside];
    let has = |part: &[u8]| body.windows(part.len()).any(|window| window == part);
    if body.len() < 60 || has(b"...") {
        return false;
    }
    // Headers stand before an empty line: of encrypted keys, of PGP.
    let header_end = [&b"\n\n"[..], b"\r\n\r\n", b"\\n\\n"]
        .into_iter()
        .filter_map(|gap| body.windows(gap.len()).position(|window| window == gap).map(|at| at + gap.len()));
    let encrypted = has(b"ENCRYPTED");
    let body = if encrypted || has(b": ") { &body[header_end.min().unwrap_or(0)..] } else { body };
    // A program that writes keys, rather than one that holds a key.
    if body.iter().any(|byte| matches!(byte, b'(' | b';' | b'{' | b'<' | b'$')) {
        return false;
    }
    let Some(bytes) = decoded(body) else { return false };
    if bytes.len() < 32 || entropy(&bytes) < 3.0 {
        return false;
    }
    let pgp = find(block, b"BLOCK", 0).is_some_and(|at| at < start);
    encrypted
        || pgp
        || bytes.starts_with(b"openssh-key-v1\0")
        || is_der(&bytes)
        || bytes.starts_with(&[0x3f, 0x6f, 0xf9, 0xeb])
        // Of another form, or damaged: still nothing that one would write by hand.
        || bytes.len() >= 120 && entropy(&bytes) >= 5.5
}

/// Whether this is one ASN.1 sequence, whole.
fn is_der(bytes: &[u8]) -> bool {
    let (header, length) = match bytes {
        [0x30, length @ 0..=0x7f, ..] => (2, usize::from(*length)),
        [0x30, 0x81, length, ..] => (3, usize::from(*length)),
        [0x30, 0x82, high, low, ..] => (4, usize::from(*high) << 8 | usize::from(*low)),
        _ => return false,
    };
    // A byte or two may be lost with the padding.
    (header + length).abs_diff(bytes.len()) <= 2
}

/// The checksum of GitHub and npm: the last six digits are the CRC-32 of what stands between it and the prefix, base 62.
fn crc(token: &[u8]) -> bool {
    const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let Some(body) = token.split_at_checked(4).map(|(_, body)| body).filter(|body| body.len() > 6) else {
        return false;
    };
    let (random, sum) = body.split_at(body.len() - 6);
    let mut crc = u64::from(crc32(random));
    let mut digits = [b'0'; 6];
    for digit in digits.iter_mut().rev() {
        *digit = DIGITS[(crc % 62) as usize];
        crc /= 62;
    }
    digits == sum
}

/// CRC-32 as in zip and PNG; a few dozen bytes at a time.
pub(super) fn crc32(bytes: &[u8]) -> u32 {
    let step = |crc: u32, byte: &u8| {
        (0..8).fold(
            crc ^ u32::from(*byte),
            |crc, _| if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 },
        )
    };
    !bytes.iter().fold(!0, step)
}

/// Digits, capitals and small letters: what random base 62 has nearly always.
fn mixed(text: &[u8]) -> bool {
    let has = |is: fn(&u8) -> bool| text.iter().skip(4).any(is);
    has(u8::is_ascii_digit) && has(u8::is_ascii_uppercase) && has(u8::is_ascii_lowercase)
}

fn jwt(token: &[u8]) -> bool {
    let mut parts = token.split(|byte| *byte == b'.').map(|part| URL_SAFE_NO_PAD.decode(part).ok());
    let (Some(Some(header)), Some(Some(claims))) = (parts.next(), parts.next()) else { return false };
    let object =
        |bytes: &[u8]| serde_json::from_slice::<serde_json::Map<String, serde_json::Value>>(bytes).ok();
    let (Some(header), Some(claims)) = (object(&header), object(&claims)) else { return false };
    let algorithm = header.get("alg").and_then(serde_json::Value::as_str);
    // The example that everybody copies is about him.
    let john = claims.get("name").is_some_and(|name| name == "John Doe");
    algorithm.is_some_and(|algorithm| !algorithm.eq_ignore_ascii_case("none")) && !john
}

/// Base64 of `user:password`.
fn basic(text: &[u8]) -> bool {
    let bare: Vec<u8> = text.iter().copied().filter(|byte| *byte != b'=').collect();
    let Ok(bytes) = STANDARD_NO_PAD.decode(bare) else { return false };
    let Some(colon) = bytes.iter().position(|byte| *byte == b':') else { return false };
    let secret = &bytes[colon + 1..];
    colon > 0 && !secret.is_empty() && std::str::from_utf8(&bytes).is_ok() && !placeholder(secret)
}

/// A password in a URL; documentation is full of made-up ones.
fn url(whole: &[u8], name: &[u8], secret: &[u8]) -> bool {
    let host = whole.rsplit(|byte| *byte == b'@').next().unwrap_or_default();
    let host = String::from_utf8_lossy(host).to_ascii_lowercase();
    let nowhere =
        ["example", "localhost", "127.0.0.1", "host", "hostname", "server", "domain", "proxy", "foo", "bar"];
    let parts = |made: &&str| host == **made || host.split('.').any(|part| part == *made);
    // A machine's own services have passwords, too.
    let made_up = match nowhere.iter().find(|made| parts(made)) {
        None => false,
        Some(made) => *made == "example" || !strong(secret),
    };
    let bare = unescaped(secret);
    let says_so = ["secret", "passw"].iter().any(|word| bare.contains(word)) && !strong(bare.as_bytes());
    let letters = secret.iter().filter(|byte| byte.is_ascii_alphanumeric()).count();
    !made_up
        && !says_so
        && secret != name
        && secret.len() >= 6
        // Oracle's user of old, and what else counts up.
        && !secret.starts_with(b"tiger")
        && !secret.windows(4).any(|part| part == b"1234")
        && 2 * letters > secret.len()
        // A port is no password, nor is a colour.
        && !secret.iter().all(u8::is_ascii_digit)
        && password(secret)
        && entropy(secret) >= 2.5
        && !["username", "user:pass"].iter().any(|part| String::from_utf8_lossy(whole).contains(part))
}

/// Without what stands for other letters in a URL, in small letters.
fn unescaped(text: &[u8]) -> String {
    let text = String::from_utf8_lossy(text).to_ascii_lowercase();
    let mut parts = text.split('%');
    let mut bare = parts.next().unwrap_or_default().to_owned();
    parts.for_each(|part| bare.push_str(part.get(2..).unwrap_or_default()));
    bare
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
        assert!(!crc(b"ghp_short"));
    }

    #[test]
    fn one_sequence_and_nothing_else() {
        assert!(is_der(&[0x30, 3, 2, 1, 0]));
        assert!(!is_der(&[0x30, 9, 2, 1, 0]));
        assert!(!is_der(b"text that is not a key"));
    }
}
