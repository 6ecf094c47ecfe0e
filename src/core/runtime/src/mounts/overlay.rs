//! Overlays, attached nowhere: the container's root, and what an image's layers show together.

use std::os::fd::{AsRawFd, OwnedFd};

use rustix::fs::CWD;
use rustix::io::Errno;
use rustix::mount::{
    FsMountFlags, FsOpenFlags, MountAttrFlags, MountFlags, MountPropagationFlags, UnmountFlags, fsconfig_create,
    fsconfig_set_string, fsmount, fsopen, mount_change, unmount,
};
use rustix::thread::UnshareFlags;

use super::paths::host_path;
use super::{INERT, copy_of, kernel_reason};
use crate::failure::{Code, Failure, Outcome};

/// fsconfig(2) takes values below 256 bytes.
const MAX_VALUE_BYTES: usize = 255;

/// A directory as overlayfs is told it: its path, or by descriptor where the path is too long or holds a separator.
struct Layer {
    text: String,
    _held: Option<OwnedFd>,
}

impl Layer {
    fn of(path: &str) -> Outcome<Layer> {
        let plain = path.len() <= MAX_VALUE_BYTES && !path.contains([':', ',', '\\']);
        if plain { Ok(Layer { text: path.to_string(), _held: None }) } else { Layer::held(path) }
    }

    fn held(path: &str) -> Outcome<Layer> {
        let held = host_path(path)
            .map_err(|errno| Failure::sys(Code::Mount, "openat", format!("open {path}"), errno).at(path))?;
        Ok(Layer { text: format!("/proc/self/fd/{}", held.as_raw_fd()), _held: Some(held) })
    }
}

/// Upper and work directory; without them the overlay is read-only.
type Writable<'a> = Option<(&'a str, &'a str)>;

/// The container's root. `lowers`: topmost first. The caller has a mount namespace of its own.
pub fn mount(lowers: &[String], upper: &str, work: &str) -> Outcome<OwnedFd> {
    let writable = Some((upper, work));
    by_context(lowers, writable, MountAttrFlags::empty())
        .unwrap_or_else(|| by_mount(lowers, writable))
        .map_err(|failure| failure.at(upper))
}

/// What layers show together, to be read; may be called by any thread.
pub fn view(lowers: &[String]) -> Outcome<OwnedFd> {
    if let [only] = lowers {
        // An overlay has two layers at least.
        return copy_of(CWD, only, false)
            .map_err(|errno| Failure::sys(Code::Mount, "open_tree", format!("open {only}"), errno).at(only));
    }
    by_context(lowers, None, INERT | MountAttrFlags::MOUNT_ATTR_RDONLY)
        .unwrap_or_else(|| in_throwaway_namespace(|| by_mount(lowers, None)))
}

/// fsopen(2) and its like. None: this kernel can't be told so many layers in this way (before 6.5).
fn by_context(lowers: &[String], writable: Writable, attributes: MountAttrFlags) -> Option<Outcome<OwnedFd>> {
    match try_context(lowers, writable, attributes) {
        Ok(told) => told.map(Ok),
        Err(failure) => Some(Err(failure)),
    }
}

