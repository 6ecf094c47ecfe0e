//! cgroups of a test's own, made where the host has v1 hierarchies.

use std::fs;

use super::Bundle;

/// One directory in each of the named v1 hierarchies that this host has.
pub fn make(bundle: &mut Bundle, controllers: &[&str]) {
    let mountinfo = fs::read_to_string("/proc/self/mountinfo").unwrap();
    for controller in controllers {
        let mount_point = mountinfo.lines().find_map(|line| {
            let (place, source) = line.split_once(" - cgroup ")?;
            let selected = source.split([' ', ',']).any(|option| option == *controller);
            selected.then(|| place.split(' ').nth(4)).flatten()
        });
        let Some(mount_point) = mount_point else { continue };
        let path = format!("{mount_point}/reconcile-{}/{}", bundle.plan.root_id, bundle.plan.container_id);
        fs::create_dir_all(&path).unwrap();
        bundle.plan.cgroups.push(path);
    }
}
