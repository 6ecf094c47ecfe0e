//! Who the container's process runs as: `""`, `uid[:gid]` or `name[:group]`, looked up in the container's own files.
//! One strict parser: text that is empty or has a tail never becomes a number (CVE-2026-30892).

use crate::failure::{Code, Failure, Outcome};

const MAX_ID: u32 = i32::MAX as u32;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    pub uid: u32,
    pub gid: u32,
    /// Supplementary groups, the primary one first.
    pub groups: Vec<u32>,
    pub home: String,
}

struct PasswdEntry<'a> {
    name: &'a str,
    uid: u32,
    gid: u32,
    home: &'a str,
}

struct GroupEntry<'a> {
    name: &'a str,
    gid: u32,
    members: Vec<&'a str>,
}

/// Only ASCII digits, at most 2^31-1.
fn parse_id(text: &str) -> Option<u32> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten().filter(|id| *id <= MAX_ID)
}

fn passwd_entries(passwd: &str) -> impl Iterator<Item = PasswdEntry<'_>> {
    passwd.lines().filter_map(|line| {
        let [name, _, uid, gid, _, home, ..] = line.split(':').collect::<Vec<_>>()[..] else { return None };
        Some(PasswdEntry { name, uid: parse_id(uid)?, gid: parse_id(gid)?, home })
    })
}

fn group_entries(group: &str) -> impl Iterator<Item = GroupEntry<'_>> {
    group.lines().filter_map(|line| {
        let [name, _, gid, ref rest @ ..] = line.split(':').collect::<Vec<_>>()[..] else { return None };
        let members = rest.first().map_or(vec![], |list| list.split(',').collect());
        Some(GroupEntry { name, gid: parse_id(gid)?, members })
    })
}

fn no_entry(kind: &str, name: &str, file: &str) -> Failure {
    Failure::new(Code::Spec, format!("unable to find {kind} {name}: no matching entries in {file} file"))
}

/// `passwd` and `group` are the texts of the container's files, empty if it has none.
pub fn resolve(user: &str, passwd: &str, group: &str) -> Outcome<Identity> {
    let (name, group_name) = match user.split_once(':') {
        Some((name, group_name)) if name.is_empty() || group_name.is_empty() || group_name.contains(':') => {
            return Err(Failure::new(Code::Spec, format!("user {user:?} is not uid[:gid] or name[:group]")));
        }
        Some((name, group_name)) => (name, Some(group_name)),
        None => (user, None),
    };
    let number = if name.is_empty() { Some(0) } else { parse_id(name) };
    let entry =
        passwd_entries(passwd).find(|entry| (!name.is_empty() && entry.name == name) || Some(entry.uid) == number);
    let uid = entry.as_ref().map(|entry| entry.uid).or(number).ok_or_else(|| no_entry("user", name, "passwd"))?;
    let gid = match group_name {
        Some(wanted) => find_gid(wanted, group)?,
        None => entry.as_ref().map_or(0, |entry| entry.gid),
    };
    let mut groups = vec![gid];
    if let (Some(entry), None) = (&entry, group_name) {
        let more = group_entries(group).filter(|found| found.members.contains(&entry.name)).map(|found| found.gid);
        groups.extend(more.filter(|more| *more != gid));
    }
    let home = entry.map(|entry| entry.home).filter(|home| home.starts_with('/')).unwrap_or("/").to_string();
    Ok(Identity { uid, gid, groups, home })
}

fn find_gid(wanted: &str, group: &str) -> Outcome<u32> {
    let number = parse_id(wanted);
    let entry = group_entries(group).find(|entry| entry.name == wanted || Some(entry.gid) == number);
    entry.map(|entry| entry.gid).or(number).ok_or_else(|| no_entry("group", wanted, "group"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PASSWD: &str =
        "root:x:0:0:root:/root:/bin/sh\nweb:x:101:102:Web:/srv:/bin/false\nbad:x::0::/:\nlong:x:9x:0::/:\n";
    const GROUP: &str = "root:x:0:\nweb:x:102:\nmedia:x:44:web,other\nstaff:x:50:web\n";

    fn ids(user: &str) -> (u32, u32, Vec<u32>) {
        let identity = resolve(user, PASSWD, GROUP).unwrap();
        (identity.uid, identity.gid, identity.groups)
    }

    #[test]
    fn a_name_gets_the_groups_that_list_it_and_its_home() {
        assert_eq!(ids("web"), (101, 102, vec![102, 44, 50]));
        assert_eq!(resolve("web", PASSWD, GROUP).unwrap().home, "/srv");
    }

    #[test]
    fn a_number_is_looked_up_and_an_unknown_number_stands_for_itself() {
        assert_eq!(ids("101"), (101, 102, vec![102, 44, 50]));
        assert_eq!(ids("4000:44"), (4000, 44, vec![44]));
        assert_eq!(ids(""), (0, 0, vec![0]));
        assert_eq!(ids("web:staff"), (101, 50, vec![50]));
    }

    #[test]
    fn text_that_is_no_number_never_becomes_root() {
        for user in [
            "nobody",
            "0x0",
            "-1",
            "+0",
            "0 ",
            "4294967295",
            "2147483648",
            "web:",
            ":0",
            "0:0:0",
            "bad",
            "long",
            "web:none",
        ] {
            assert_eq!(resolve(user, PASSWD, GROUP).unwrap_err().code, Code::Spec, "{user:?}");
        }
    }
}