fn try_context(lowers: &[String], writable: Writable, attributes: MountAttrFlags) -> Outcome<Option<OwnedFd>> {
    let failed =
        |syscall: &'static str| move |errno| Failure::sys(Code::Mount, syscall, "mount an overlay filesystem", errno);
    let layers = lowers.iter().map(|path| Layer::of(path)).collect::<Outcome<Vec<_>>>()?;
    let joined = layers.iter().map(|layer| layer.text.as_str()).collect::<Vec<_>>().join(":");
    let context = fsopen("overlay", FsOpenFlags::FSOPEN_CLOEXEC).map_err(failed("fsopen"))?;
    let set = |key: &str, value: &str| fsconfig_set_string(&context, key, value);
    set("source", "overlay").map_err(failed("fsconfig"))?;
    let one_by_one = joined.len() > MAX_VALUE_BYTES;
    if one_by_one {
        for layer in &layers {
            match set("lowerdir+", &layer.text) {
                Err(Errno::INVAL) => return Ok(None),
                other => other.map_err(failed("fsconfig"))?,
            }
        }
    } else {
        set("lowerdir", &joined).map_err(failed("fsconfig"))?;
    }
    if let Some((upper, work)) = writable {
        let (upper, work) = (Layer::of(upper)?, Layer::of(work)?);
        set("upperdir", &upper.text).and_then(|()| set("workdir", &work.text)).map_err(failed("fsconfig"))?;
        return finished(&context, one_by_one, attributes);
    }
    finished(&context, one_by_one, attributes)
}

fn finished(context: &OwnedFd, one_by_one: bool, attributes: MountAttrFlags) -> Outcome<Option<OwnedFd>> {
    let failed =
        |syscall: &'static str, errno| Failure::sys(Code::Mount, syscall, "mount an overlay filesystem", errno);
    match fsconfig_create(context) {
        Ok(()) => {}
        // Some of these kernels learn only here what they were told.
        Err(Errno::INVAL) if one_by_one => return Ok(None),
        Err(errno) => {
            let mut failure = failed("fsconfig", errno);
            failure.message.push_str(&kernel_reason(context));
            return Err(failure);
        }
    }
    let mount = fsmount(context, FsMountFlags::FSMOUNT_CLOEXEC, attributes);
    mount.map(Some).map_err(|errno| failed("fsmount", errno))
}

/// mount(2) takes a page of options, enough for all layers by their descriptors. What is mounted over the topmost layer is
/// copied and taken away again; the mount namespace is the caller's own.
fn by_mount(lowers: &[String], writable: Writable) -> Outcome<OwnedFd> {
    let failed =
        |syscall: &'static str| move |errno| Failure::sys(Code::Mount, syscall, "mount an overlay filesystem", errno);
    let Some(place) = lowers.first() else { return Err(Failure::new(Code::Spec, "an overlay of no layers")) };
    let layers = lowers.iter().map(|path| Layer::held(path)).collect::<Outcome<Vec<_>>>()?;
    let texts = layers.iter().map(|layer| layer.text.as_str()).collect::<Vec<_>>();
    let mut options = format!("lowerdir={}", texts.join(":"));
    let upper_and_work = match writable {
        Some((upper, work)) => Some((Layer::held(upper)?, Layer::held(work)?)),
        None => None,
    };
    if let Some((upper, work)) = &upper_and_work {
        options.push_str(&format!(",upperdir={},workdir={}", upper.text, work.text));
    }
    let options = std::ffi::CString::new(options).map_err(|_| Failure::new(Code::Internal, "a zero in options"))?;
    rustix::mount::mount("overlay", place.as_str(), "overlay", MountFlags::empty(), options.as_c_str())
        .map_err(failed("mount"))?;
    let copy = copy_of(CWD, place, false).map_err(failed("open_tree"));
    unmount(place.as_str(), UnmountFlags::DETACH).map_err(failed("umount2"))?;
    copy
}

