//! Permissions as `ls -l` writes them.

use crate::image::changeset::Kind;

/// `drwxr-xr-x`, with setuid, setgid and sticky where they stand in for `x`.
pub fn mode(kind: Kind, mode: u16) -> String {
    let kind = match kind {
        Kind::File | Kind::Hardlink => '-',
        Kind::Directory => 'd',
        Kind::Symlink => 'l',
        Kind::Char => 'c',
        Kind::Block => 'b',
        Kind::Fifo => 'p',
    };
    let bit = |bit: u16| mode & bit != 0;
    let execute = |plain: u16, special: u16, letter: char| match (bit(plain), bit(special)) {
        (true, true) => letter,
        (false, true) => letter.to_ascii_uppercase(),
        (true, false) => 'x',
        (false, false) => '-',
    };
    let read = |set| if set { 'r' } else { '-' };
    let write = |set| if set { 'w' } else { '-' };
    [
        kind,
        read(bit(0o400)),
        write(bit(0o200)),
        execute(0o100, 0o4000, 's'),
        read(bit(0o040)),
        write(bit(0o020)),
        execute(0o010, 0o2000, 's'),
        read(bit(0o004)),
        write(bit(0o002)),
        execute(0o001, 0o1000, 't'),
    ]
    .iter()
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modes() {
        for (kind, bits, shown) in [
            (Kind::Directory, 0o755, "drwxr-xr-x"),
            (Kind::File, 0o4755, "-rwsr-xr-x"),
            (Kind::Directory, 0o1777, "drwxrwxrwt"),
            (Kind::File, 0o6644, "-rwSr-Sr--"),
            (Kind::Symlink, 0o777, "lrwxrwxrwx"),
        ] {
            assert_eq!(mode(kind, bits), shown);
        }
    }
}
