//! Content digests: parsed, compared, computed.

use std::fmt;

use sha2::{Digest as _, Sha256, Sha512};

/// `algorithm:hex`, in the grammar of the OCI image-spec (descriptor.md, "Digests"). Never holds a path.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Digest(String);

impl Digest {
    /// Takes `text` when it is a well-formed digest.
    pub fn parse(text: &str) -> Option<Digest> {
        let (algorithm, hex) = text.split_once(':')?;
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "+._-".contains(c);
        let algorithm_ok = algorithm.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
            && algorithm.chars().all(plain);
        let hex_ok = (32..=256).contains(&hex.len()) && hex.bytes().all(|b| b.is_ascii_hexdigit());
        let length_ok = match algorithm {
            "sha256" => hex.len() == 64,
            "sha512" => hex.len() == 128,
            _ => true,
        };
        (algorithm_ok && hex_ok && length_ok).then(|| Digest(text.to_ascii_lowercase()))
    }

    /// The SHA-256 with these bytes.
    pub fn sha256(bytes: &[u8]) -> Digest {
        Digest(format!("sha256:{}", hex(bytes)))
    }

    /// The SHA-256 of `bytes`.
    pub fn of(bytes: &[u8]) -> Digest {
        Digest::sha256(&Sha256::digest(bytes))
    }

    pub fn algorithm(&self) -> &str {
        self.0.split_once(':').map_or("", |(algorithm, _)| algorithm)
    }

    pub fn hex(&self) -> &str {
        self.0.split_once(':').map_or("", |(_, hex)| hex)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Twelve characters, as engines abbreviate ids.
    pub fn short(&self) -> &str {
        &self.hex()[..12]
    }

    /// Whether `bytes` have this digest; `None` for an algorithm that is not known here.
    pub fn matches(&self, bytes: &[u8]) -> Option<bool> {
        match self.algorithm() {
            "sha256" => Some(hex(&Sha256::digest(bytes)) == self.hex()),
            "sha512" => Some(hex(&Sha512::digest(bytes)) == self.hex()),
            _ => None,
        }
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    use fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grammar() {
        let empty = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(Digest::parse(empty), Some(Digest::of(b"")));
        assert_eq!(Digest::of(b"").short(), "e3b0c44298fc");
        for bad in ["", "sha256:", "sha256:../../etc/passwd", "e3b0", "sha256:zz", &empty[..70], "SHA256:00"]
        {
            assert_eq!(Digest::parse(bad), None, "{bad}");
        }
        assert_eq!(Digest::of(b"x").matches(b"x"), Some(true));
        assert_eq!(Digest::of(b"x").matches(b"y"), Some(false));
    }
}