/// On a thread of its own, whose mounts nobody else sees; a detached mount outlives it.
fn in_throwaway_namespace<T: Send>(work: impl FnOnce() -> Outcome<T> + Send) -> Outcome<T> {
    let failed = |syscall: &'static str| move |errno| Failure::sys(Code::Mount, syscall, "a mount namespace", errno);
    std::thread::scope(|scope| {
        let thread = scope.spawn(|| {
            // SAFETY: only this thread's file system attributes and mounts change; descriptors stay shared.
            unsafe { rustix::thread::unshare_unsafe(UnshareFlags::NEWNS) }.map_err(failed("unshare"))?;
            mount_change("/", MountPropagationFlags::PRIVATE | MountPropagationFlags::REC).map_err(failed("mount"))?;
            work()
        });
        thread.join().unwrap_or_else(|_| Err(Failure::new(Code::Internal, "a thread that mounts has died")))
    })
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::{Path, PathBuf};

    use super::*;

    const LAYERS: usize = 64;

    /// Layers with a file each, and one that all have; removed at the end.
    struct Stack(PathBuf);

    impl Stack {
        fn make(name: &str) -> Self {
            let top = std::env::temp_dir().join(format!("reconcile-test-overlay-{name}-{}", std::process::id()));
            for index in 0..LAYERS {
                // Together far longer than one value of fsconfig, and than a page.
                let dir = top.join(format!("{index:02}-{}", "x".repeat(100)));
                fs::create_dir_all(&dir).unwrap();
                fs::write(dir.join(format!("file-{index}")), "").unwrap();
                fs::write(dir.join("common"), format!("{index}")).unwrap();
            }
            for name in ["upper", "work"] {
                fs::create_dir(top.join(name)).unwrap();
            }
            Stack(top)
        }

        fn lowers(&self) -> Vec<String> {
            (0..LAYERS).map(|index| self.path(&format!("{index:02}-{}", "x".repeat(100)))).collect()
        }

        fn path(&self, name: &str) -> String {
            self.0.join(name).display().to_string()
        }
    }

    impl Drop for Stack {
        fn drop(&mut self) {
            fs::remove_dir_all(&self.0).unwrap();
        }
    }

    fn shown(mount: &OwnedFd) -> PathBuf {
        Path::new("/proc/self/fd").join(mount.as_raw_fd().to_string())
    }

    fn is_whole(mount: &OwnedFd) {
        assert_eq!(fs::read_to_string(shown(mount).join("common")).unwrap(), "0");
        assert_eq!(fs::read_dir(shown(mount)).unwrap().count(), LAYERS + 1);
    }

    #[test]
    fn sixty_four_layers_are_seen_together_in_their_order() {
        let stack = Stack::make("view");
        let view = view(&stack.lowers()).unwrap();
        is_whole(&view);
        assert!(fs::write(shown(&view).join("common"), "").is_err());
    }

    #[test]
    fn a_root_of_sixty_four_layers_is_written_into_its_upper_directory_alone() {
        let stack = Stack::make("root");
        let root = mount(&stack.lowers(), &stack.path("upper"), &stack.path("work")).unwrap();
        is_whole(&root);
        fs::write(shown(&root).join("common"), "own").unwrap();
        assert_eq!(fs::read_to_string(stack.path("upper/common")).unwrap(), "own");
    }

    #[test]
    fn kernels_that_take_no_single_layers_are_told_all_by_mount() {
        let stack = Stack::make("mount");
        let lowers = stack.lowers();
        let writable = Some((stack.path("upper"), stack.path("work")));
        let root = in_throwaway_namespace(|| {
            by_mount(&lowers, writable.as_ref().map(|(upper, work)| (upper.as_str(), work.as_str())))
        })
        .unwrap();
        is_whole(&root);
        fs::write(shown(&root).join("new"), "").unwrap();
        assert!(fs::exists(stack.path("upper/new")).unwrap());
        drop(root);
        is_whole(&in_throwaway_namespace(|| by_mount(&lowers, None)).unwrap());
        let mounts = fs::read_to_string("/proc/self/mountinfo").unwrap();
        assert!(!mounts.contains("reconcile-test-overlay-mount"), "nothing stays mounted");
    }

    #[test]
    fn one_layer_is_seen_as_it_is_and_none_is_refused() {
        let stack = Stack::make("one");
        let lowers = stack.lowers();
        assert_eq!(fs::read_to_string(shown(&view(&lowers[3..4]).unwrap()).join("common")).unwrap(), "3");
        assert!(view(&[]).is_err());
    }
}
