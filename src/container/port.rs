//! What a container listens on, and where the host passes it on.

use std::fmt;

/// A port of a container.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Port {
    /// Inside the container.
    pub private: u16,
    /// On the host, when it is published.
    pub public: Option<u16>,
    /// The host's address; empty when it is not published.
    pub address: String,
    /// `tcp`, `udp`, `sctp`.
    pub protocol: String,
}

/// As engines print them, without the addresses that stand for all.
impl fmt::Display for Port {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(public) = self.public {
            match self.address.as_str() {
                "" | "0.0.0.0" | "::" => write!(f, "{public}→")?,
                address if address.contains(':') => write!(f, "[{address}]:{public}→")?,
                address => write!(f, "{address}:{public}→")?,
            }
        }
        write!(f, "{}", self.private)?;
        if self.protocol != "tcp" && !self.protocol.is_empty() {
            write!(f, "/{}", self.protocol)?;
        }
        Ok(())
    }
}

impl Port {
    /// All of them on one line; the same port on several addresses of the host counts once.
    pub fn list(ports: &[Port]) -> String {
        let mut words: Vec<String> = Vec::new();
        let mut sorted: Vec<&Port> = ports.iter().collect();
        sorted.sort();
        for word in sorted.into_iter().map(Port::to_string) {
            if !words.contains(&word) {
                words.push(word);
            }
        }
        words.join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_are_told_shortly() {
        let port = |private, public, address: &str, protocol: &str| Port {
            private,
            public,
            address: address.to_owned(),
            protocol: protocol.to_owned(),
        };
        let ports = [
            port(80, Some(8080), "0.0.0.0", "tcp"),
            port(80, Some(8080), "::", "tcp"),
            port(53, None, "", "udp"),
            port(443, Some(443), "127.0.0.1", "tcp"),
            port(443, Some(443), "::1", "tcp"),
        ];
        assert_eq!(Port::list(&ports), "53/udp, 8080→80, 127.0.0.1:443→443, [::1]:443→443");
        assert_eq!(Port::list(&[]), "");
    }
}
