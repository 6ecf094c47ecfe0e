//! What block devices are throttled to: one of four kinds of rate, as a list such as `8:0 1048576,254:0 500`.

use std::collections::BTreeMap;

use crate::failure::{Code, Failure, Outcome};

/// Major and minor number → rate.
pub type Rates = BTreeMap<(u32, u32), u64>;

pub fn parse(list: Option<&str>) -> Outcome<Rates> {
    let bad = || Failure::new(Code::Spec, format!("{:?} is no list of devices and rates", list.unwrap_or_default()));
    list.unwrap_or_default()
        .split(',')
        .filter(|part| !part.is_empty())
        .map(|part| parse_line(part).ok_or_else(bad))
        .collect()
}

/// `254:0 500`
pub fn parse_line(line: &str) -> Option<((u32, u32), u64)> {
    let (device, rate) = line.split_once(' ')?;
    Some((parse_device(device)?, rate.parse().ok()?))
}

pub fn parse_device(text: &str) -> Option<(u32, u32)> {
    let (major, minor) = text.split_once(':')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}

/// None: no device is throttled.
pub fn spelled(rates: &Rates) -> Option<String> {
    let lines: Vec<String> = rates.iter().map(|((major, minor), rate)| format!("{major}:{minor} {rate}")).collect();
    (!lines.is_empty()).then(|| lines.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_sorted_by_the_numbers_of_its_devices() {
        let rates = parse(Some("254:0 500,8:16 1048576,8:2 7")).unwrap();
        assert_eq!(spelled(&rates).as_deref(), Some("8:2 7,8:16 1048576,254:0 500"));
        assert_eq!(spelled(&parse(None).unwrap()), None);
        assert_eq!(parse(Some("vda 5")).unwrap_err().code, Code::Spec);
    }
}
