//! Names of members, cleaned by their letters alone as Go's path.Clean does; links are the kernel's business.

/// Go's `Clean`: what tar-split takes for one and the same name. `/x`, `x` and `../x` are three.
pub fn cleaned(name: &[u8]) -> Vec<u8> {
    let rooted = name.first() == Some(&b'/');
    let mut parts: Vec<&[u8]> = Vec::new();
    for part in name.split(|&byte| byte == b'/') {
        match part {
            b"" | b"." => {}
            b".." if parts.last().is_some_and(|&last| last != b"..") => drop(parts.pop()),
            b".." if rooted => {}
            _ => parts.push(part),
        }
    }
    let mut clean = if rooted { b"/".to_vec() } else { Vec::new() };
    clean.extend_from_slice(&parts.join(&b'/'));
    clean
}

/// Where a name lands below the layer's root: no leading `/`, no `.` and no `..`. Empty: the root itself.
pub fn inside(name: &[u8]) -> Vec<u8> {
    let mut rooted = b"/".to_vec();
    rooted.extend_from_slice(name);
    cleaned(&rooted).split_off(1)
}

/// Parent and last component of a name that is `inside`.
pub fn split(path: &[u8]) -> (&[u8], &[u8]) {
    match path.iter().rposition(|&byte| byte == b'/') {
        Some(slash) => (&path[..slash], &path[slash + 1..]),
        None => (b"", path),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_cleaned_as_go_cleans_them() {
        for (name, clean) in [("a//b/", "a/b"), ("./a/./b", "a/b"), ("a/../b", "b"), ("../../a", "../../a")] {
            assert_eq!(cleaned(name.as_bytes()), clean.as_bytes(), "{name}");
        }
        assert_eq!(cleaned(b"/../a"), b"/a");
        assert_eq!(cleaned(b"."), b"");
        assert_eq!(cleaned(b"../x/../../y"), b"../../y");
    }

    #[test]
    fn every_name_lands_inside() {
        for name in ["../../etc/passwd", "/etc/passwd", "a/../../etc/passwd", "//etc/./passwd"] {
            assert_eq!(inside(name.as_bytes()), b"etc/passwd", "{name}");
        }
        for name in ["", ".", "./", "/", "..", "a/.."] {
            assert_eq!(inside(name.as_bytes()), b"", "{name}");
        }
        assert_eq!(split(b"a/b/c"), (&b"a/b"[..], &b"c"[..]));
        assert_eq!(split(b"c"), (&b""[..], &b"c"[..]));
    }
}
