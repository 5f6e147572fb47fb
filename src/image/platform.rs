//! Platforms: `os/architecture[/variant]`, and which of them serves a wish.

use std::fmt;

/// Above any variant that exists.
const MAX_VARIANT: u32 = 1000;

/// Where an image runs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Platform {
    pub os: String,
    pub architecture: String,
    pub variant: Option<String>,
}

impl Platform {
    /// Parses `OS/ARCH[/VARIANT]`.
    pub fn parse(text: &str) -> Option<Platform> {
        let mut parts = text.split('/').map(str::trim);
        let (os, architecture) = (parts.next()?, parts.next()?);
        let variant = parts.next();
        if os.is_empty() || architecture.is_empty() || variant == Some("") || parts.next().is_some() {
            return None;
        }
        Some(Platform::new(os, architecture, variant.map(str::to_owned)))
    }

    /// Normalises the spellings that tools use for one thing (`x86_64`, `aarch64`, …).
    pub fn new(os: &str, architecture: &str, variant: Option<String>) -> Platform {
        let (architecture, implied) = match architecture.to_ascii_lowercase().as_str() {
            "x86_64" | "x86-64" => ("amd64".to_owned(), None),
            "aarch64" => ("arm64".to_owned(), None),
            "i386" | "i686" | "x86" => ("386".to_owned(), None),
            "armhf" => ("arm".to_owned(), Some("v7")),
            "armel" => ("arm".to_owned(), Some("v6")),
            other => (other.to_owned(), None),
        };
        let variant = variant.filter(|variant| !variant.is_empty()).or_else(|| implied.map(str::to_owned));
        Platform { os: os.to_ascii_lowercase(), architecture, variant }
    }

    /// Linux on this program's own architecture: images rarely exist for the host's other systems.
    pub fn host() -> Platform {
        Platform::new("linux", std::env::consts::ARCH, None)
    }

    /// How well `self` serves `wish`: `None` not at all, else the higher the better.
    /// A wished variant accepts lower ones (an arm v7 machine runs v6 and v5). A wish for no variant means the
    /// architecture's usual one, and what asks for more only where there is nothing else.
    pub fn serves(&self, wish: &Platform) -> Option<u32> {
        if self.os != wish.os || self.architecture != wish.architecture {
            return None;
        }
        let (have, want) = (self.rank().min(MAX_VARIANT), wish.rank());
        match wish.variant {
            None if have <= want => Some(have + MAX_VARIANT),
            None => Some(MAX_VARIANT.saturating_sub(have)),
            Some(_) if have <= want => Some(have),
            Some(_) => None,
        }
    }

    fn rank(&self) -> u32 {
        let implied = match self.architecture.as_str() {
            "arm" => 7,
            "arm64" => 8,
            _ => 1,
        };
        let digits = |variant: &String| variant.trim_start_matches('v').parse().ok();
        self.variant.as_ref().map_or(Some(implied), digits).unwrap_or(0)
    }
}

impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.os, self.architecture)?;
        self.variant.iter().try_for_each(|variant| write!(f, "/{variant}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variants_fall_back_downward() {
        for (have, wish, serves) in [
            ("linux/amd64", "linux/x86_64", true),
            ("linux/arm/v6", "linux/arm/v7", true),
            ("linux/arm/v7", "linux/arm/v6", false),
            ("linux/arm64/v8", "linux/arm64", true),
            ("linux/arm64", "linux/arm64/v8", true),
            ("windows/amd64", "linux/amd64", false),
        ] {
            let have = Platform::parse(have).unwrap();
            let wish = Platform::parse(wish).unwrap();
            assert_eq!(have.serves(&wish).is_some(), serves, "{have} for {wish}");
        }
        for bad in ["linux", "linux/", "/amd64", "a/b/c/d", "a/b/"] {
            assert_eq!(Platform::parse(bad), None, "{bad}");
        }
    }
}
